// What scripts make handier: emoji in a popover, names as one types, editing in place, toasts, a password one can look at.
import assert from "node:assert/strict";
import { connected, enter, open, signIn, signUp, until } from "./house.mjs";
import { bob } from "./talking.mjs";

const focused = (page) => page.evaluate(() => document.activeElement.textContent || document.activeElement.id);

export const handy = {
  "the password can be looked at, and hidden again": async () => {
    const page = await open("looking");
    await page.goto("/login/");
    await page.fill("#password", "open sesame");
    await page.getByRole("button", { name: "Show the password" }).click();
    assert.equal(await page.getAttribute("#password", "type"), "text");
    await page.getByRole("button", { name: "Show the password" }).click();
    assert.equal(await page.getAttribute("#password", "type"), "password");
    await page.context().close();
  },
  "an emoji is picked with the keyboard, is taken back by its chip, and Escape leaves everything as it was": async () => {
    const page = await open("ada");
    await signIn(page, "ada");
    const { id } = await (await page.request.post("/api/rooms/general/messages/", { data: { content: "Coffee?" } })).json();
    await enter(page);
    await connected(page);
    const article = page.locator(`#m${id}`);
    await page.focus("#log");
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("+");
    await page.locator("#picker").waitFor();
    assert.equal(await focused(page), "👍");
    await page.keyboard.press("Escape");
    await page.locator("#picker").waitFor({ state: "detached" });
    assert.equal(await article.locator(".chip").count(), 0);
    assert.equal(await page.evaluate(() => document.activeElement.dataset.id), String(id));
    await page.keyboard.press("+");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowDown");
    assert.equal(await focused(page), "👀");
    await page.keyboard.press("Enter");
    await article.locator(".chip", { hasText: "👀" }).waitFor();
    await article.locator(".chip", { hasText: "👀" }).click();
    await article.locator(".chip").first().waitFor({ state: "detached" });
    await page.context().close();
  },
  "a name is chosen from the list as one types it, and its person is named": async () => {
    const page = await open("ada");
    await signIn(page, "ada");
    await enter(page);
    await connected(page);
    await bob.request.post("/api/rooms/general/join/");
    await page.locator("#content").pressSequentially("Ask @bo");
    await page.getByRole("option", { name: /bob/ }).waitFor();
    const chosen = await page.getAttribute("#content", "aria-activedescendant");
    assert.equal(await page.getAttribute(`#${chosen}`, "aria-selected"), "true");
    await page.keyboard.press("Enter");
    assert.equal(await page.inputValue("#content"), "Ask @bob ");
    assert.equal(await page.getByRole("listbox").count(), 0);
    await page.locator("#content").pressSequentially("about the keys");
    await page.keyboard.press("Enter");
    await page.locator("#log article[data-id] .at", { hasText: "@bob" }).last().waitFor();
    await page.context().close();
  },
  "a message is edited in its place while others react to it, and a refusal keeps the text": async () => {
    const page = await open("ada");
    await signIn(page, "ada");
    const { id } = await (await page.request.post("/api/rooms/general/messages/", { data: { content: "The boat leaves at eight" } })).json();
    let heard = "";
    page.on("websocket", (socket) => socket.on("framereceived", ({ payload }) => (heard += payload)));
    await enter(page);
    await connected(page);
    const article = page.locator(`#m${id}`);
    await page.press("#content", "ArrowUp");
    await article.locator("textarea").waitFor();
    await article.locator("textarea").fill("The boat leaves at nine");
    await bob.request.put(`/api/rooms/general/messages/${id}/reactions/👍/`);
    await until(() => heard.includes("👍") || heard, "the reaction did not come");
    assert.equal(await article.locator("textarea").inputValue(), "The boat leaves at nine");
    await article.locator("textarea").fill("x".repeat(10_001));
    await article.locator("textarea").press("Enter");
    await article.locator(".error", { hasText: "at most 10000" }).waitFor();
    await article.locator("textarea").fill("The boat leaves at ten");
    await article.locator("textarea").press("Enter");
    await article.locator(".words", { hasText: "leaves at ten" }).waitFor();
    await article.locator(".chip", { hasText: "👍" }).waitFor();
    assert.equal(await article.locator("textarea").count(), 0);
    await page.context().close();
  },
  "what came of a form is a toast that goes, and on a phone the drawer opens, closes and gives the focus back": async () => {
    const page = await open("ada");
    await signIn(page, "ada");
    await page.goto("/settings/");
    await page.click("form.sheet button.primary");
    await page.locator("#toast", { hasText: "Saved." }).waitFor();
    await page.getByRole("button", { name: "Close" }).last().click();
    assert.equal(await page.locator("#toast").count(), 0);
    await page.setViewportSize({ width: 360, height: 700 });
    await enter(page);
    await connected(page);
    assert.equal(await page.locator("#side").isVisible(), false);
    await page.click(".menu-button");
    await page.locator("#side").waitFor();
    assert.equal(await page.locator("main").evaluate((main) => main.inert), true);
    await page.keyboard.press("Escape");
    await page.locator("#side").waitFor({ state: "hidden" });
    assert.equal(await page.evaluate(() => document.activeElement.className.includes("menu-button")), true);
    await page.context().close();
  },
  "whoever is removed is told so, and whoever leaves is offered the way back": async () => {
    const [page, other] = [await open("ada"), await open("ines")];
    await signIn(page, "ada");
    await signUp(other, "ines");
    await page.request.post("/api/rooms/", { data: { name: "Upstairs", private: true } });
    await page.request.post("/api/rooms/upstairs/members/", { data: { username: "ines" } });
    await enter(other, "/rooms/upstairs/");
    await connected(other);
    const { id } = await (await other.request.get("/api/me/")).json();
    await page.request.delete(`/api/rooms/upstairs/members/${id}/`);
    await other.locator("#toast", { hasText: "You are no longer in this room." }).waitFor();
    await other.waitForURL("**/rooms/");
    await other.request.post("/api/rooms/general/join/");
    await enter(other);
    await connected(other);
    await other.click(".head .more summary");
    await other.click("form[action$='/leave/'] button");
    await other.locator("#toast", { hasText: "You left General." }).waitFor();
    await other.click("#toast form button");
    await other.locator("#toast", { hasText: "You are a member of General." }).waitFor();
    await page.context().close();
    await other.context().close();
  },
  "who is here has a face in the head, a dot among the members, and on a wide window a column": async () => {
    const page = await open("ada", { viewport: { width: 1600, height: 900 } });
    await signIn(page, "ada");
    await page.request.post("/api/rooms/general/join/");
    await enter(page);
    await connected(page);
    const other = await open("hana");
    await signUp(other, "hana");
    await other.request.post("/api/rooms/general/join/");
    await enter(other);
    await page.locator('#members li[data-state="here"]', { hasText: "hana" }).waitFor();
    await page.locator("#faces .face").first().waitFor({ state: "attached" });
    await other.goto("/rooms/general/members/");
    await other.locator('li[data-state="here"]', { hasText: "@ada" }).waitFor();
    await page.click(".present");
    assert.equal(await page.locator("#members").isVisible(), false);
    await page.click(".present");
    await other.context().close();
    await page.locator('#members li[data-state="elsewhere"]', { hasText: "hana" }).waitFor();
    await page.context().close();
  },
};
