// One's own words among those of others: told apart by how they look, on wide windows and narrow ones, by day and by night, with
// scripts and without. The same page bears other colours for each of the two who read it.
import assert from "node:assert/strict";
import { enter, open, shots, signUp, stream } from "./house.mjs";

// How the words of a message and the name above them look.
const look = (message) =>
  message.evaluate((article) => {
    const of = (selector) => getComputedStyle(article.querySelector(selector));
    const words = article.querySelector(".words").getBoundingClientRect();
    return { words: of(".words").backgroundColor, name: of(".who .name").color, left: words.left, right: words.right };
  });
const none = "rgba(0, 0, 0, 0)";

export const own = {
  "S2.8: one's own messages look different from those of others, at 360 and 1280 px, with scripts and without": async () => {
    const [olga, pau] = [await open("olga"), await open("pau")];
    for (const [page, name] of [[olga, "olga.own"], [pau, "pau.own"]]) {
      await signUp(page, name);
      const said = await page.request.post("/api/rooms/general/messages/", { data: { content: `These are the words of ${name}` } });
      assert.equal(said.status(), 201, await said.text());
    }
    for (const [reader, mine, theirs] of [[olga, "olga.own", "pau.own"], [pau, "pau.own", "olga.own"]]) {
      const storageState = await reader.context().storageState();
      for (const [width, colorScheme] of [[360, "light"], [360, "dark"], [1280, "light"], [1280, "dark"]]) {
        for (const javaScriptEnabled of [true, false]) {
          const where = `${mine} at ${width} px, ${colorScheme}, scripts ${javaScriptEnabled ? "on" : "off"}`;
          const page = await open("own", { storageState, javaScriptEnabled, colorScheme, viewport: { width, height: 800 } });
          await enter(page);
          const log = javaScriptEnabled ? page.locator("#log") : stream(page);
          const by = (name) => log.locator("article", { hasText: `the words of ${name}` });
          await by(mine).waitFor();
          await by(theirs).waitFor();
          const [own, other] = [await look(by(mine)), await look(by(theirs))];
          assert.notEqual(own.words, none, `${where}: on a tint`);
          assert.equal(other.words, none, `${where}: on none`);
          assert.notEqual(own.name, other.name, `${where}: the name in another colour`);
          for (const { left, right } of [own, other]) assert.ok(left >= 0 && right <= width, `${where}: within the window`);
          if (width === 360 && javaScriptEnabled) await page.screenshot({ path: `${shots}/own-${width}-${colorScheme}-${mine}.png` });
          await page.context().close();
        }
      }
    }
    for (const page of [olga, pau]) await page.context().close();
  },
};
