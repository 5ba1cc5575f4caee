// Chat sessions: by the pages, scripts on and off, and by the single-page client of examples/spa from another origin.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { readFileSync } from "node:fs";
import { broken } from "./accessible.mjs";
import { PASSWORD, becomes, connected, enter, open, serve, shots, signUp, stream, until } from "./house.mjs";

// Signs up by the form of the page one was led to, and comes back to where one wanted to go.
async function signUpThere(page, username) {
  await page.getByRole("link", { name: "Sign up" }).click();
  await page.fill("#username", username);
  await page.fill("#password", PASSWORD);
  await page.check("input[name=terms]");
  await page.click("form button[type=submit]");
}
const line = (page, scripted, text) => (scripted ? page.locator("#log") : stream(page)).locator("article", { hasText: text });

async function anEvening(scripted, colorScheme, width) {
  const name = (who) => `${who}-${scripted ? "on" : "off"}`;
  const options = { javaScriptEnabled: scripted, colorScheme, viewport: { width, height: 760 } };
  const [ada, bob, cyd] = await Promise.all(["chat-ada", "chat-bob", "chat-cyd"].map((who) => open(name(who), options)));
  await ada.goto("/chats/");
  assert.equal(new URL(ada.url()).pathname, "/auth", "a stranger is led to sign in");
  await signUpThere(ada, name("chat-ada"));
  await ada.waitForURL("**/chats/");
  await signUp(cyd, name("chat-cyd"));
  await ada.fill("#name", "Crossing to Ons");
  await ada.getByRole("button", { name: "Start one" }).click();
  await ada.waitForURL("**/people/");
  const link = await ada.locator("code.link").innerText();
  await bob.goto(link);
  await signUpThere(bob, name("chat-bob"));
  await bob.waitForURL(link);
  await bob.getByRole("heading", { name: "Join Crossing to Ons?" }).waitFor();
  await bob.screenshot({ path: `${shots}/chat-join-${width}-${colorScheme}.png` });
  await ada.reload();
  assert.equal(await ada.locator(".people li").count(), 1, "looking does not join");
  await bob.locator("button", { hasText: "Come in" }).click({ noWaitAfter: true });
  await bob.waitForURL("**/rooms/*/", { waitUntil: "commit" });
  await ada.fill("#username", name("chat-cyd"));
  await ada.getByRole("button", { name: "Add" }).click();
  await becomes(() => ada.locator(".people li").count(), 3, "all three are in");
  await ada.screenshot({ path: `${shots}/chat-people-${width}-${colorScheme}.png` });
  await cyd.goto("/chats/");
  await cyd.getByRole("link", { name: "Open Crossing to Ons" }).waitFor();
  await cyd.screenshot({ path: `${shots}/chats-${width}-${colorScheme}.png` });
  const room = new URL(link).pathname.replace("/chats/", "/rooms/");
  await enter(ada, room);
  if (scripted) await Promise.all([connected(ada), connected(bob)]);
  await bob.fill("#content", "the ferry goes at nine");
  await bob.locator(".composer button[type=submit]").click({ noWaitAfter: true });
  await line(ada, scripted, "the ferry goes at nine").waitFor();
  await cyd.goto("/logout/");
  await cyd.locator("form button[type=submit]").click();
  await cyd.waitForURL("**/login/");
  await cyd.goto("/chats/");
  assert.equal(new URL(cyd.url()).pathname, "/auth", "who has gone is a stranger");
  await Promise.all([ada, bob, cyd].map((page) => page.context().close()));
}

// A site of its own, as any static server serves it.
async function site() {
  const page = readFileSync("examples/spa/index.html");
  const server = createServer((_, answer) => answer.writeHead(200, { "content-type": "text/html" }).end(page));
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return { origin: `http://localhost:${server.address().port}`, stop: () => server.close() };
}

export const chats = {
  "scripts on: a chat session is started, shared by its link, joined and talked in": () => anEvening(true, "light", 1280),
  "scripts off: a chat session is started, shared by its link, joined and talked in": () => anEvening(false, "dark", 360),
  "no page of chat sessions breaks a rule of accessibility, by day and by night": async () => {
    for (const [colorScheme, width, javaScriptEnabled] of [["light", 1280, true], ["dark", 360, true]]) {
      const [page, other] = await Promise.all(["chat-axe", "chat-other"].map((who) => open(who, { colorScheme, viewport: { width, height: 760 }, javaScriptEnabled })));
      for (const [one, who] of [[page, "chat-axe"], [other, "chat-other"]]) await signUp(one, `${who}-${colorScheme}`);
      const check = async (one, what) => assert.deepEqual(await broken(one), [], `${what}, ${colorScheme}`);
      await page.goto("/chats/");
      await check(page, "no chats yet");
      await page.getByRole("button", { name: "Start one" }).click();
      await page.waitForURL("**/people/");
      await check(page, "the link to share");
      await other.goto(page.url().replace("people/", ""));
      await check(other, "the question");
      await page.fill("#username", "nobody-at-all");
      await page.getByRole("button", { name: "Add" }).click();
      await page.locator(".error", { hasText: "Nobody here has this name." }).waitFor();
      await check(page, "a name nobody has");
      await page.goto("/chats/");
      await check(page, "one's chats");
      await Promise.all([page.context().close(), other.context().close()]);
    }
  },
  "the single-page client signs up, shares, joins and hears from another origin": async () => {
    const { origin, stop } = await site();
    const server = await serve(undefined, "127.0.0.1:0", { CORS_ALLOWED_ORIGINS: origin });
    const at = (hash = "") => `${origin}/?server=${encodeURIComponent(server.base)}${hash}`;
    const [ada, bob] = await Promise.all(["spa-ada", "spa-bob"].map((who) => open(who)));
    const signUpHere = async (page, username) => {
      await page.getByLabel("Username").first().fill(username);
      await page.getByLabel("Password").first().fill(PASSWORD);
      await page.getByLabel("I accept the terms").check();
      await page.getByRole("button", { name: "Sign up", exact: true }).click();
    };
    const say = async (page, text) => {
      await page.getByLabel("Message", { exact: true }).fill(text);
      await page.getByRole("button", { name: "Send" }).click();
    };
    try {
      await ada.goto(at());
      await ada.getByRole("tab", { name: "Sign Up" }).waitFor();
      assert.deepEqual(await broken(ada), []);
      await signUpHere(ada, "ada");
      await ada.getByRole("button", { name: "Start a chat" }).click();
      await becomes(() => ada.locator("#members").innerText(), "ada", "who is in her chat");
      await say(ada, "before anybody came");
      await ada.locator("#log p", { hasText: "before anybody came" }).waitFor();
      const link = await ada.locator("#share").getAttribute("href");
      await bob.goto(link);
      await signUpHere(bob, "bob");
      await bob.locator("#log p", { hasText: "before anybody came" }).waitFor();
      await say(bob, "hello from bob");
      await ada.locator("#log p", { hasText: "bob: hello from bob" }).waitFor();
      await say(ada, "hello from ada");
      await bob.locator("#log p", { hasText: "ada: hello from ada" }).waitFor();
      assert.equal(await ada.locator("#log p").count(), 3, "each is shown once");
      assert.deepEqual(await broken(ada), []);
      await ada.screenshot({ path: `${shots}/spa.png` });
      assert.deepEqual((await ada.context().cookies()).filter((cookie) => cookie.name.includes("session")), [], "no cookie was needed");
      await bob.getByRole("button", { name: "Log out" }).click();
      await bob.getByRole("tab", { name: "Sign In" }).click();
      await bob.locator("#sign-in input[name=username]").waitFor();
      const evil = await open("spa-evil");
      await evil.goto(at().replace("localhost", "127.0.0.1"));
      await signUpHere(evil, "eve");
      await until(async () => (await evil.locator("#said").innerText()) !== "", "a site that is not allowed reads nothing");
      assert.equal(await evil.locator("#chats").isVisible(), false);
      await Promise.all([ada, bob, evil].map((page) => page.context().close()));
    } finally {
      stop();
      await server.stop();
      server.remove();
    }
  },
};
