// A browser that knows no declarative shadow root, scripts off. None is installed here, so a small proxy takes the
// attribute out of the page and the template stays what it is to such a browser: nothing.
import assert from "node:assert/strict";
import { createServer, request } from "node:http";
import { base, enter, open, signIn, stream, until } from "./house.mjs";
import { ada } from "./talking.mjs";

async function withoutShadowRoots() {
  const house = new URL(base);
  const proxy = createServer((asked, answer) => {
    const headers = { ...asked.headers, host: house.host };
    for (const name of ["origin", "referer"]) if (headers[name]) headers[name] = headers[name].replace(/\/\/[^/]+/, `//${house.host}`);
    const passed = request({ host: house.hostname, port: house.port, method: asked.method, path: asked.url, headers }, (given) => {
      answer.writeHead(given.statusCode, given.headers);
      given.on("data", (bytes) => answer.write(/\/stream\//.test(asked.url) ? bytes.toString().replace("shadowrootmode", "shadowrootless") : bytes));
      given.on("end", () => answer.end());
    });
    asked.pipe(passed);
    answer.on("close", () => passed.destroy());
  });
  await new Promise((ready) => proxy.listen(0, "127.0.0.1", ready));
  return proxy;
}

export const older = {
  "an older browser without scripts gets a log it can refresh, and the next one refreshes itself": async () => {
    const proxy = await withoutShadowRoots();
    const page = await open("older", { javaScriptEnabled: false, baseURL: `http://127.0.0.1:${proxy.address().port}` });
    const asked = [];
    page.on("request", (request) => asked.push(request.url()));
    await signIn(page, "bob");
    await enter(page);
    await stream(page).locator("a", { hasText: "Refresh" }).waitFor();
    await until(() => asked.some((url) => url.endsWith("?plain=1")) || asked, "the browser was not known as an older one");
    await ada.request.post("/api/rooms/general/messages/", { data: { content: "Still at the old table?" } });
    await stream(page).locator("a", { hasText: "Refresh" }).click({ noWaitAfter: true });
    await stream(page).locator("article", { hasText: "at the old table" }).waitFor();
    assert.match(await stream(page).locator(".older").innerText(), /refreshes itself every 20 seconds/);
    assert.equal(await stream(page).locator("meta[http-equiv=refresh]").getAttribute("content"), "20");
    await enter(page);
    await stream(page).locator(".older", { hasText: "refreshes itself" }).waitFor();
    await page.context().close();
    proxy.closeAllConnections();
    proxy.close();
  },
  "a browser of today is asked nothing and refreshes nothing": async () => {
    const page = await open("today", { javaScriptEnabled: false });
    await signIn(page, "bob");
    const asked = [];
    let loads = 0;
    page.on("request", (request) => asked.push(new URL(request.url()).pathname + new URL(request.url()).search));
    page.on("framenavigated", (frame) => frame !== page.mainFrame() && loads++);
    await enter(page);
    await stream(page).locator("article").first().waitFor();
    // Longer than the page of an older browser would wait.
    await new Promise((later) => setTimeout(later, 21_000));
    assert.equal(loads, 1, `the log was loaded ${loads} times`);
    assert.deepEqual(asked.filter((path) => path.includes("plain")), []);
    assert.equal(await stream(page).locator(".older").isVisible(), false);
    await page.context().close();
  },
};
