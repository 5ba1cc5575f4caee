// A house in which people have lived for a while: rooms of every kind, messages in every state, and something in each of the
// administrators' lists. What a page looks like when it is full is seen here.
import assert from "node:assert/strict";
import { becomes, open, signUp } from "./house.mjs";
import { houseWithProvider } from "./provider.mjs";

const LONG = "Maximiliana-Wilhelmine von Hohenstein-Schillingsfürst";
const CODE = Array.from({ length: 30 }, (_, n) => `  step_${n}(${n}); // the boat of a quarter past ${n % 12}, and what is written beside it`).join("\n");
const SAID = [
  ["marta", "The harbour sent the winter timetable at last. Forty pages, scanned."],
  ["bob", "I read all forty. Two things to know before Saturday: the early boat moves, and somebody wrote “see annex B” where there is no annex B.\n\n> they will look for it\n\n1. **07:40** Cangas\n2. *13:15* Moaña"],
  ["amal", "صباح الخير! طبعتُ الجدول الجديد وعلّقته عند الباب. هل ينقصه شيء؟"],
  ["ada", `Here it is:\n\n\`\`\`rust\nfn main() {\n${CODE}\n}\n\`\`\``],
  ["bob", "🫖☕🥐 👩‍👩‍👧‍👦 🇪🇸"],
  ["bob", `https://example.org/${"a_very_long_address_".repeat(12)} ${"Donaudampfschifffahrtsgesellschaft".repeat(4)}`],
  ["marta", "| stop | leaves | and a wide column |\n|---|---|---|\n| Cangas | 07:40 | only on working days, not in August |"],
  ["marta", "@ada, can you ask what changes on Saturday? People at the counter want it in one sentence."],
];

// Answers the house, its people's pages, and the addresses of what is in it.
export async function livedIn() {
  const house = await houseWithProvider();
  const people = {};
  const api = async (who, method, path, data) => {
    const answer = await people[who].request[method](path, { data });
    assert.ok(answer.ok(), `${method} ${path}: ${answer.status()} ${await answer.text()}`);
    return answer.status() === 204 ? {} : answer.json();
  };
  const form = async (who, path, fields) => {
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const answer = await people[who].request.post(path, { headers, data: new URLSearchParams(fields).toString(), maxRedirects: 0 });
    assert.equal(answer.status(), 303, `${path}: ${await answer.text()}`);
    return answer.headers().location;
  };
  const post = (who, slug, content, more = {}) => api(who, "post", `/api/rooms/${slug}/messages/`, { content, ...more });
  for (const [name, shown] of [["ada", "Ada Lovelace"], ["bob", "Bob"], ["marta", "Marta Iglesias"], ["amal", "أمل حداد"], ["maximiliana.wilhelmine", LONG]]) {
    people[name] = await open(name, { baseURL: house.base });
    await signUp(people[name], name);
    await people[name].request.post("/settings/", { form: { display_name: shown, email: name === "bob" ? "" : `${name}@ria.example` } });
    await api(name, "post", "/api/rooms/general/join/");
  }
  const ids = [];
  for (const [who, content] of SAID) ids.push((await post(who, "general", content)).id);
  const { id: message } = await post("ada", "general", "Good catch. **Deploying** it now, and then there is soup for everybody who is still here.");
  await api("ada", "patch", `/api/rooms/general/messages/${message}/`, { content: "Good catch. **Deploying** it now." });
  await post("bob", "general", "Soup it is.", { reply_to: message });
  for (const [who, emoji] of [["bob", "👍"], ["ada", "👍"], ["marta", "☕"]]) await api(who, "put", `/api/rooms/general/messages/${message}/reactions/${emoji}/`);
  await api("ada", "put", `/api/rooms/general/messages/${ids[0]}/pin/`);
  const gone = (await post("bob", "general", "Never mind")).id;
  await people.bob.request.delete(`/api/rooms/general/messages/${gone}/`);
  const hidden = (await post("maximiliana.wilhelmine", "general", "Buy cheap umbrellas")).id;
  await api("bob", "post", `/api/rooms/general/messages/${hidden}/reports/`, { reason: "Advertising, and not for the first time" });
  await api("ada", "patch", `/api/admin/messages/${hidden}/`, { hidden: true });
  await api("bob", "post", `/api/rooms/general/messages/${ids[5]}/reports/`, { reason: "" });
  await answered(house, post, 0, (answer) => (answer.say("Three sailings change on Saturday.\n\n1. **07:40** leaves at 07:50.\n2. 13:15 does not run."), answer.end()));
  await answered(house, post, 1, (answer) => (answer.say("It first came up on"), answer.cut()));
  await becomes(async () => (await api("ada", "get", "/api/rooms/general/replies/")).replies.length, 0, "answers in progress");
  await api("ada", "post", "/api/rooms/", { name: "Harbour screens", topic: "What they show, and what they should" });
  await api("ada", "post", "/api/rooms/", { name: "Board", private: true });
  await api("ada", "post", "/api/rooms/", { name: "Letters & complaints about everything under the sun" });
  await api("ada", "post", "/api/rooms/board/members/", { username: "bob" });
  for (const content of ["Anybody?", "@ada, come and see"]) await post("bob", "harbour-screens", content);
  const direct = (await form("ada", "/directs/", { username: "marta" })).split("/")[2];
  await post("marta", direct, "Between us: the soup was cold.");
  const empty = await form("ada", "/directs/", new URLSearchParams([["username", "bob"], ["username", "amal"]]));
  const chat = (await form("ada", "/chats/", { name: "Crossing to Ons" })).match(/chats\/([^/]+)/)[1];
  await form("ada", `/chats/${chat}/people/`, { username: "bob" });
  await api("ada", "post", "/api/tokens/", { name: "The screens at Moaña", scopes: ["read"] });
  await api("bob", "post", "/api/tokens/", { name: "laptop" });
  const invite = await api("ada", "post", "/api/admin/invites/", { note: "The choir", uses_max: 30 });
  const link = await api("ada", "post", "/api/rooms/board/invites/", {});
  const script = { name: "Sereno", threshold: 0.6, fallback: { replies: ["What?"] }, intents: [{ name: "tea", phrases: ["when is tea", "tea time"], replies: ["At five."] }, { name: "cake", phrases: ["is there cake", "any cake left"], replies: ["Lemon."] }] };
  const bot = await api("ada", "post", "/api/bots/", { username: "sereno", display_name: "Sereno", mind: "intents", settings: script });
  await api("ada", "post", "/api/rooms/general/members/", { username: "sereno" });
  await post("marta", "general", "@sereno which ferry goes to Cangas tonight");
  await becomes(async () => (await api("ada", "get", `/api/bots/${bot.id}/missed/`)).missed.length, 1, "questions that were missed");
  const account = `/admin/users/${(await api("bob", "get", "/api/me/")).id}/`;
  const token = (await api("ada", "get", "/api/admin/tokens/")).tokens[0].id;
  const forgetful = (await api("ada", "post", "/api/admin/users/", { username: "jonas", display_name: "Jonas Weber" }));
  const reset = (await api("ada", "post", `/api/admin/users/${forgetful.id ?? forgetful.user.id}/reset/`, {})).link;
  await api("ada", "post", "/api/rooms/", { name: "Closed" });
  await api("ada", "patch", "/api/rooms/closed/", { archived: true });
  return { house, people, account, token, reset, api, post, message, hidden, direct, empty, chat, invite, link, bot };
}

async function answered(house, post, nth, how) {
  await post("ada", "general", `@tertulia what changes on Saturday, for the ${nth + 1}. time?`);
  how(await house.answering(nth));
}
