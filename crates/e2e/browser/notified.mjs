// Being told: by a line on the page, by a notification of the browser, in the title and the icon; and not being told. Hal writes,
// Iris is told. Her page is made to look away, and what her browser would show is written down; in one test it is the browser's own tab
// that is in front of hers, and its own notification that comes.
import assert from "node:assert/strict";
import { broken } from "./accessible.mjs";
import { becomes, connected, enter, open, shots, signUp, until } from "./house.mjs";

let hal;
let iris;

// Written into every page before its scripts run.
function stub() {
  window.shown = [];
  window.Notification = class {
    static permission = "default";
    static requestPermission = async () => ((window.asked = true), (Notification.permission = "granted"));
    constructor(title, options) {
      window.shown.push({ title, ...options, note: this });
    }
    close() {
      this.closed = true;
    }
  };
  if (localStorage.getItem("granted")) Notification.permission = "granted";
}

const look = (page, away) =>
  page.evaluate((away) => {
    Object.defineProperty(document, "hidden", { value: away, configurable: true });
    document.hasFocus = () => !away;
    document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
  }, away);
const shown = (page) => page.evaluate(() => window.shown.map(({ title, body }) => `${title}: ${body}`));
const say = async (slug, content) => {
  const answer = await hal.request.post(`/api/rooms/${slug}/messages/`, { data: { content } });
  assert.equal(answer.status(), 201, await answer.text());
  return (await answer.json()).id;
};
const choose = async (level) => {
  assert.equal((await iris.request.put("/api/rooms/hals-table/level/", { data: { level } })).status(), 204);
  await iris.locator(`.line[href="/rooms/hals-table/"][data-level=${level}]`).waitFor({ state: "attached" });
};
const line = () => iris.locator('.line[href="/rooms/hals-table/"]');
const title = (wanted) => becomes(() => iris.title(), wanted, "the title");

export const notified = {
  "notified: nobody is asked before they press the button in their settings": async () => {
    hal = await open("hal");
    await signUp(hal, "hal.told");
    iris = await open("iris", { reducedMotion: "reduce" });
    await iris.context().addInitScript(stub);
    await signUp(iris, "iris.told");
    const made = await hal.request.post("/api/rooms/", { data: { name: "Hals table" } });
    assert.equal(made.status(), 201, await made.text());
    await say("hals-table", "Sit down");
    for (const slug of ["hals-table", "general"]) assert.ok((await iris.request.post(`/api/rooms/${slug}/join/`)).ok());
    await enter(iris);
    await connected(iris);
    await look(iris, true);
    const id = await say("general", "Are you asked?");
    await iris.locator(`#m${id}`).waitFor({ state: "attached" });
    await title("(1) General · Tertulia");
    await iris.goto("/settings/");
    assert.equal(await iris.evaluate(() => window.asked ?? false), false);
    await iris.locator("#notifying", { hasText: "Off in this browser." }).waitFor();
    assert.deepEqual(await broken(iris), []);
    await iris.getByRole("button", { name: "Show notifications in this browser" }).click();
    await iris.locator("#notifying", { hasText: "On in this browser" }).waitFor();
    assert.equal(await iris.evaluate(() => window.asked), true);
    await iris.locator("#notifications").screenshot({ path: `${shots}/notifications-settings.png` });
    await iris.evaluate(() => localStorage.setItem("granted", "yes"));
  },
  "notified: who looks at another room is told on the page, and who looks elsewhere by the browser": async () => {
    await enter(iris);
    await connected(iris);
    await say("hals-table", "The soup is ready");
    await iris.locator(".toast", { hasText: "hal.told in Hals table: The soup is ready" }).waitFor();
    assert.deepEqual(await broken(iris), []);
    await iris.screenshot({ path: `${shots}/notified-toast-1280-light.png` });
    await title("(1) General · Tertulia");
    assert.deepEqual(await shown(iris), [], "not twice");
    await look(iris, true);
    await say("hals-table", "It gets cold");
    await becomes(async () => (await shown(iris)).join(), "hal.told in Hals table: It gets cold", "the browser tells");
    await say("general", "Also here");
    await becomes(async () => (await shown(iris))[1], "hal.told in General: Also here", "of the room that is open, too");
    await title("(3) General · Tertulia");
    assert.match(await iris.locator("link[rel=icon]").getAttribute("href"), /favicon-news/);
  },
  "notified: nobody is told of their own words, or of what was taken back": async () => {
    const before = (await shown(iris)).length;
    await iris.request.post("/api/rooms/general/messages/", { data: { content: "My own words" } });
    await iris.locator("#log article", { hasText: "My own words" }).waitFor({ state: "attached" });
    const id = await say("general", "Taken back");
    await iris.locator(`#m${id}`).waitFor({ state: "attached" });
    await becomes(async () => (await shown(iris)).length, before + 1, "of words that still stand");
    await hal.request.delete(`/api/rooms/general/messages/${id}/`);
    await until(() => iris.evaluate(() => window.shown.at(-1).note.closed), "it is closed when they are taken back");
    assert.ok(!(await shown(iris)).some((text) => text.includes("My own words")));
  },
  "notified: the title and the icon go back after reading": async () => {
    await look(iris, false);
    await title("(2) General · Tertulia");
    await iris.request.put("/api/rooms/hals-table/read/", { data: { id: await say("general", "The last") - 1 } });
    await title("General · Tertulia");
    await until(async () => ((icon) => !icon.includes("news") || icon)(await iris.locator("link[rel=icon]").getAttribute("href")), "the icon is a raya alone");
  },
  "notified: what was said elsewhere while the connection was gone for a moment is counted once when it is back": async () => {
    const page = await iris.context().newPage();
    let wire;
    let whole = Promise.resolve();
    await page.routeWebSocket(/\/ws$/, async (client) => {
      await whole;
      wire = { client, server: client.connectToServer() };
    });
    await enter(page);
    await connected(page);
    let mend;
    whole = new Promise((mended) => (mend = mended));
    for (const end of Object.values(wire)) await end.close();
    const first = await say("hals-table", "In between");
    await becomes(() => line().getAttribute("data-last"), String(first), "what another tab was told of meanwhile");
    mend();
    const there = page.locator('.line[href="/rooms/hals-table/"]');
    await there.locator(".count", { hasText: "1" }).waitFor({ state: "attached" });
    // News that were on their way while the list was read.
    wire.client.send(JSON.stringify({ type: "news", room_id: Number(await there.getAttribute("data-room")), last: first, author: 0, posted: 1 }));
    const last = await say("hals-table", "And after it");
    await becomes(() => there.getAttribute("data-last"), String(last), "the last that it was told of");
    assert.equal(await there.locator(".count").textContent(), "2", "each is counted once");
    await page.close();
    await iris.request.put("/api/rooms/hals-table/read/", { data: { id: last } });
    await title("General · Tertulia");
  },
  "notified: a room of mentions tells of mentions, one of nothing of nothing": async () => {
    await choose("mentions");
    await look(iris, true);
    await iris.evaluate(() => (window.shown.length = 0));
    await say("hals-table", "Only chatter");
    await say("hals-table", "@iris.told, come");
    await becomes(async () => (await shown(iris)).join(), "hal.told in Hals table: @iris.told, come", "a mention is told");
    await title("(1) General · Tertulia");
    await line().locator(".pill", { hasText: "@1" }).waitFor({ state: "attached" });
    await choose("nothing");
    await title("General · Tertulia");
    const again = await say("hals-table", "@iris.told, and again");
    await say("general", "A mark");
    await becomes(async () => (await shown(iris)).at(-1), "hal.told in General: A mark", "what comes later is told");
    assert.equal((await shown(iris)).length, 2);
    assert.equal(await line().locator(".pill, .count").count(), 0);
    // What is gathered on its way would be counted once more after the list is read.
    await until(async () => ((last) => last >= again || `${last} of ${again}`)(Number(await line().getAttribute("data-last"))), "the news has come");
    await choose("all");
    await title("(4) General · Tertulia");
  },
  "notified: two tabs of one browser tell once, and a click goes to the message": async () => {
    const other = await iris.context().newPage();
    await enter(other);
    await connected(other);
    await look(other, true);
    for (const page of [iris, other]) await page.evaluate(() => (window.shown.length = 0));
    // Both hear of it in the same moment, so one message alone would show little.
    const all = async () => [...(await shown(iris)), ...(await shown(other))];
    let id;
    for (let nth = 1; nth <= 10; nth++) {
      id = await say("hals-table", `For one of you ${nth}`);
      await until(async () => ((told) => told.length >= nth || told)(await all()), `one of them tells of the ${nth}th`);
    }
    await say("general", "And after that");
    const told = (text) => text === "hal.told in General: And after that";
    await until(async () => ((now) => now.filter(told).length === 1 || now)(await all()), "what comes later is told");
    assert.equal((await all()).length, 11, `each is told once: ${await all()}`);
    const teller = (await shown(iris)).some((text) => text.includes("you 10")) ? iris : other;
    await teller.evaluate(() => window.shown.find(({ body }) => body === "For one of you 10").note.onclick());
    await teller.waitForURL(`**/rooms/hals-table/#m${id}`);
    await teller.locator(`#m${id}`).waitFor();
    await other.close();
    await enter(iris); // Whoever sits in the room has read what comes next before anybody is told of it.
    await connected(iris);
  },
  "notified: with another tab in front the browser itself shows a notification, with this one in front none": async () => {
    const page = await open("iris in a browser", { storageState: await iris.context().storageState(), permissions: ["notifications"] });
    // These are the browser's own; what it says that it shows is written down.
    await page.context().addInitScript(() => {
      window.shown = [];
      window.Notification = class extends Notification {
        constructor(title, options) {
          super(title, options);
          this.addEventListener("show", () => window.shown.push({ title, ...options }));
        }
      };
    });
    const front = (holds) => becomes(() => page.evaluate(() => document.hasFocus()), holds, "in front");
    await enter(page);
    await connected(page);
    // Playwright lets every page believe that it is looked at.
    const tools = await page.context().newCDPSession(page);
    await tools.send("Emulation.setFocusEmulationEnabled", { enabled: false });
    const other = await page.context().newPage();
    await other.goto("/settings/");
    await other.bringToFront();
    await front(false);
    await say("hals-table", "For a browser");
    await becomes(async () => (await shown(page)).join(), "hal.told in Hals table: For a browser", "the browser shows it");
    await page.bringToFront();
    await front(true);
    await say("hals-table", "For a reader");
    await page.locator(".toast", { hasText: "hal.told in Hals table: For a reader" }).waitFor();
    assert.equal((await shown(page)).length, 1, "who looks at the page is told there alone");
    await page.context().close();
  },
  "notified: without scripts the title counts, and a level is chosen by a form, narrow and by night": async () => {
    const state = await iris.context().storageState();
    await iris.context().close();
    const plain = await open("iris without scripts", { javaScriptEnabled: false, storageState: state });
    await say("hals-table", "Still there?");
    await plain.goto("/settings/");
    assert.match(await plain.title(), /^\(\d+\) Settings/);
    await plain.goto("/rooms/hals-table/level/");
    await plain.check("input[value=nothing]");
    await plain.getByRole("button", { name: "Save" }).click({ noWaitAfter: true });
    await plain.locator(".toast", { hasText: "Saved." }).waitFor();
    await plain.context().close();
    const night = await open("iris by night", { storageState: state, viewport: { width: 360, height: 780 }, colorScheme: "dark" });
    for (const path of ["/rooms/hals-table/level/", "/settings/#notifications"]) {
      await night.goto(path);
      assert.deepEqual(await broken(night), [], path);
      await night.screenshot({ path: `${shots}/notified${path.replace(/\W+/g, "-")}360-dark.png` });
    }
    await night.goto("/rooms/hals-table/level/");
    assert.equal(await night.locator("input[value=nothing]").isChecked(), true);
    await night.context().close();
    await hal.context().close();
  },
};
