// The house of the browser tests: the real binary on a free port, a real Chromium, and people who come in.
import { createRequire } from "node:module";
import { spawn } from "node:child_process";
import { mkdtempSync, mkdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const require = createRequire(resolve("target/browser/package.json"));
const { chromium } = require("playwright-core");
const binary = process.env.TERTULIA_BIN ?? "target/ci/tertulia";
export const PASSWORD = "a quiet evening";
export const shots = "target/screenshots";
mkdirSync(shots, { recursive: true });

// How long anything may take that should happen at once: generous, for machines that are busy with something else.
const PATIENCE = 30_000;

// A server of its own; `listen` names a port to come back to, `more` sets variables.
export async function serve(data = mkdtempSync(join(tmpdir(), "tertulia-")), listen = "127.0.0.1:0", more = {}) {
  const server = spawn(binary, ["serve", "--listen", listen, "--data-dir", data], { stdio: ["ignore", "ignore", "pipe"], env: { GUEST_POSTS_PER_MINUTE: "1000", ...process.env, ...more, NO_COLOR: "1" } });
  const base = await new Promise((found, failed) => {
    let log = "";
    server.stderr.on("data", (bytes) => {
      log += bytes;
      const url = log.match(/listening on (http:\/\/[^\s/]+)/)?.[1];
      if (url) found(url);
    });
    server.on("exit", (code) => failed(new Error(`the server ended with ${code}: ${log}`)));
  });
  const stop = async (signal = "SIGTERM") => {
    const ended = new Promise((done) => server.once("exit", done));
    server.kill(signal);
    await ended;
  };
  const signal = (name) => server.kill(name);
  const remove = () => rmSync(data, { recursive: true, force: true });
  return { base, data, stop, signal, remove };
}

export const house = await serve();
export const { base } = house;
export const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});

// What went wrong in any page: scripts that failed, rules of the content policy that were broken.
export const troubles = [];

export async function open(name, options = {}) {
  const context = await browser.newContext({ baseURL: base, viewport: { width: 1280, height: 900 }, ...options });
  context.setDefaultTimeout(PATIENCE);
  const page = await context.newPage();
  page.on("pageerror", (error) => troubles.push(`${name}: ${error.message}`));
  page.on("console", (message) => message.type() === "error" && troubles.push(`${name}: ${message.text()}`));
  return page;
}

export async function signUp(page, username) {
  await page.goto("/auth?tab=sign-up");
  await page.fill("#username", username);
  await page.fill("#password", PASSWORD);
  await page.check("input[name=terms]");
  await page.click("form button[type=submit]");
  await page.waitForURL("**/rooms/");
}

export async function signIn(page, username, password = PASSWORD) {
  await page.goto("/login/?tab=sign-in");
  await page.fill("#username", username);
  await page.fill("#password", password);
  await page.click("form button[type=submit]");
  await page.waitForURL("**/rooms/");
}

// A page with a streamed log never ends loading, so only its beginning is awaited.
export const enter = (page, path = "/rooms/general/") => page.goto(path, { waitUntil: "commit" });
export const stream = (page) => page.frameLocator("iframe.stream");

// The page's scripts run and its socket is open.
export const connected = (page) => page.locator('.self[data-state="here"]').waitFor({ state: "attached" });

// Waits until something holds; else says what was the case instead.
export async function until(holds, what) {
  const deadline = Date.now() + PATIENCE;
  let last;
  while (Date.now() < deadline) {
    try {
      last = await holds();
      if (last === true) return;
    } catch (error) {
      last = error.message;
    }
    await new Promise((later) => setTimeout(later, 50));
  }
  throw new Error(`${what}: ${last === false ? `not so: ${holds}` : JSON.stringify(last)}`);
}

// Waits until what is asked for is what is wanted.
export const becomes = (ask, wanted, what) => until(async () => { const found = await ask(); return found === wanted || { found, wanted }; }, what);

// Whoever holds a streamed page open reads along; the server hears a moment later that it was left.
export async function left(page, slug) {
  const ask = async (path) => (await page.request.get(path)).json();
  const { id } = await ask("/api/me/");
  await until(async () => { const { presence } = await ask(`/api/rooms/${slug}/`); return !presence.here.includes(id) || presence; }, `they have left ${slug}`);
}

// Every open page: a picture of it, where it is and the last words it shows, for whoever reads of a failure.
export async function sights(name) {
  const pages = browser.contexts().flatMap((context) => context.pages());
  const sight = async (page, n) => {
    await page.screenshot({ path: `${shots}/${name}-${n}.png`, timeout: 5_000 }).catch(() => {});
    const frames = page.frames().map((frame) => frame.locator("body").innerText({ timeout: 2_000 }).catch(() => ""));
    return `  ${name}-${n}.png ${page.url()} ${(await Promise.all(frames)).join(" | ").replace(/\s+/g, " ").slice(-400)}`;
  };
  return (await Promise.all(pages.map(sight))).join("\n");
}

export async function close() {
  await browser.close();
  await house.stop();
  house.remove();
}
