// What one writes is never lost: not with a dead server, a frozen one, a refusal or a reload in between. And whoever
// reads further up stays there.
import assert from "node:assert/strict";
import { connected, enter, open, serve, signUp, until } from "./house.mjs";

const say = async (page, text) => {
  await page.fill("#content", text);
  await page.press("#content", "Enter");
};
const shown = (page, text) => page.locator("#log article[data-id]", { hasText: text });
const waiting = (page, text) => page.locator("#log article[data-pending]", { hasText: text });

// Carla's room, on a server that may be killed.
async function table() {
  const server = await serve();
  const page = await open("carla", { baseURL: server.base });
  await signUp(page, "carla");
  await page.request.post("/api/rooms/general/join/");
  await enter(page);
  await connected(page);
  return { server, page };
}

async function clear({ server, page }) {
  await page.context().close();
  await server.stop("SIGKILL");
  server.remove();
}

export const connecting = {
  "a server that is killed loses nothing: it waits on the device, through a reload, and is sent once": async () => {
    const { server, page } = await table();
    await server.stop("SIGKILL");
    await say(page, "Written while nobody was there");
    assert.equal(await waiting(page, "nobody was there").count(), 1);
    assert.equal(await page.inputValue("#content"), "");
    await page.locator("#banner", { hasText: "No connection since" }).waitFor();
    assert.equal(await page.textContent("#presence"), "Presence unknown");
    assert.equal(await page.textContent("#hint"), "Will be sent later");
    const port = new URL(server.base).port;
    const again = await serve(server.data, `127.0.0.1:${port}`);
    await shown(page, "nobody was there").waitFor();
    await page.locator("#banner").waitFor({ state: "hidden" });
    await page.reload();
    await shown(page, "nobody was there").waitFor();
    assert.equal(await page.locator("#log article", { hasText: "nobody was there" }).count(), 1);
    await clear({ server: again, page });
  },
  "a letter and a half-written line survive a reload before they were sent": async () => {
    const { server, page } = await table();
    server.signal("SIGSTOP");
    await say(page, "Into the cold");
    await page.fill("#content", "Half a li");
    assert.equal(await waiting(page, "Into the cold").count(), 1);
    const reloaded = page.reload({ waitUntil: "commit" });
    server.signal("SIGCONT");
    await reloaded;
    await shown(page, "Into the cold").waitFor();
    await page.locator("#log article[data-pending]").waitFor({ state: "detached" });
    assert.equal(await page.inputValue("#content"), "Half a li");
    assert.equal(await page.locator("#log article", { hasText: "Into the cold" }).count(), 1);
    await clear({ server, page });
  },
  "a browser and the server agree to deflate, and a long message comes whole": async () => {
    const { server, page } = await table();
    const agreed = await page.evaluate(async () => {
      const socket = new WebSocket("/ws");
      await new Promise((opened) => (socket.onopen = opened));
      socket.close();
      return socket.extensions;
    });
    assert.match(agreed, /^permessage-deflate/);
    const long = "Ñandúes, and ".repeat(300) + "no end";
    const heard = await page.context().newPage();
    await enter(heard);
    await connected(heard);
    await say(page, long);
    const told = shown(heard, "no end");
    await told.waitFor();
    assert.ok((await told.innerText()).includes(long));
    await clear({ server, page });
  },
  "a frozen server is noticed, and what was said meanwhile comes when it thaws": async () => {
    const { server, page } = await table();
    server.signal("SIGSTOP");
    await say(page, "Anybody awake?");
    await page.locator("#banner", { hasText: "No connection since" }).waitFor();
    server.signal("SIGCONT");
    await shown(page, "Anybody awake?").waitFor();
    assert.equal(await page.locator("#log article", { hasText: "Anybody awake?" }).count(), 1);
    await clear({ server, page });
  },
  "a refused message says why and keeps its text; Try again, Edit and Delete do what they say": async () => {
    const { server, page } = await table();
    const refuse = await page.context().newPage();
    let refusing = true;
    await refuse.routeWebSocket(/\/ws$/, (client) => {
      const socket = client.connectToServer();
      client.onMessage((text) => {
        const frame = JSON.parse(text);
        if (!refusing || frame.type !== "post") return socket.send(text);
        client.send(JSON.stringify({ type: "error", code: "too_many", detail: "Too fast.", ref: frame.ref }));
      });
    });
    await enter(refuse);
    await connected(refuse);
    for (const text of ["Word one", "Word two", "Word three"]) await say(refuse, text);
    const trouble = (text) => refuse.locator("#log article.failed", { hasText: text }).locator(".trouble");
    assert.match(await trouble("Word one").innerText(), /Not sent\. Too fast\./);
    await trouble("Word two").getByRole("button", { name: "Edit" }).click();
    assert.equal(await refuse.inputValue("#content"), "Word two");
    assert.equal(await waiting(refuse, "Word two").count(), 0);
    await trouble("Word three").getByRole("button", { name: "Delete" }).click();
    assert.equal(await waiting(refuse, "Word three").count(), 0);
    refusing = false;
    await trouble("Word one").getByRole("button", { name: "Try again" }).click();
    await shown(refuse, "Word one").waitFor();
    assert.equal(await waiting(refuse, "Word one").count(), 0);
    await shown(page, "Word one").waitFor();
    assert.equal(await page.locator("#log article", { hasText: /Word (two|three)/ }).count(), 0);
    await refuse.close();
    await clear({ server, page });
  },
  "whoever reads further up stays there, is told of what is new, and older messages come without a jump": async () => {
    const { server, page } = await table();
    const dora = await open("dora", { baseURL: server.base });
    await signUp(dora, "dora");
    for (let n = 1; n <= 100; n++) await page.request.post("/api/rooms/general/messages/", { data: { content: `line ${n} of many` } });
    await enter(page);
    await connected(page);
    await shown(page, "line 100 of").waitFor();
    assert.equal(await shown(page, "line 10 of").count(), 0);
    const top = (text) => shown(page, text).evaluate((article) => Math.round(article.getBoundingClientRect().top));
    await shown(page, "line 60 of").waitFor();
    await shown(page, "line 60 of").evaluate((article) => article.scrollIntoView({ block: "start" }));
    await shown(page, "line 30 of").waitFor();
    const before = await top("line 60 of");
    await dora.request.post("/api/rooms/general/messages/", { data: { content: "Dora comes in" } });
    await shown(page, "Dora comes in").waitFor();
    assert.ok(Math.abs((await top("line 60 of")) - before) <= 2, "the line that was read moved");
    await page.locator("#jump", { hasText: "1 new message" }).waitFor();
    assert.equal(await page.title(), "(1) General · Tertulia");
    await page.click("#jump");
    await until(async () => ((top) => top > -2 || top)(await page.locator("#scroller").evaluate((scroller) => scroller.scrollTop)), "the end was not reached");
    await page.locator("#jump").waitFor({ state: "hidden" });
    assert.equal(await page.title(), "General · Tertulia");
    assert.equal(await page.locator("#new + article", { hasText: "Dora comes in" }).count(), 1);
    // At the end, one is told nothing and simply sees it.
    await dora.request.post("/api/rooms/general/messages/", { data: { content: "Dora sits down" } });
    await shown(page, "Dora sits down").waitFor();
    assert.equal(await page.locator("#jump").isVisible(), false);
    await until(async () => {
      await page.locator("#scroller").evaluate((scroller) => scroller.scrollTo(0, -scroller.scrollHeight));
      return (await page.locator("#older").count()) === 0 || `${await page.locator("#log article").count()} messages are there`;
    }, "the beginning was not reached");
    const lines = await page.locator("#log article[data-id] .words").allInnerTexts();
    assert.deepEqual(lines.slice(0, 100), Array.from({ length: 100 }, (_, n) => `line ${n + 1} of many`));
    await dora.context().close();
    await clear({ server, page });
  },
};
