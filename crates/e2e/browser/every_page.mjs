// Every page there is, full and empty, and what it says when it refuses: no rule of axe is broken (also of those that are only good
// practice), nothing is wider than the window, with scripts and without, by day and by night. The list is held against the table of
// routes, so that a new page is looked at too. PICTURES=1 keeps a picture of each in target/screenshots.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { broken } from "./accessible.mjs";
import { open, shots } from "./house.mjs";
import { livedIn } from "./lived_in.mjs";

const SIZES = [["light", 1280], ["dark", 1280], ["dark", 360], ["light", 360]];
// What the colours and the width decide; the rest is the same in each.
const SEEN = ["color-contrast", "target-size", "scrollable-region-focusable", "link-in-text-block"];

// Where each route of pages leads, and by whom it is looked at: ada governs, bob does not, a stranger has not signed in.
function pages({ message, hidden, direct, empty, chat, invite, link, bot, account, token, reset }) {
  const at = (path, who = "ada") => ({ path, who });
  const message_ = (what) => [at(`/rooms/general/messages/${message}/${what}/`)];
  const acts = (names, base) => names.map((name) => at(`${base}${name}/`));
  return {
    "/": [at("/"), at("/", "stranger")],
    "/auth": [at("/auth?tab=sign-in", "stranger"), at("/auth?tab=sign-up", "stranger"), at(invite.path, "stranger"), at("/auth?invite=nothing", "stranger")],
    "/login": [at("/login/", "stranger")],
    "/accounts/login": [at("/accounts/login/", "stranger")],
    "/logout": [at("/logout/")],
    "/terms": [at("/terms/", "stranger"), at("/terms/")],
    "/settings": [at("/settings/"), at("/settings/", "bob")],
    "/directs": [at("/directs/"), at("/directs/?username=maxi"), at("/directs/?with=bob,amal"), at("/directs/?username=nobody-at-all")],
    "/chats": [at("/chats/"), at("/chats/", "amal")],
    "/chats/{slug}": [at(`/chats/${chat}/`, "marta")],
    "/chats/{slug}/people": [at(`/chats/${chat}/people/`)],
    "/reset/{secret}": [at(reset, "stranger"), at("/reset/nothing/", "stranger")],
    "/invites/{secret}": [at(link.path, "marta"), at("/invites/nothing/")],
    "/rooms": [at("/rooms/"), at("/rooms/", "bob")],
    "/chat": [at("/chat/")],
    "/rooms/new": [at("/rooms/new/")],
    "/rooms/{slug}": [at("/rooms/general/"), at("/rooms/general/", "bob"), at(`/rooms/${direct}/`), at(empty), at("/rooms/harbour-screens/", "marta"), at("/rooms/board/"), at(`/rooms/general/?reply_to=${message}`), at(`/rooms/general/?before=${message}`), at("/rooms/harbour-screens/"), at("/rooms/nowhere/"), at("/rooms/closed/", "bob")],
    "/chat/{slug}": [at("/chat/general/")],
    // Without scripts, the frame in every room.
    "/rooms/{slug}/stream": [],
    "/rooms/{slug}/level": [at("/rooms/general/level/")],
    "/rooms/{slug}/pins": [at("/rooms/general/pins/"), at("/rooms/board/pins/")],
    "/rooms/{slug}/members": [at("/rooms/general/members/"), at("/rooms/board/members/"), at("/rooms/board/members/", "bob")],
    "/rooms/{slug}/settings": [at("/rooms/general/settings/"), at("/rooms/board/settings/"), at("/rooms/harbour-screens/settings/", "bob")],
    "/rooms/{slug}/messages/{id}": [at(`/rooms/general/messages/${message}/`)],
    "/rooms/{slug}/messages/{id}/edit": message_("edit"),
    "/rooms/{slug}/messages/{id}/delete": message_("delete"),
    "/rooms/{slug}/messages/{id}/reactions": message_("reactions"),
    "/rooms/{slug}/messages/{id}/versions": message_("versions"),
    "/rooms/{slug}/messages/{id}/receipts": message_("receipts"),
    "/rooms/{slug}/messages/{id}/reports": message_("reports"),
    "/admin": [at("/admin/"), at("/admin/", "bob")],
    "/admin/users": [at("/admin/users/"), at("/admin/users/?q=nobody-at-all"), at("/admin/users/?show=bots")],
    "/admin/users/new": [at("/admin/users/new/")],
    "/admin/users/{id}": [at(account)],
    "/admin/users/{id}/{act}": acts(["reset", "sign-out", "promote", "deactivate", "delete"], account),
    "/admin/tokens": [at("/admin/tokens/")],
    "/admin/tokens/{id}/revoke": [at(`/admin/tokens/${token}/revoke/`)],
    "/admin/rooms": [at("/admin/rooms/")],
    "/admin/rooms/{id}/rename": [at("/admin/rooms/1/rename/")],
    "/admin/rooms/{id}/close": [at("/admin/rooms/1/close/")],
    "/admin/rooms/{id}/open": [at("/admin/rooms/1/open/")],
    "/admin/sessions": [at("/admin/sessions/")],
    "/admin/replies": [at("/admin/replies/")],
    "/admin/audit": [at("/admin/audit/")],
    "/admin/bots": [at("/admin/bots/")],
    "/admin/bots/new": [at("/admin/bots/new/")],
    "/admin/bots/{id}": [at(`/admin/bots/${bot.id}/`), at("/admin/bots/1/")],
    "/admin/bots/{id}/intents": [at(`/admin/bots/${bot.id}/intents/?text=tea`)],
    "/admin/health": [at("/admin/health/"), at("/admin/health/", "bob")],
    "/admin/usage": [at("/admin/usage/")],
    "/admin/reports": [at("/admin/reports/"), at("/admin/reports/?show=settled")],
    "/admin/messages": [at("/admin/messages/"), at("/admin/messages/?q=zeppelin")],
    "/admin/messages/{id}": [at(`/admin/messages/${message}/`), at(`/admin/messages/${hidden}/`)],
    "/admin/messages/{id}/erase": [at(`/admin/messages/${hidden}/erase/`)],
    "/admin/settings": [at("/admin/settings/")],
    "/api/docs": [at("/api/docs/"), at("/api/docs/", "stranger")],
    "nowhere": [at("/nowhere/", "stranger"), at("/nowhere/")],
  };
}

// What is wrong with a form that was filled in badly: the page, what is typed, and the form's button.
const REFUSED = [
  { path: "/auth?tab=sign-in", who: "stranger", fields: { username: "ada", password: "not hers" }, press: "form.form button[type=submit]" },
  { path: "/auth?tab=sign-up", who: "stranger", fields: { username: "ada", password: "a quiet evening" }, check: "input[name=terms]", press: "form.form button[type=submit]" },
  { path: "/auth?tab=sign-up", who: "stranger", fields: { username: "zoe", email: "zoe@ria.example", password: "short" }, check: "input[name=terms]", press: "form.form button[type=submit]" },
  { path: "/", who: "stranger", fields: { message: "   " }, press: "form button.primary[type=submit]" },
  { path: "/settings/", who: "bob", fields: { old: "not his", new: "another quiet evening" }, press: "form[action='/settings/password/'] button[type=submit]" },
  { path: "/rooms/new/", who: "bob", fields: { name: "   " }, press: "form.sheet button.primary" },
  { path: "/rooms/board/members/", who: "ada", fields: { username: "nobody-at-all" }, press: "form:has(#username) button[type=submit]" },
  { path: "/admin/users/new/", who: "ada", fields: { username: "ada" }, press: ".board form button.primary, form.sheet button.primary" },
  { path: "/admin/usage/", who: "ada", fields: { day: "lots" }, press: ".actions button" },
  { path: "/admin/settings/", who: "ada", fields: { message_chars_max: "many" }, press: "form button.primary[type=submit]" },
];

function routes() {
  const table = readFileSync("crates/web/src/router.rs", "utf8").match(/routes! \{ pages PAGES([^]*?)\n\}/)[1];
  return [...table.matchAll(/get "([^"]+)"/g)].map(([, path]) => path);
}

// What a page must have once, a frame in it need not.
const IN_FRAMES = { "landmark-one-main": { enabled: false }, "page-has-heading-one": { enabled: false } };

function options(frame, isFirst) {
  const rules = frame.parentFrame() ? IN_FRAMES : {};
  return { iframes: false, rules, ...(!isFirst && { runOnly: { type: "rule", values: SEEN } }) };
}

async function look(page, name, scripted, problems) {
  if (!scripted) for (const frame of page.frames()) await frame.evaluate(atOnce);
  for (const [n, [colorScheme, width]] of SIZES.entries()) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 800 });
    const what = `${name} ${scripted ? "with" : "without"} scripts, ${width} ${colorScheme}`;
    for (const frame of page.frames()) for (const line of await broken(frame, options(frame, n % 2 === 0))) problems.push(`${what}${frame.parentFrame() ? " (frame)" : ""}: ${line}`);
    const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (over > 0) problems.push(`${what}: ${over} px too wide`);
    if (process.env.PICTURES) await page.screenshot({ path: `${shots}/every-${name.replace(/[^a-z0-9]+/gi, "-").replace(/^-|-$/g, "")}-${width}-${colorScheme}-${scripted ? "on" : "off"}.png` });
  }
}

// Without scripts a page has no timers, and axe waits for one: what it would do then it does at once.
function atOnce() {
  window.setTimeout = (run, _, ...given) => (Promise.resolve().then(() => run(...given)), 0);
}

// A page may hold a log that never ends loading.
async function go(page, path, scripted) {
  await page.goto(path, { waitUntil: "domcontentloaded" });
  await settled(page, scripted);
}
async function settled(page, scripted) {
  await page.locator("h1, .tabs, .chat-box").first().waitFor({ state: "attached" });
  const frame = page.locator("iframe.stream");
  if (await frame.count()) await page.frameLocator("iframe.stream").locator(".log").first().waitFor({ state: "attached" });
  if (scripted && (await page.locator(".self").count())) await page.locator(".self[data-state=here], body:not(.in-room)").first().waitFor({ state: "attached" });
}

async function walk(scene, scripted) {
  const problems = [];
  const opened = {};
  const page = async (who) => {
    if (!opened[who]) {
      const storageState = who === "stranger" ? undefined : await scene.people[who].context().storageState();
      // What changes its colour slowly would be caught half-way.
      opened[who] = await open(`${who} walking`, { baseURL: scene.house.base, javaScriptEnabled: scripted, reducedMotion: "reduce", storageState });
    }
    await opened[who].setViewportSize({ width: 1280, height: 800 });
    return opened[who];
  };
  for (const [route, places] of Object.entries(pages(scene)))
    for (const [n, { path, who }] of places.entries()) {
      const on = await page(who);
      await go(on, path, scripted);
      await look(on, `${who} ${route} ${n}`, scripted, problems);
    }
  for (const [n, { path, who, fields, check, press }] of REFUSED.entries()) {
    const on = await page(who);
    await go(on, path, scripted);
    for (const [field, text] of Object.entries(fields)) await on.fill(`[name="${field}"]`, text);
    if (check) await on.check(check);
    await on.locator("form").evaluateAll((forms) => forms.forEach((form) => (form.noValidate = true)));
    const arrived = on.waitForNavigation({ waitUntil: "domcontentloaded" });
    await on.locator(press).first().click({ noWaitAfter: true });
    await arrived;
    await settled(on, scripted);
    await look(on, `refused ${n} ${path}`, scripted, problems);
  }
  for (const one of Object.values(opened)) await one.context().close();
  return problems;
}

let scene;
async function inhabited() {
  scene ??= await livedIn();
  return scene;
}

export const everyPage = {
  "every page: none is missing from the walk": async () => {
    const known = pages({ message: 1, hidden: 1, invite: {}, link: {}, bot: {} });
    assert.deepEqual(routes().filter((route) => !(route in known)), []);
  },
  "every page: with scripts no rule of axe is broken, and nothing is too wide": async () => assert.deepEqual(await walk(await inhabited(), true), []),
  "every page: without scripts no rule of axe is broken, and nothing is too wide": async () => {
    assert.deepEqual(await walk(await inhabited(), false), []);
    for (const page of Object.values(scene.people)) await page.context().close();
    await scene.house.close();
  },
};
