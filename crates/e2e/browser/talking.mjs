// Two people talk: ada with scripts, bob without.
import assert from "node:assert/strict";
import { connected, enter, left, open, shots, signIn, signUp, stream } from "./house.mjs";

export const ada = await open("ada");
export const bob = await open("bob", { javaScriptEnabled: false, viewport: { width: 360, height: 780 }, colorScheme: "dark" });

export const talking = {
  "ada makes the first account and governs; bob makes the second and does not": async () => {
    await signUp(ada, "ada");
    await signUp(bob, "bob");
    assert.equal((await (await ada.request.get("/api/me/")).json()).is_admin, true);
    assert.equal((await (await bob.request.get("/api/me/")).json()).is_admin, false);
  },
  "what bob says without scripts, ada sees live": async () => {
    await enter(ada);
    await connected(ada);
    await enter(bob);
    await bob.fill("#content", "Good evening, @ada");
    await bob.click(".composer button[type=submit]", { noWaitAfter: true });
    await ada.locator("#log article", { hasText: "Good evening" }).waitFor();
    assert.equal(await ada.locator("#log article", { hasText: "Good evening" }).count(), 1);
  },
  "what ada says appears at bob's without his doing anything, and the document is not loaded again": async () => {
    await stream(bob).locator("article", { hasText: "Good evening" }).waitFor();
    const frame = bob.frames().find((frame) => frame.url().includes("/stream"));
    let loads = 0;
    bob.on("framenavigated", (navigated) => navigated === frame && loads++);
    await ada.fill("#content", "Sit down, there is **coffee**");
    await ada.press("#content", "Enter");
    await stream(bob).locator("article", { hasText: "coffee" }).waitFor();
    assert.equal(await stream(bob).locator("article strong", { hasText: "coffee" }).isVisible(), true);
    assert.equal(loads, 0);
  },
  "an edit changes it in its place at bob's": async () => {
    const id = await ada.locator("#log article[data-id]", { hasText: "coffee" }).getAttribute("data-id");
    const article = ada.locator(`#log article[data-id="${id}"]`);
    await article.hover();
    await article.locator(".tools > summary").click();
    await article.locator('[data-act="edit"]').click();
    await article.locator("textarea").fill("Sit down, there is tea");
    await article.locator("textarea").press("Enter");
    await stream(bob).locator("article", { hasText: "there is tea" }).waitFor();
    await stream(bob).locator("article", { hasText: "coffee" }).waitFor({ state: "hidden" });
  },
  "a deletion turns it into \"Message deleted\" at bob's": async () => {
    const article = ada.locator("#log article", { hasText: "there is tea" });
    await article.hover();
    await article.locator(".tools > summary").click();
    await article.locator('[data-act="delete"]').click();
    await ada.locator("dialog button.danger").click();
    await stream(bob).locator("article.gone", { hasText: "Message deleted" }).waitFor();
    await stream(bob).locator("article", { hasText: "there is tea" }).waitFor({ state: "hidden" });
    await ada.locator("#log article.gone").waitFor();
  },
  "what was said while bob was in another room stands under a mark when he comes back": async () => {
    await bob.goto("/settings/");
    await left(bob, "general");
    await ada.fill("#content", "You missed the soup");
    await ada.press("#content", "Enter");
    await ada.locator("#log article[data-id]", { hasText: "missed the soup" }).waitFor();
    await enter(bob);
    const chunk = stream(bob).locator(".chunk", { hasText: "missed the soup" });
    await chunk.locator(".new", { hasText: "New since" }).waitFor();
    assert.equal(await stream(bob).locator(".new").count(), 1);
    await enter(bob);
    await chunk.waitFor();
    assert.equal(await stream(bob).locator(".new").count(), 0, "what was seen is not new");
  },
  "bob sees that ada is typing, and then no more": async () => {
    await ada.fill("#content", "");
    await ada.locator("#content").pressSequentially("hm");
    await stream(bob).locator(".typing-now:visible", { hasText: "ada is typing" }).waitFor();
    await ada.fill("#content", "Never mind");
    await ada.press("#content", "Enter");
    await stream(bob).locator("article", { hasText: "Never mind" }).waitFor();
    await stream(bob).locator(".typing-now:visible", { hasText: "is typing" }).waitFor({ state: "hidden" });
  },
  "the keyboard reaches the messages: up, R to reply, Escape back to the composer": async () => {
    const last = ada.locator("#log article[data-id]", { hasText: "Never mind" });
    await last.waitFor();
    await ada.locator("#log").focus();
    await ada.keyboard.press("ArrowUp");
    assert.equal(await ada.evaluate(() => document.activeElement.dataset.id), await last.getAttribute("data-id"));
    await ada.keyboard.press("r");
    await ada.locator("#replying").waitFor();
    assert.equal(await ada.evaluate(() => document.activeElement.id), "content");
    await ada.locator("#replying button").click();
    await ada.locator("#log").focus();
    await ada.keyboard.press("Escape");
    assert.equal(await ada.evaluate(() => document.activeElement.id), "content");
  },
  "the live page and the fresh page are the same": async () => {
    const shown = () => ada.locator("#log article[data-id]").evaluateAll((all) => all.map((one) => `${one.dataset.id}/${one.dataset.seq} ${one.className} ${one.querySelector(".body").innerText.trim()}`));
    await ada.locator("#log article[data-id]", { hasText: "Never mind" }).waitFor();
    const live = await shown();
    await ada.reload();
    await ada.locator("#log article").first().waitFor();
    assert.deepEqual(await shown(), live);
  },
  "a connection that breaks is made again, and what was written meanwhile is sent once": async () => {
    await ada.context().setOffline(true);
    await ada.evaluate(() => document.querySelector("#log") && performance.now());
    await ada.fill("#content", "Written in a tunnel");
    await ada.press("#content", "Enter");
    await ada.context().setOffline(false);
    await stream(bob).locator("article", { hasText: "tunnel" }).waitFor();
    await ada.locator("#log article[data-id]", { hasText: "tunnel" }).waitFor();
    assert.equal(await ada.locator("#log article", { hasText: "tunnel" }).count(), 1);
  },
  "S4.7: nothing overflows at 320 px, and every page opens with scripts on and off": async () => {
    for (const [name, page] of [["on", ada], ["off", bob]]) {
      for (const path of ["/rooms/", "/rooms/new/", "/rooms/general/", "/rooms/general/members/", "/directs/", "/settings/", "/logout/", "/rooms/nowhere/"]) {
        await page.setViewportSize({ width: 320, height: 700 });
        await page.goto(path, { waitUntil: "domcontentloaded" });
        await page.locator("h1").first().waitFor();
        const box = await page.locator("body").evaluate((body) => body.scrollWidth);
        assert.ok(box <= 320, `${path} is ${box} px wide with scripts ${name}`);
      }
    }
  },
  "pictures are taken": async () => {
    for (const [name, scripts] of [["scripts", true], ["noscript", false]]) {
      for (const colorScheme of ["light", "dark"]) {
        for (const width of [360, 768, 1280]) {
          const page = await open("picture", { javaScriptEnabled: scripts, colorScheme, viewport: { width, height: 800 } });
          await signIn(page, "bob");
          await enter(page);
          await (scripts ? page.locator("#log article").first() : stream(page).locator("article").first()).waitFor();
          await page.screenshot({ path: `${shots}/room-${width}-${colorScheme}-${name}.png` });
          await page.context().close();
        }
      }
    }
  },
};
