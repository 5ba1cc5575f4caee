// The bot's page for guests, scripts off: asked, answered, reloaded and failed, on small screens and large, by day and by night.
import assert from "node:assert/strict";
import { broken } from "./accessible.mjs";
import { open, shots } from "./house.mjs";

const guest = (name, options = {}) => open(name, { javaScriptEnabled: false, ...options });

async function say(page, text) {
  await page.fill("#message", text);
  await Promise.all([page.waitForNavigation(), page.click("form button.primary")]);
}

export const guests = {
  "a guest without scripts asks, is answered, reloads without asking again, and starts over": async () => {
    const page = await guest("gita");
    await page.goto("/");
    await say(page, "hello");
    await say(page, "tell me a joke");
    assert.equal(new URL(page.url()).pathname, "/");
    assert.equal(await page.locator(".msg.user").count(), 2);
    await page.reload();
    assert.equal(await page.locator(".msg.assistant").count(), 2);
    assert.equal(await page.locator(".msg.user").last().innerText().then((text) => text.includes("tell me a joke")), true);
    await Promise.all([page.waitForNavigation(), page.click("text=Start over")]);
    await page.locator(".silence").waitFor();
    assert.equal(await page.locator(".msg").count(), 0);
    await page.context().close();
  },
  "a guest's blank message is told so in red, and words that are refused are still in the form": async () => {
    const page = await guest("gita");
    await page.goto("/");
    await say(page, "   ");
    await page.locator("[role=alert]", { hasText: "at least one character" }).waitFor();
    await say(page, "long ".repeat(500));
    await page.locator("[role=alert]", { hasText: "at most 2000 characters" }).waitFor();
    assert.equal(await page.inputValue("#message"), "long ".repeat(500));
    await page.screenshot({ path: `${shots}/guest-refused.png` });
    await page.context().close();
  },
  "the guest page keeps its style contract and shows the newest turn, at 320, 360 and 1280 px, by day and by night": async () => {
    for (const [width, colorScheme] of [[320, "light"], [360, "dark"], [360, "light"], [1280, "light"], [1280, "dark"]]) {
      const page = await guest("gita", { colorScheme, viewport: { width, height: 800 } });
      await page.goto("/");
      await page.screenshot({ path: `${shots}/guest-empty-${width}-${colorScheme}.png` });
      for (const text of ["good evening", "what can you do", "roll 3d6", "And " + "a_very_long_word_".repeat(12), "tell me a joke"]) await say(page, text);
      const seen = await page.evaluate(() => {
        const box = document.querySelector(".chat-box");
        const of = (element) => getComputedStyle(element);
        const last = document.querySelector(".msg.assistant:last-child").getBoundingClientRect();
        const frame = box.getBoundingClientRect();
        const form = document.querySelector("form").getBoundingClientRect();
        return {
          maxHeight: of(box).maxHeight, overflow: of(box).overflowY, scrolls: box.scrollHeight > box.clientHeight,
          inView: last.bottom <= frame.bottom + 1 && last.bottom > frame.top, wide: document.documentElement.scrollWidth,
          centred: Math.abs(frame.left - (innerWidth - frame.right)), formInside: form.right <= innerWidth,
          mine: of(document.querySelector(".msg.user")).backgroundColor, machine: of(document.querySelector(".msg.assistant")).borderInlineStartWidth,
        };
      });
      assert.equal(seen.maxHeight, "400px");
      assert.equal(seen.overflow, "auto");
      assert.ok(seen.scrolls && seen.inView, `the newest turn is in view at ${width}: ${JSON.stringify(seen)}`);
      assert.ok(seen.wide <= width && seen.formInside && seen.centred <= 1, JSON.stringify(seen));
      assert.equal(seen.machine, "2px");
      assert.notEqual(seen.mine, "rgba(0, 0, 0, 0)");
      await page.screenshot({ path: `${shots}/guest-${width}-${colorScheme}.png` });
      await page.context().close();
    }
  },
  "a browser talks with the bot on both of its sockets, in pieces too, and the page of rooms stays where it was": async () => {
    const page = await open("gita");
    await page.goto("/");
    const frames = await page.evaluate(async () => {
      const talk = (path) => new Promise((done, failed) => {
        const socket = new WebSocket(path);
        const frames = [];
        socket.onopen = () => socket.send(JSON.stringify({ message: "hello there" }));
        socket.onmessage = ({ data }) => {
          frames.push(JSON.parse(data));
          if ("message" in frames.at(-1)) done(frames);
        };
        socket.onclose = ({ code }) => failed(new Error(`${path}: ${code}`));
      });
      return [await talk("/chat/"), await talk("/ws/chat/?stream=1")];
    });
    const [plain, streamed] = frames;
    assert.equal(plain.length, 1);
    assert.equal(plain[0].intent, "greeting");
    assert.equal(streamed.slice(0, -1).map(({ delta }) => delta).join(""), streamed.at(-1).message);
    assert.ok(streamed.length > 1);
    await page.goto("/chat/");
    assert.equal(new URL(page.url()).pathname, "/login/");
    await page.context().close();
  },
  "the guest page breaks no rule of accessibility, by day and by night, empty, answered and refused": async () => {
    for (const [colorScheme, width] of [["light", 1280], ["dark", 320]]) {
      const page = await open("gita", { colorScheme, viewport: { width, height: 800 } });
      await page.goto("/");
      assert.deepEqual(await broken(page), [], `empty, ${colorScheme}`);
      await say(page, "hello");
      assert.deepEqual(await broken(page), [], `answered, ${colorScheme}`);
      await say(page, " ");
      assert.deepEqual(await broken(page), [], `refused, ${colorScheme}`);
      await page.context().close();
    }
  },
};
