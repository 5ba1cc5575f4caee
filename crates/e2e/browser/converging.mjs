// Under frames that are lost, doubled and late, the log one has been looking at ends as the log one would load afresh.
// The faults and what people do are drawn from a seed, which a failure names: SEEDS=7 runs that one again.
import assert from "node:assert/strict";
import { connected, enter, open, signIn, stream, until } from "./house.mjs";

const SEEDS = (process.env.SEEDS ?? "1,2,3,4,5").split(",").map(Number);
const ACTS = 60;
// Fewer than a page shows, so that a fresh page has them all.
const MESSAGES = 22;

// A small generator of numbers from 0 to 1 (mulberry32).
function dice(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let x = Math.imul(state ^ (state >>> 15), 1 | state);
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x;
    return ((x ^ (x >>> 14)) >>> 0) / 4294967296;
  };
}

// Lets live frames through as the dice fall. What a socket answers comes unharmed: a network loses no single answer.
async function disturb(page, roll) {
  const faults = { on: true, lost: 0, doubled: 0, late: 0 };
  // Busy machines gather what happens into few frames; each fault is among the first of them.
  const first = [0.1, 0.3, 0.5];
  await page.routeWebSocket(/\/ws$/, (client) => {
    const server = client.connectToServer();
    server.onMessage((text) => {
      if (!faults.on || !["events", "news", "typing"].includes(JSON.parse(text).type)) return client.send(text);
      const fate = first.shift() ?? roll();
      if (fate < 0.2) return faults.lost++;
      if (fate < 0.4) faults.doubled++, client.send(text);
      if (fate < 0.6) return faults.late++, setTimeout(() => client.send(text), roll() * 150);
      client.send(text);
    });
  });
  return faults;
}

// People post, answer, edit, delete, react and pin through the API, whichever the dice say.
async function talk(people, room, roll) {
  const any = (all) => all[Math.floor(roll() * all.length)];
  const messages = [];
  const call = async (person, method, path, data) => {
    const answer = await person.request.fetch(`/api/rooms/${room}/messages/${path}`, { method, data });
    assert.ok(answer.ok(), `${method} ${path}: ${answer.status()} ${await answer.text()}`);
    return answer;
  };
  const post = async (more) => {
    const by = any(people);
    const { id } = await (await call(by, "POST", "", { content: `line ${messages.length} *${Math.floor(roll() * 1e6)}*`, ...more })).json();
    messages.push({ id, by });
  };
  await post();
  for (let act = 0; act < ACTS; act++) {
    const there = messages.filter(({ gone }) => !gone);
    const one = any(there);
    const what = roll();
    if (!one || (what < 0.3 && messages.length < MESSAGES)) await post();
    else if (what < 0.4 && messages.length < MESSAGES) await post({ reply_to: one.id });
    else if (what < 0.6) await call(one.by, "PATCH", `${one.id}/`, { content: `edited in act ${act}\n\n\`\`\`\ncode ${act}\n\`\`\`` });
    else if (what < 0.68) (one.gone = true), await call(one.by, "DELETE", `${one.id}/`);
    else if (what < 0.88) await call(any(people), any(["PUT", "DELETE"]), `${one.id}/reactions/${any(["☕", "👍"])}/`);
    else await call(any(people), any(["PUT", "DELETE"]), `${one.id}/pin/`);
  }
}

// The log's markup without what belongs to one sitting: the mark of what is new, focus, opened menus.
const markup = (page) =>
  page.locator("#log").evaluate((log) => {
    const copy = log.cloneNode(true);
    for (const mark of copy.querySelectorAll(".new")) mark.remove();
    for (const details of copy.querySelectorAll("details")) details.removeAttribute("open");
    return [...copy.children].map((child) => child.outerHTML.replace(/>\s+</g, "><"));
  });

// What a reader of the streamed page sees, from top to bottom.
async function sight(page) {
  const seen = await stream(page).locator("article").evaluateAll((all) =>
    all
      .filter((article) => article.checkVisibility())
      .map((article) => ({ top: article.getBoundingClientRect().top, text: article.innerText.replace(/\s+/g, " ") })),
  );
  return seen.sort((a, b) => a.top - b.top).map(({ text }) => text);
}

// Waits until two pages show the same; else says where they differ.
async function same(ask, askOther, what) {
  const isSame = async () => JSON.stringify(await ask()) === JSON.stringify(await askOther());
  await until(isSame, what).catch(async () => assert.deepEqual(await ask(), await askOther(), what));
}

async function converge(seed) {
  const roll = dice(seed);
  const room = `converging-${seed}`;
  const [ada, bob, live, plain] = await Promise.all([open("ada"), open("bob"), open("live"), open("plain", { javaScriptEnabled: false })]);
  await Promise.all([signIn(ada, "ada"), signIn(bob, "bob"), signIn(live, "ada"), signIn(plain, "bob")]);
  await ada.request.post("/api/rooms/", { data: { name: room } });
  await bob.request.post(`/api/rooms/${room}/join/`);
  const faults = await disturb(live, dice(seed + 1000));
  await Promise.all([enter(live, `/rooms/${room}/`), enter(plain, `/rooms/${room}/`)]);
  await connected(live);
  await talk([ada, bob], room, roll);
  assert.ok(faults.lost && faults.doubled && faults.late, `nothing was disturbed: ${JSON.stringify(faults)}`);
  faults.on = false;
  await ada.request.post(`/api/rooms/${room}/messages/`, { data: { content: "That is all." } });
  await live.locator("#log article", { hasText: "That is all." }).waitFor();
  await stream(plain).locator("article", { hasText: "That is all." }).waitFor();

  // Marks are kept a moment later; what a fresh page shows of them is then all there is.
  const settled = async (by) => ((receipts) => receipts.every(({ state }) => state === "read") || receipts)((await (await by.request.get(`/api/rooms/${room}/receipts/`)).json()).receipts);
  for (const by of [ada, bob]) await until(() => settled(by), "not all was read");

  const fresh = await live.context().newPage();
  await enter(fresh, `/rooms/${room}/`);
  await fresh.locator("#log article", { hasText: "That is all." }).waitFor();
  // Its scripts show the buttons that copy code.
  await connected(fresh);
  await same(() => markup(live), () => markup(fresh), "the live log became the fresh one");

  const again = await plain.context().newPage();
  await enter(again, `/rooms/${room}/`);
  await stream(again).locator("article", { hasText: "That is all." }).waitFor();
  await same(() => sight(plain), () => sight(again), "the streamed log became the fresh one");
  const visible = await sight(again);
  assert.ok(visible.length > 5 && visible.every((text) => text.length > 10), `the streamed page shows little: ${visible}`);
  await Promise.all([ada, bob, live, plain].map((page) => page.context().close()));
}

export const converging = Object.fromEntries(
  SEEDS.map((seed) => [
    `seed ${seed}: a log under lost, doubled and late frames ends as one that is loaded afresh, scripts on and off`,
    async () => {
      try {
        await converge(seed);
      } catch (error) {
        error.message = `seed ${seed}: ${error.message}`;
        throw error;
      }
    },
  ]),
);
