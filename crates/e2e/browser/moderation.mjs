// Reporting, hiding and the settings of the server, with scripts and without; on a server of its own, so that closing it to newcomers disturbs nobody.
import assert from "node:assert/strict";
import { broken } from "./accessible.mjs";
import { connected, enter, open, serve, shots, signIn, signUp, stream } from "./house.mjs";

let server;
let id;
const people = {};
const at = (name, options = {}) => open(name, { baseURL: server.base, ...options });

async function press(page, selector) {
  const arrived = page.waitForNavigation({ waitUntil: "commit" });
  await page.locator(selector).first().click({ noWaitAfter: true });
  await arrived;
}

export const moderation = {
  "moderation: cleo, who has no scripts, reports a message through its menu, and once": async () => {
    server = await serve();
    people.ada = await at("ada");
    people.dan = await at("dan");
    people.cleo = await at("cleo", { javaScriptEnabled: false });
    for (const [name, page] of Object.entries(people)) await signUp(page, name);
    const posted = await people.dan.request.post("/api/rooms/general/messages/", { data: { content: "Buy cheap umbrellas" } });
    id = (await posted.json()).id;
    const { cleo } = people;
    for (const said of ["The administrators will look at it.", "You reported this message before."]) {
      await enter(cleo);
      const article = stream(cleo).locator("article", { hasText: "umbrellas" });
      await article.locator("details.tools > summary").click();
      const arrived = cleo.waitForNavigation({ waitUntil: "commit" });
      await article.getByRole("link", { name: "Report" }).click({ noWaitAfter: true });
      await arrived;
      await cleo.fill("#reason", "This is advertising");
      await press(cleo, "form:has(#reason) button[type=submit]");
      await cleo.locator("#toast", { hasText: said }).waitFor();
    }
  },
  "moderation: ada looks at it and hides it, and it goes from the room that dan has open; then she shows it again": async () => {
    const { ada, dan, cleo } = people;
    await enter(dan);
    await connected(dan);
    const article = dan.locator(`#m${id}`);
    await article.locator(".words", { hasText: "umbrellas" }).waitFor();
    await ada.goto("/admin/reports/");
    assert.equal(await ada.getByText("umbrellas").count(), 0, "the queue does not say what was said");
    await ada.getByRole("link", { name: "Look at it" }).click();
    await ada.locator(".looked .here", { hasText: "Buy cheap umbrellas" }).waitFor();
    await ada.getByRole("button", { name: "Hide message" }).click();
    await article.locator(".deleted", { hasText: "Hidden by an administrator" }).waitFor();
    assert.equal(await dan.getByText("umbrellas").count(), 0);
    await enter(cleo);
    await stream(cleo).locator(`#m${id}`, { hasText: "Hidden by an administrator" }).waitFor();
    assert.equal(await stream(cleo).getByText("umbrellas").count(), 0);
    await ada.getByRole("button", { name: "Show it again" }).click();
    await article.locator(".words", { hasText: "umbrellas" }).waitFor();
    await ada.getByRole("link", { name: "Erase for good" }).click();
    await ada.getByRole("button", { name: "Erase for good" }).click();
    await article.locator(".deleted", { hasText: "Message deleted" }).waitFor();
  },
  "moderation: a server by invitation says so, and eva comes in by a link": async () => {
    const { ada } = people;
    await ada.goto("/admin/settings/");
    await ada.getByLabel("Only with an invitation").check();
    await ada.getByRole("button", { name: "Save" }).click();
    await ada.locator("#toast", { hasText: "Saved." }).waitFor();
    const eva = await at("eva", { javaScriptEnabled: false });
    await eva.goto("/auth?tab=sign-up");
    await eva.getByText("Here an account takes an invitation.").waitFor();
    assert.equal(await eva.locator("#password").count(), 0);
    await ada.fill("#note", "Eva");
    await ada.getByRole("button", { name: "Make a link" }).click();
    const link = await ada.locator("code.link").innerText();
    await eva.goto(link);
    await eva.fill("#username", "eva");
    await eva.fill("#password", "a quiet evening");
    await eva.check("input[name=terms]");
    await eva.click("form button[type=submit]");
    await eva.waitForURL("**/rooms/");
    const late = await at("late");
    await late.goto(link);
    await late.getByText("does not any more").waitFor();
    assert.deepEqual(await broken(late), []);
    for (const page of [eva, late]) await page.context().close();
  },
  "moderation: its pages break no rule of accessibility, by day and by night, wide and narrow": async () => {
    const { ada, dan, cleo } = people;
    const report = async (content, reason) => {
      const { id } = await (await dan.request.post("/api/rooms/general/messages/", { data: { content } })).json();
      await cleo.request.post(`/api/rooms/general/messages/${id}/reports/`, { data: { reason } });
      return id;
    };
    await report("Umbrellas, **half price**, only tonight", "Advertising again");
    const open = await report("And raincoats", "");
    await ada.request.patch(`/api/admin/messages/${open - 1}/`, { data: { hidden: true } });
    await ada.request.post("/api/admin/invites/", { data: { note: "The choir", uses_max: 30 } });
    const paths = { reports: "/admin/reports/", messages: "/admin/messages/", message: `/admin/messages/${open}/`, erase: `/admin/messages/${open}/erase/`, settings: "/admin/settings/", report: `/rooms/general/messages/${open}/reports/` };
    for (const [width, colorScheme] of [[1280, "light"], [1280, "dark"], [360, "light"], [360, "dark"]]) {
      const page = await at("ada", { colorScheme, viewport: { width, height: 900 } });
      await signIn(page, "ada");
      for (const [name, path] of Object.entries(paths)) {
        await page.goto(path);
        assert.deepEqual(await broken(page), [], `${path} ${width} ${colorScheme}`);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        assert.ok(wide <= 0, `${path} is ${wide} px too wide at ${width}`);
        await page.screenshot({ path: `${shots}/moderation-${name}-${width}-${colorScheme}.png`, fullPage: true });
      }
      await page.context().close();
    }
    for (const page of Object.values(people)) await page.context().close();
    await server.stop();
    server.remove();
  },
};
