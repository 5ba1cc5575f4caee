// A bot answers: everyone watches it grow, scripts on and off, and it moves into the log where it stood.
import assert from "node:assert/strict";
import { broken } from "./accessible.mjs";
import { becomes, connected, enter, open, shots, signIn, signUp, stream, until } from "./house.mjs";
import { houseWithProvider } from "./provider.mjs";

let house;
let asked = 0;
const at = async (name, options = {}) => {
  house ??= await houseWithProvider();
  return open(name, { baseURL: house.base, ...options });
};
const member = async (name, options) => {
  const page = await at(name, options);
  await signUp(page, name);
  return page;
};
const guest = async (name, options) => {
  const page = await at(name, options);
  await signIn(page, name);
  return page;
};
const say = async (page, content) => {
  const answer = await page.request.post("/api/rooms/general/messages/", { data: { content } });
  assert.ok(answer.ok(), await answer.text());
};
// Asks the bot; the answer that the test may give.
async function ask(page, question = "what changes on Saturday?") {
  await say(page, `@tertulia ${question}`);
  return house.answering(asked++);
}
const band = (page) => page.locator("#replies .reply");
const streamed = (page) => stream(page).locator(".log");
const words = (locator) => locator.evaluate((element) => element.innerText.replace(/\s+/g, " ").trim());
const shows = (locator, text) => until(async () => (await words(locator)).includes(text) || (await words(locator)), `"${text}" is not shown`);
// What of a streamed page can be seen.
const sight = (page) =>
  streamed(page).evaluate((log) => [...log.children].filter((child) => child.checkVisibility() && child.assignedSlot).map((child) => child.innerText).join(" ").replace(/\s+/g, " "));
const sees = (page, text) => until(async () => (await sight(page)).includes(text) || (await sight(page)), `"${text}" is not seen`);
const inLog = (page, text) => page.locator("#log article.bot", { hasText: text });
const own = (page, selector) => page.locator(selector).filter({ visible: true });

const TEXT = ["Three sailings ", "change.\n\n1. **07:40** lea", "ves at 07:50.\n2. 13:15 does not run.\n\n```sql\nselect stop\n", "  from sailings\n", "```\n\nThat is <b>all</b>", ", *really*."];

export const answering = {
  "everyone watches an answer grow, whoever comes late too, and it moves into the log without a jump": async () => {
    const [ana, bob] = [await member("ana"), await member("bob", { colorScheme: "dark", viewport: { width: 360, height: 780 } })];
    const eva = await member("eva", { javaScriptEnabled: false });
    for (const page of [ana, bob, eva]) await enter(page);
    for (const page of [ana, bob]) await connected(page);
    const answer = await ask(ana);
    await shows(band(ana), "Reading the room, asked by ana");
    answer.say(TEXT[0]);
    await shows(band(ana), "Answering ana since");
    await shows(band(bob), "Three sailings");
    await sees(eva, "Three sailings");
    assert.equal(await own(ana, "#replies .stop").count(), 1);
    assert.equal(await own(bob, "#replies .stop").count(), 0, "bob did not ask");
    answer.say(TEXT[1]);
    await band(ana).locator("li strong", { hasText: "07:40" }).waitFor();
    answer.say(TEXT[2]);
    // A block of code that is not closed yet is one.
    await band(bob).locator("figure.code .k", { hasText: "select" }).waitFor();
    const fin = await member("fin", { javaScriptEnabled: false });
    await enter(fin);
    await sees(fin, "13:15 does not run.");
    await band(ana).screenshot({ path: `${shots}/reply-1280-light.png` });
    await bob.screenshot({ path: `${shots}/room-360-dark-reply.png` });
    await eva.screenshot({ path: `${shots}/room-1280-streamed-reply.png` });
    answer.say(TEXT[3]);
    answer.say(TEXT[4]);
    answer.say(TEXT[5]);
    await shows(band(ana), "really");
    for (const page of [eva, fin]) await sees(page, "really");
    assert.deepEqual(await broken(ana), []);
    assert.deepEqual(await broken(bob), []);
    const end = (locator) => locator.evaluate((words) => words.lastElementChild.getBoundingClientRect().bottom);
    const before = await end(band(ana).locator(".words"));
    answer.end();
    for (const page of [ana, bob]) {
      await inLog(page, "really").waitFor();
      assert.equal(await band(page).count(), 0);
    }
    const after = await end(inLog(ana, "really").locator(".words"));
    assert.ok(Math.abs(after - before) <= 2, `its end moved from ${before} to ${after}`);
    for (const page of [eva, fin]) {
      await stream(page).locator("article.bot", { hasText: "really" }).waitFor();
      await becomes(async () => (await sight(page)).match(/really/g).length, 1, "it stands once");
    }
    assert.equal(await inLog(ana, "really").locator(".words b").count(), 0, "raw HTML is text");
    await shows(inLog(ana, "really"), "for ana");
    for (const page of [ana, bob, eva, fin]) await page.context().close();
  },

  "whoever asked stops an answer, with scripts and without; others may not": async () => {
    const [ana, bob] = [await guest("ana"), await guest("bob", { javaScriptEnabled: false })];
    for (const page of [ana, bob]) await enter(page);
    await connected(ana);
    const first = await ask(ana);
    first.say("At first, ");
    await shows(band(ana), "At first,");
    const { replies } = await (await ana.request.get("/api/rooms/general/replies/")).json();
    assert.equal((await bob.request.post(`/api/rooms/general/replies/${replies[0].id}/stop/`)).status(), 403);
    await band(ana).locator(".stop button").click();
    await inLog(ana, "Stopped.").waitFor();
    await becomes(async () => first.isLeft(), true, "the provider is asked no more");
    const second = await ask(bob, "and without scripts?");
    second.say("Without ");
    await sees(bob, "Without");
    const arrived = bob.waitForNavigation({ waitUntil: "commit" });
    await stream(bob).getByRole("button", { name: "Stop" }).click({ noWaitAfter: true });
    await arrived;
    await stream(bob).locator("article.bot", { hasText: "Without" }).locator(".ending", { hasText: "Stopped." }).waitFor();
    await becomes(async () => second.isLeft(), true, "the provider is asked no more");
    for (const page of [ana, bob]) await page.context().close();
  },

  "an answer that broke off says so and is asked for again; its earlier text is kept": async () => {
    const [ana, bob] = [await guest("ana"), await guest("bob")];
    for (const page of [ana, bob]) await (await enter(page), connected(page));
    const first = await ask(bob, "what broke?");
    first.say("Something **bro");
    await shows(band(bob), "Something");
    first.cut();
    const message = inLog(bob, "Interrupted: the answer broke off.");
    await message.waitFor();
    assert.equal(await message.locator(".ending .again").isVisible(), true);
    const cleo = await member("cleo");
    await (await enter(cleo), connected(cleo));
    await inLog(cleo, "Interrupted").waitFor();
    assert.equal(await inLog(cleo, "Interrupted").locator(".ending .again").isVisible(), false, "cleo did not ask");
    await message.locator(".ending .again button").click();
    const second = await house.answering(asked++);
    second.say("Nothing, after all.");
    await shows(band(bob), "Nothing, after all.");
    await bob.reload();
    await shows(band(bob), "Nothing, after all.");
    second.end();
    await inLog(bob, "Nothing, after all.").waitFor();
    assert.equal(await inLog(bob, "Something").count(), 0, "the same message has another text");
    await bob.goto(await inLog(bob, "Nothing, after all.").locator(".edited").getAttribute("href"));
    await bob.locator(".version", { hasText: "Something **bro" }).waitFor();
    for (const page of [ana, bob, cleo]) await page.context().close();
  },

  "links and pictures of a bot lead somewhere only when one wants it": async () => {
    const ana = await guest("ana");
    const elsewhere = [];
    ana.on("request", (request) => request.url().startsWith(house.base) || elsewhere.push(request.url()));
    await (await enter(ana), connected(ana));
    const answer = await ask(ana);
    answer.say("![a cat](https://thief.example/cat.png?secret=1) and [here](https://thief.example/x)");
    await shows(band(ana), "(https://thief.example/x)");
    answer.end();
    await shows(inLog(ana, "a cat"), "(https://thief.example/cat.png?secret=1)");
    assert.equal(await inLog(ana, "a cat").locator(".words img").count(), 0);
    assert.deepEqual(elsewhere, []);
    await ana.context().close();
  },

  "an answer under lost, doubled and late frames ends as it was given": async () => {
    const ana = await guest("ana");
    let n = 0;
    const fates = { lost: 0, doubled: 0, late: 0 };
    await ana.routeWebSocket(/\/ws$/, (client) => {
      const server = client.connectToServer();
      server.onMessage((text) => {
        const fate = JSON.parse(text).type === "reply_delta" ? n++ % 5 : 0;
        if (fate === 1) return fates.lost++;
        if (fate === 2) fates.doubled++, client.send(text);
        if (fate === 3) return fates.late++, setTimeout(() => client.send(text), 120);
        client.send(text);
      });
    });
    await (await enter(ana), connected(ana));
    const answer = await ask(ana);
    const said = [];
    const more = () => {
      said.push(`word${said.length}${said.length % 9 === 8 ? ".\n\n" : " "}`);
      answer.say(said.at(-1));
    };
    // As a provider does, word by word; a busy server gathers many of them into few frames.
    for (let n = 0; n < 40; n++) await (more(), ana.waitForTimeout(20));
    await until(() => (fates.lost && fates.doubled && fates.late ? true : (more(), fates)), "nothing was disturbed");
    const all = said.join("").split(/\s+/).join(" ").trim();
    await becomes(() => words(band(ana).locator(".words")), all, "the band is as it was said");
    answer.say(`\n\n\`\`\`js\n${"brew(5);\n".repeat(60)}last();`);
    await band(ana).locator("code", { hasText: "last();" }).waitFor();
    const [end, bottom] = await band(ana).evaluate((band) => [band.querySelector("code").getBoundingClientRect().bottom, band.getBoundingClientRect().bottom]);
    assert.ok(end <= bottom, "it follows its end");
    const share = await ana.locator("#replies").evaluate((replies) => replies.offsetHeight / innerHeight);
    assert.ok(share > 0.3 && share <= 0.4, `it takes ${share} of the height`);
    assert.deepEqual(await broken(ana), []);
    answer.end();
    await inLog(ana, "word39").waitFor();
    assert.equal(await band(ana).count(), 0);
    await ana.context().close();
  },

  "administrators keep bots on pages, without scripts too; for others there are no such pages": async () => {
    const [ana, bob] = [await guest("ana", { javaScriptEnabled: false }), await guest("bob")];
    assert.equal((await bob.request.get("/admin/bots/")).status(), 404);
    await ana.goto("/admin/bots/new/");
    await ana.fill("#username", "sereno");
    await ana.fill("#display_name", "Sereno");
    await ana.selectOption("#mind", "openai");
    await ana.fill("#temperature", "warm");
    await ana.fill("#api_key", "sk-secret");
    await ana.click(".actions button");
    await ana.locator(".error", { hasText: "A temperature is a number from 0 to 2." }).waitFor();
    assert.equal(await ana.inputValue("#username"), "sereno");
    await ana.fill("#temperature", "0.5");
    await ana.fill("#api_key", "sk-secret");
    await ana.click(".actions button");
    await ana.locator("#toast", { hasText: "Sereno is made." }).waitFor();
    assert.ok(!(await ana.content()).includes("sk-secret"), "a key is never shown");
    assert.equal(await ana.inputValue("#temperature"), "0.5");
    await ana.locator(".help", { hasText: "It has a key" }).waitFor();
    await ana.selectOption("#mind", "intents");
    await ana.fill("#script", 'name = "Sereno"\nthreshold = 2\n[fallback]\nreplies = ["What?"]\n[[intents]]\nname = "tea"\nphrases = ["when is tea"]\nreplies = ["At five."]\n');
    await ana.click(".actions button");
    await ana.locator(".error", { hasText: "A confidence is a number from 0 to 1." }).waitFor();
    await ana.fill("#script", 'name = "Sereno"\n[fallback]\nreplies = ["What?"]\n[[intents]]\nname = "tea"\nphrases = ["when is tea", "tea time"]\nreplies = ["At five."]\n');
    await ana.click(".actions button");
    await ana.locator("#toast", { hasText: "Saved." }).waitFor();
    await ana.click('a[href$="/intents/"]');
    await ana.fill("#text", "when is tea?");
    await ana.click(".narrow button");
    await ana.locator(".said", { hasText: "At five." }).waitFor();
    await ana.goto("/admin/usage/");
    await ana.fill("#day", "lots");
    await ana.click(".actions button");
    await ana.locator(".error", { hasText: "A budget is a number of tokens" }).waitFor();
    for (const page of [ana, bob]) await page.context().close();
  },

  "the administrators' pages break no rule of accessibility, by day and by night": async () => {
    for (const [colorScheme, width] of [["light", 1280], ["dark", 360], ["dark", 768]]) {
      const ana = await guest("ana", { colorScheme, viewport: { width, height: 900 } });
      const { bots } = await (await ana.request.get("/api/bots/")).json();
      const { id } = bots.find(({ username }) => username === "sereno");
      for (const path of ["/admin/bots/", `/admin/bots/${id}/`, "/admin/bots/new/", `/admin/bots/${id}/intents/?text=tea`, "/admin/usage/"]) {
        await ana.goto(path);
        assert.deepEqual(await broken(ana), [], `${path} ${colorScheme}`);
        const overflow = await ana.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(overflow <= 0, `${path} is ${overflow} px too wide at ${width}`);
        await ana.screenshot({ path: `${shots}/admin${path.replace(/\W+/g, "-").replace("-admin", "").replace(id, "n")}${width}-${colorScheme}.png` });
      }
      await ana.context().close();
    }
    await house.close();
  },
};
