// What two people met in a long evening, wide and narrow: slow and broken networks, keys alone, and texts no page was drawn for.
import assert from "node:assert/strict";
import { becomes, connected, enter, open, serve, signUp, until } from "./house.mjs";

let server;
let eva;
let finn;
const said = (page, text) => page.locator("#log article[data-id]", { hasText: text });
const lines = (page) => page.locator("#log article[data-id] .words").allInnerTexts();
const focused = (page) => page.evaluate(() => document.activeElement.id || document.activeElement.tagName);

async function say(page, text) {
  await page.fill("#content", text);
  await page.press("#content", "Enter");
}

// A network as it is in a tunnel (nothing comes through), or at its mouth (little, and late).
async function network(page, { latency = 0, bytes = -1, offline = false } = {}) {
  page.wire ??= await page.context().newCDPSession(page);
  await page.wire.send("Network.enable");
  await page.wire.send("Network.emulateNetworkConditions", { offline, latency, downloadThroughput: bytes, uploadThroughput: bytes });
  await page.context().setOffline(offline);
}

export const rough = {
  "rough: on a slow network a page is there soon, and what is written quickly comes once and in order": async () => {
    server = await serve();
    eva = await open("eva", { baseURL: server.base });
    finn = await open("finn", { baseURL: server.base, viewport: { width: 360, height: 740 } });
    for (const [page, name] of [[eva, "eva"], [finn, "finn"]]) {
      await signUp(page, name);
      await page.request.post("/api/rooms/general/join/");
      await enter(page);
      await connected(page);
    }
    await network(eva, { latency: 400, bytes: 50_000 });
    await eva.goto("/rooms/", { waitUntil: "commit" });
    await enter(eva);
    await eva.locator("#content").waitFor();
    await connected(eva);
    const all = Array.from({ length: 6 }, (_, n) => `slow ${n}`);
    // A slow machine may look only when they are sent.
    await eva.evaluate(() => {
      window.stood = [];
      const seen = ({ addedNodes }) => [...addedNodes].filter((node) => node.dataset?.pending).map((node) => node.querySelector(".words").textContent);
      new MutationObserver((changes) => window.stood.push(...changes.flatMap(seen))).observe(document.querySelector("#log"), { childList: true });
    });
    for (const text of all) await say(eva, text);
    assert.deepEqual(await eva.evaluate(() => window.stood), all, "they stand there before they are sent");
    await said(finn, "slow 5").waitFor();
    await becomes(() => eva.locator("#log [data-pending]").count(), 0, "all were acknowledged");
    for (const page of [eva, finn]) assert.deepEqual(await lines(page), all);
    await network(eva);
  },
  "rough: what is written in a tunnel waits, is seen to wait, and is sent once, after what others said meanwhile": async () => {
    await network(eva, { offline: true, bytes: 0 });
    for (const text of ["tunnel 1", "tunnel 2"]) await say(eva, text);
    await eva.locator("#banner", { hasText: /No connection since \d\d:\d\d\./ }).waitFor({ timeout: 40_000 });
    assert.equal(await eva.textContent("#hint"), "Will be sent later");
    const times = await eva.locator("#log [data-pending] time").evaluateAll((all) => all.map((time) => [time.textContent, time.getClientRects().length]));
    assert.ok(times.length === 2 && times.every(([text, rows]) => /^\d\d:\d\d$/.test(text) && rows === 1), JSON.stringify(times));
    await say(finn, "meanwhile");
    await said(finn, "meanwhile").waitFor();
    await network(eva);
    await said(finn, "tunnel 2").waitFor({ timeout: 40_000 });
    await becomes(() => eva.locator("#log [data-pending]").count(), 0, "all were acknowledged");
    for (const page of [eva, finn]) assert.deepEqual((await lines(page)).slice(-3), ["meanwhile", "tunnel 1", "tunnel 2"]);
  },
  "rough: Escape leaves a menu and a question as they were, and the focus is where it was": async () => {
    const last = said(eva, "tunnel 2");
    await eva.focus("#log");
    await eva.keyboard.press("ArrowUp");
    assert.equal(await focused(eva), await last.getAttribute("id"));
    for (let n = 0; n < 8 && (await focused(eva)) !== "SUMMARY"; n++) await eva.keyboard.press("Tab");
    await eva.keyboard.press("Enter");
    await last.locator(".menu").waitFor();
    await eva.keyboard.press("Escape");
    assert.equal(await last.locator(".menu").isVisible(), false);
    assert.equal(await focused(eva), "SUMMARY");
    await eva.keyboard.press("Enter");
    for (let n = 0; n < 8 && !(await last.locator('[data-act="delete"]').evaluate((one) => one === document.activeElement)); n++) await eva.keyboard.press("Tab");
    await eva.keyboard.press("Enter");
    await eva.locator("dialog[open]").waitFor();
    assert.equal(await eva.evaluate(() => document.activeElement.value), "keep", "what is safe has the focus");
    await eva.keyboard.press("Escape");
    await eva.locator("dialog").waitFor({ state: "detached" });
    assert.equal(await focused(eva), await last.getAttribute("id"));
    assert.equal(await eva.locator("#log .gone").count(), 0);
  },
  "rough: the composer knows the limit an administrator set, says it, and sends nothing above it": async () => {
    assert.ok((await eva.request.patch("/api/admin/settings/", { data: { message_chars_max: 200 } })).ok());
    await becomes(async () => (await enter(finn), await finn.getAttribute("#content", "data-limit")), "200", "the limit the page knows");
    await connected(finn);
    await finn.fill("#content", "y".repeat(90));
    assert.match(await finn.textContent("#hint"), /^(?!.*left)/);
    await finn.fill("#content", "y".repeat(150));
    assert.equal(await finn.textContent("#hint"), "50 characters left");
    await say(finn, "y".repeat(250));
    assert.equal(await finn.textContent("#hint"), "50 over the limit of 200");
    assert.equal((await finn.inputValue("#content")).length, 250, "the text stays");
    assert.equal(await finn.locator("#log [data-pending]").count(), 0);
    const [box, send] = await Promise.all([".box", ".composer button[type=submit]"].map((one) => finn.locator(one).boundingBox()));
    assert.ok(send.x + send.width <= box.x + box.width, "Send stands in the box");
    // Who has the page open from before is told by the server, and loses nothing.
    await say(eva, "z".repeat(250));
    await eva.locator("#log .failed .trouble", { hasText: "A message has at most 200 characters." }).waitFor();
    await eva.getByRole("button", { name: "Edit", exact: true }).last().click();
    assert.equal((await eva.inputValue("#content")).length, 250);
    await Promise.all([eva, finn].map((page) => page.context().close()));
    await server.stop();
    server.remove();
  },
};
