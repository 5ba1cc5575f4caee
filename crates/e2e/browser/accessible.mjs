// Every page passes the rules of axe (WCAG 2.2 A and AA), by day and by night, and the keyboard goes through it in order.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { becomes, connected, enter, open, signIn } from "./house.mjs";

const axe = readFileSync("target/browser/node_modules/axe-core/axe.min.js", "utf8");

const STANDARD = { runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"] };

// What axe finds in a page or one of its frames, where, and why.
export async function broken(page, options = STANDARD) {
  await page.evaluate(axe);
  const { violations, passes } = await page.evaluate((options) => window.axe.run(document, options), options);
  if (options === STANDARD) assert.ok(passes.length > 8, "hardly a rule was tried");
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(" ")} ${node.failureSummary}`));
}

export const accessible = {
  "no page breaks a rule of accessibility, by day and by night, wide and narrow": async () => {
    for (const [colorScheme, width] of [["light", 1600], ["dark", 360]]) {
      const page = await open("accessible", { colorScheme, viewport: { width, height: 900 } });
      for (const path of ["/login/", "/auth?tab=sign-up", "/api/docs/"]) {
        await page.goto(path);
        assert.deepEqual(await broken(page), [], `${path} ${colorScheme}`);
      }
      await signIn(page, "ada");
      const { id } = await (await page.request.post("/api/rooms/general/messages/", { data: { content: "A table:\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```js\nlet one\n```\n\n@bob, [a link](https://example.org)" } })).json();
      await page.request.put(`/api/rooms/general/messages/${id}/reactions/☕/`);
      const paths = ["/rooms/", "/rooms/new/", "/rooms/general/members/", "/rooms/general/settings/", "/directs/", "/settings/", "/logout/", "/rooms/nowhere/"];
      for (const path of [...paths, ...["edit", "delete", "reactions", "versions"].map((act) => `/rooms/general/messages/${id}/${act}/`)]) {
        await page.goto(path);
        assert.deepEqual(await broken(page), [], `${path} ${colorScheme}`);
      }
      await enter(page);
      await connected(page);
      assert.deepEqual(await broken(page), [], `the room, ${colorScheme}`);
      await page.locator("#content").pressSequentially("@bo");
      await page.getByRole("option").first().waitFor();
      assert.deepEqual(await broken(page), [], `naming somebody, ${colorScheme}`);
      await page.context().close();
    }
  },
  "Tab goes from the skip link through the list of rooms and the head to the log, and the skip link to the composer": async () => {
    const page = await open("tabbing");
    await signIn(page, "ada");
    await enter(page);
    await connected(page);
    const places = [];
    for (let n = 0; n < 60 && places.at(-1) !== "log"; n++) {
      await page.keyboard.press("Tab");
      const place = await page.evaluate(() => {
        const at = document.activeElement;
        return at.id === "log" ? "log" : at.matches(".skip") ? "skip" : at.closest(".side") ? "side" : at.closest(".head") ? "head" : `${at.tagName}.${at.className}`;
      });
      if (places.at(-1) !== place) places.push(place);
    }
    assert.deepEqual(places.filter((place) => !place.startsWith("DIV")), ["skip", "side", "head", "log"]);
    await page.reload();
    await connected(page);
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await becomes(() => page.evaluate(() => document.activeElement.id), "content", "the composer has the focus");
    await page.context().close();
  },
  "whoever wants no motion sees none": async () => {
    const page = await open("calm", { reducedMotion: "reduce" });
    await signIn(page, "ada");
    await enter(page);
    await connected(page);
    const moving = await page.evaluate(() => {
      const all = [...document.querySelectorAll("*")].flatMap((element) => [null, "::before", "::after"].map((part) => getComputedStyle(element, part)));
      return all.filter((style) => style.animationName !== "none" || parseFloat(style.transitionDuration) > 0).length;
    });
    assert.equal(moving, 0);
    await page.context().close();
  },
};
