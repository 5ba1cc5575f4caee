// On a phone: the way to the rooms from every page, and what is seen of several answers that grow at once.
import assert from "node:assert/strict";
import { becomes, connected, enter, open, shots, signIn, signUp, until } from "./house.mjs";
import { houseWithProvider } from "./provider.mjs";

const PHONE = { viewport: { width: 360, height: 780 }, hasTouch: true, isMobile: true };
const AWAY_FROM_ROOMS = ["/settings/", "/directs/", "/chats/", "/rooms/new/", "/rooms/general/members/", "/rooms/general/pins/"];

// How much of the last line of an answer lies within its own window and the band's.
const lastLineSeen = (reply) =>
  reply.evaluate((reply) => {
    const range = document.createRange();
    range.selectNodeContents(reply.querySelector(".words"));
    const line = [...range.getClientRects()].at(-1);
    const windows = [reply.querySelector(".body"), reply.parentElement].map((element) => element.getBoundingClientRect());
    const top = Math.max(line.top, ...windows.map((window) => window.top));
    const bottom = Math.min(line.bottom, ...windows.map((window) => window.bottom));
    return Math.max(0, bottom - top) / line.height;
  });

export const narrow = {
  "on a phone a button on every page opens the list of rooms, and leads there without scripts": async () => {
    for (const javaScriptEnabled of [true, false]) {
      const page = await open("ada on a phone", { ...PHONE, javaScriptEnabled });
      await signIn(page, "ada");
      for (const path of AWAY_FROM_ROOMS) {
        await page.goto(path);
        await page.locator("main .menu-button").click();
        if (javaScriptEnabled) await page.locator("#side").getByRole("link", { name: "General" }).waitFor();
        else await becomes(() => new URL(page.url()).pathname, "/rooms/", path);
      }
      await page.setViewportSize({ width: 1280, height: 780 });
      await page.goto("/settings/");
      assert.ok(!(await page.locator("main .menu-button").isVisible()), "where the list stands beside the page, no button opens it");
      await page.context().close();
    }
  },
  "on a phone two of four growing answers show their newest line, and the further ones are a line each": async () => {
    const house = await houseWithProvider();
    const finn = await open("finn", { ...PHONE, baseURL: house.base, colorScheme: "dark" });
    await signUp(finn, "finn");
    await enter(finn);
    await connected(finn);
    const answers = [];
    for (let n = 0; n < 4; n++) {
      await finn.request.post("/api/rooms/general/messages/", { data: { content: `@tertulia what changes on day ${n}?` } });
      answers.push(await house.answering(n));
      answers[n].say(n === 0 ? "Three sailings change, and what is written about the rest stays as it is printed. ".repeat(12) : `On day ${n} two sailings change.`);
    }
    const bands = finn.locator("#replies .reply");
    await becomes(() => bands.count(), 4, "answers that grow");
    for (const n of [0, 1]) await until(async () => (await lastLineSeen(bands.nth(n))) > 0.95 || (await lastLineSeen(bands.nth(n))), `the newest line of answer ${n} is seen`);
    for (const n of [2, 3]) {
      assert.ok((await bands.nth(n).boundingBox()).height < 52, `answer ${n} is one line`);
      assert.ok(await bands.nth(n).getByRole("button", { name: "Stop" }).isVisible());
    }
    const { height } = await finn.locator("#replies").boundingBox();
    assert.ok(height <= 780 * 0.4 + 1, `the band takes ${height} px`);
    await finn.screenshot({ path: `${shots}/room-360-dark-four.png` });
    for (const answer of answers) answer.end();
    await finn.context().close();
    await house.close();
  },
};
