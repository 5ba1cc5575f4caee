// The room's page: what is said goes out at once and stands until the server's copy comes; what others say comes in live.
import "./keys.js";
import { Live } from "./live.js";
import { Log } from "./log.js";
import { t } from "./words.js";

const $ = (selector, from = document) => from.querySelector(selector);
const log = new Log($("#log"), $("#scroller"));
const { slug, username, name: myName, latest } = log.element.dataset;
const form = $("form.composer");
const field = $("#content");
const typing = new Map();
const title = document.title;
const icon = $("link[rel=icon]");
const plainIcon = icon.href;
let unseen = 0;
let state = "here";
let said = 0;

const live = new Live({ slug, cursor: log.element.dataset.cursor, onFrame: hear, onState: show });

function hear(frame, here) {
  if (frame.type === "typing" && here) return heardTyping(frame);
  if (frame.type === "presence" && here) return presence(frame);
  if (frame.presence) presence(frame.presence);
  if (frame.type === "news") return news(frame);
  if (frame.type === "ended" && here) return location.assign("/rooms/");
  for (const event of frame.events ?? []) {
    if (here && event.type === "message") message(event);
    if (here && event.type === "member") log.rename(event.member);
    if (here && event.type === "room") renamed(event.room);
    if (!here && event.type === "reading") reading(event.reading);
    if (!here && event.type === "mentioned") mentioned(event);
  }
}

function message({ message, html }) {
  if (latest !== "true") return;
  const stays = log.atEnd();
  typing.delete(message.author.id);
  tellTyping();
  if (!log.upsert(message, html) || message.username === username) return stays && down();
  if (stays && !document.hidden) {
    down();
    live.send({ type: "read", room: slug, id: message.id });
  } else {
    unseen++;
    mark(message.id);
    showUnseen();
  }
}

// The mark of what is new stands before the first message that came while one was away.
function mark(id) {
  if ($("#new")) return;
  const line = document.createElement("div");
  line.className = "new";
  line.id = "new";
  line.setAttribute("role", "separator");
  line.append(document.createElement("span"));
  line.firstChild.textContent = t("New since {time}", { time: clock() });
  log.find(id).before(line);
}

function showUnseen() {
  document.title = unseen ? `(${unseen}) ${title}` : title;
  icon.href = unseen ? icon.dataset.news : plainIcon;
  const jump = $("#jump");
  jump.hidden = unseen === 0 || log.atEnd();
  $("span", jump).textContent = unseen === 1 ? t("1 new message") : t("{n} new messages", { n: unseen });
}

function seen() {
  if (document.hidden || !log.atEnd() || unseen === 0) return;
  unseen = 0;
  showUnseen();
  const last = [...log.element.querySelectorAll("article[data-id]")].at(-1);
  if (last) live.send({ type: "read", room: slug, id: Number(last.dataset.id) });
}
$("#scroller").addEventListener("scroll", seen, { passive: true });
document.addEventListener("visibilitychange", seen);
$("#jump").addEventListener("click", () => { down(); seen(); });

function down() {
  $("#scroller").scrollTop = 0;
}

function heardTyping({ person, name, typing: is }) {
  if (String(person) === log.me) return;
  clearTimeout(typing.get(person)?.timer);
  if (is) typing.set(person, { name, timer: setTimeout(() => { typing.delete(person); tellTyping(); }, 6000) });
  else typing.delete(person);
  tellTyping();
}

function tellTyping() {
  const names = [...typing.values()].map(({ name }) => name);
  const [one, other] = names;
  const words = ["", t("{one} is typing", { one }), t("{one} and {other} are typing", { one, other })][names.length];
  $("#typing").textContent = words ?? t("Several people are typing");
}

function presence({ counts, here, away }) {
  $("#presence").textContent = counts ? t("{here} of {members} here", counts) : t("Presence unknown");
  for (const line of document.querySelectorAll("[data-partner]")) {
    const partner = Number(line.dataset.partner);
    line.dataset.state = here.includes(partner) ? "here" : away.includes(partner) ? "away" : "elsewhere";
  }
}

const line = (id) => $(`.line[data-room="${Number(id)}"]`);

function news({ room_id: id, author, posted }) {
  const at = line(id);
  if (!at || at.classList.contains("here") || String(author) === log.me) return;
  at.classList.add("unread");
  let count = $(".count", at);
  if (!count) {
    count = document.createElement("span");
    count.className = "count";
    at.append(count);
  }
  const now = (parseInt(count.textContent, 10) || 0) + posted;
  count.textContent = now > 99 ? "99+" : now;
}

function reading({ room_id: id, standing }) {
  const at = line(id);
  if (!at) return standing === "in" && refreshRooms();
  if (standing !== "in" && !at.classList.contains("here")) return refreshRooms();
  at.classList.remove("unread");
  $(".count", at)?.remove();
  $(".pill", at)?.remove();
}

function mentioned({ room_id: id }) {
  const at = line(id);
  if (!at || at.classList.contains("here")) return;
  $(".count", at)?.remove();
  let pill = $(".pill", at);
  if (!pill) {
    pill = document.createElement("span");
    pill.className = "pill";
    at.append(pill);
  }
  pill.textContent = `@${(parseInt(pill.textContent.slice(1), 10) || 0) + 1}`;
}

// The list of rooms as the server shows it now.
async function refreshRooms() {
  const answer = await fetch(location.href);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = $("#side", page);
  if (answer.ok && fresh) $("#side").replaceWith(fresh);
}

function renamed(room) {
  $(".title").textContent = $(".directs .here") ? $(".title").textContent : room.name;
  const topic = $(".topic");
  if (topic) topic.textContent = room.topic;
}

$("#banner button").addEventListener("click", () => live.retry());

function show(now) {
  const banner = $("#banner");
  clearTimeout(show.timer);
  if (now === "away" && state !== "away") {
    const time = clock();
    show.timer = setTimeout(() => {
      $("span", banner).textContent = t("No connection since {time}. What you write is kept on this device and sent when it is back.", { time });
      $("button", banner).hidden = false;
      banner.hidden = false;
      $("#presence").textContent = t("Presence unknown");
    }, 2000);
  }
  if (now === "here" && state === "away") {
    $("span", banner).textContent = t("Connected again");
    $("button", banner).hidden = true;
    show.timer = setTimeout(() => (banner.hidden = true), 2000);
    for (const article of log.element.querySelectorAll("[data-pending]")) deliver(article);
  }
  state = now;
}

// Sending: the client_id makes a repeated sending harmless, so whatever was not acknowledged is simply sent again.
async function deliver(article) {
  const trouble = $(".trouble", article);
  trouble.hidden = true;
  article.classList.remove("failed");
  const { pending: client_id, content, replyTo } = article.dataset;
  try {
    const answer = await live.ask({ type: "post", room: slug, client_id, content, reply_to: replyTo ? Number(replyTo) : undefined });
    if (answer.type === "error") fail(article, answer.detail);
    else if (log.find(answer.message.id)) article.remove();
  } catch {
    // The connection broke; it is sent again when it is back.
  }
}

function fail(article, why) {
  const trouble = $(".trouble", article);
  article.classList.add("failed");
  trouble.textContent = `${t("Not sent.")} ${why} `;
  const button = (word, act) => {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = word;
    made.onclick = act;
    trouble.append(made);
  };
  button(t("Try again"), () => deliver(article));
  button(t("Edit"), () => { field.value = article.dataset.content; article.remove(); field.focus(); });
  button(t("Delete"), () => article.remove());
  trouble.hidden = false;
}

form?.addEventListener("submit", (event) => {
  event.preventDefault();
  const content = field.value.trim();
  if (!content) return;
  const article = log.pending(form.elements.client_id.value, myName, field.value);
  article.dataset.content = field.value;
  article.dataset.replyTo = form.elements.reply_to?.value ?? "";
  form.elements.client_id.value = newId();
  form.elements.reply_to?.remove();
  $("#replying")?.remove();
  field.value = "";
  said = 0;
  ready();
  down();
  deliver(article);
  live.send({ type: "typing", room: slug, typing: false });
});

const clock = () => new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });

const newId = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

field?.addEventListener("keydown", (event) => {
  if (event.isComposing) return;
  if (event.key === "Enter" && !event.shiftKey && !matchMedia("(pointer: coarse)").matches) {
    if (pickShown()) return;
    event.preventDefault();
    form.requestSubmit();
  } else if (event.key === "ArrowUp" && field.value === "") {
    const own = [...log.element.querySelectorAll(`article[data-author="${log.me}"]:not(.gone)`)].at(-1);
    own?.querySelector('[data-act="edit"]')?.click();
  }
});

field?.addEventListener("input", () => {
  if (Date.now() - said > 3000 && field.value) {
    said = Date.now();
    live.send({ type: "typing", room: slug });
  }
  ready();
  suggest();
});

// The hint counts down near the limit; Send is dimmed while there is nothing to send.
function ready() {
  const left = 10_000 - [...field.value].length;
  $("#hint").textContent = left < 500 ? t("{n} characters left", { n: left }) : t("Enter sends, Shift Enter starts a new line");
  $("#hint").classList.toggle("near", left < 500);
  $("button[type=submit]", form).disabled = !field.value.trim() || left < 0;
}
if (form) ready();

// Names, as one types them after an @.
const pickShown = () => $(".pick") !== null;
async function suggest() {
  $(".pick")?.remove();
  const before = field.value.slice(0, field.selectionStart);
  const prefix = before.match(/(?:^|\s)@([\p{L}\p{N}._+-]{1,30})$/u)?.[1];
  if (!prefix) return;
  const answer = await fetch(`/api/rooms/${slug}/members/?prefix=${encodeURIComponent(prefix)}`);
  if (!answer.ok || !field.value.startsWith(before)) return;
  const { members } = await answer.json();
  if (members.length === 0) return;
  $(".pick")?.remove();
  const list = document.createElement("ul");
  list.className = "pick";
  list.setAttribute("role", "listbox");
  for (const { person } of members) {
    const item = document.createElement("li");
    item.setAttribute("role", "option");
    item.textContent = person.display_name === person.username ? `@${person.username}` : `${person.display_name} @${person.username}`;
    item.onmousedown = (event) => { event.preventDefault(); choose(person.username, prefix); };
    item.dataset.username = person.username;
    list.append(item);
  }
  list.firstChild.setAttribute("aria-selected", "true");
  $(".foot").append(list);
}

function choose(username, prefix) {
  const at = field.selectionStart;
  field.setRangeText(`${username} `, at - prefix.length, at, "end");
  $(".pick")?.remove();
  field.focus();
}

document.addEventListener("keydown", (event) => {
  const pick = $(".pick");
  if (!pick) return;
  const items = [...pick.children];
  const at = items.findIndex((item) => item.getAttribute("aria-selected"));
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    items[at].removeAttribute("aria-selected");
    items[(at + (event.key === "ArrowDown" ? 1 : items.length - 1)) % items.length].setAttribute("aria-selected", "true");
  } else if (event.key === "Enter" || event.key === "Tab") {
    event.preventDefault();
    const before = field.value.slice(0, field.selectionStart);
    choose(items[at].dataset.username, before.match(/@([^@\s]*)$/)?.[1] ?? "");
  } else if (event.key === "Escape") pick.remove();
}, true);

// Actions in place of their pages.
log.element.addEventListener("click", async (event) => {
  const copy = event.target.closest("button.copy");
  if (copy) return navigator.clipboard?.writeText($("code", copy.closest("figure")).textContent);
  const chip = event.target.closest(".chip");
  const article = event.target.closest("article[data-id]");
  const pressed = event.target.closest("[data-act], [data-quick]")?.dataset;
  const act = pressed?.act ?? pressed?.quick;
  if (!article || event.ctrlKey || event.metaKey) return;
  const id = Number(article.dataset.id);
  if (chip?.dataset.emoji) {
    event.preventDefault();
    const mine = chip.dataset.people.includes(` ${log.me} `);
    return live.send({ type: mine ? "unreact" : "react", room: slug, id, emoji: chip.dataset.emoji });
  }
  if (!["reply", "delete", "edit"].includes(act)) return;
  event.preventDefault();
  article.querySelector("details.tools").open = false;
  if (act === "reply") reply(article);
  if (act === "delete") confirmDelete(id);
  if (act === "edit") edit(article, id);
});
document.addEventListener("click", (event) => {
  for (const open of document.querySelectorAll("details.tools[open], details.more[open]")) {
    if (!open.contains(event.target)) open.open = false;
  }
});

function reply(article) {
  $("#replying")?.remove();
  form.elements.reply_to?.remove();
  const line = document.createElement("p");
  line.className = "replying";
  line.id = "replying";
  const words = document.createElement("span");
  const who = document.createElement("b");
  who.textContent = $(".who .name", article).textContent;
  words.append(who, `: ${$(".words", article)?.textContent.trim().slice(0, 120) ?? ""}`);
  const stop = document.createElement("button");
  stop.type = "button";
  stop.className = "button quiet";
  stop.textContent = t("Cancel");
  const hidden = Object.assign(document.createElement("input"), { type: "hidden", name: "reply_to", value: article.dataset.id });
  stop.onclick = () => { line.remove(); hidden.remove(); };
  line.append(words, stop);
  $(".box").prepend(line, hidden);
  field.focus();
}

function confirmDelete(id) {
  const dialog = document.createElement("dialog");
  dialog.innerHTML = '<form method="dialog" class="form"><h2></h2><p></p><p class="actions"><button class="button" value="keep" autofocus></button><button class="button danger" value="delete"></button></p></form>';
  const texts = [t("Delete this message?"), t("Its text and earlier versions are erased for everyone. There is no way back."), t("Keep it"), t("Delete message")];
  for (const [n, place] of dialog.querySelectorAll("h2, p:not(.actions), button").entries()) place.textContent = texts[n];
  dialog.onclose = () => {
    if (dialog.returnValue === "delete") live.send({ type: "delete", room: slug, id });
    dialog.remove();
  };
  document.body.append(dialog);
  dialog.showModal();
}

async function edit(article, id) {
  const answer = await fetch(`/api/rooms/${slug}/messages/${id}/`);
  if (!answer.ok) return;
  const { content } = await answer.json();
  const words = $(".words", article);
  const box = document.createElement("textarea");
  box.className = "editing";
  box.value = content;
  box.setAttribute("aria-label", t("Edit"));
  const before = words.innerHTML;
  words.replaceChildren(box);
  box.focus();
  const stop = () => { words.innerHTML = before; field.focus(); };
  box.onkeydown = async (event) => {
    if (event.key === "Escape") stop();
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    const saved = await live.ask({ type: "edit", room: slug, id, content: box.value }).catch(() => ({ type: "error", detail: t("No connection.") }));
    if (saved.type !== "error") return box.value === content && stop();
    box.setAttribute("aria-invalid", "true");
    box.title = saved.detail;
  };
}

// Older messages come when one scrolls up to them.
const older = $("#older");
if (older) {
  new IntersectionObserver(async ([entry]) => {
    if (!entry.isIntersecting || older.dataset.busy || !older.href) return;
    older.dataset.busy = "1";
    const answer = await fetch(older.href);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (answer.ok) {
      const from = $("#scroller").scrollTop;
      log.prepend([...$("#log", page).children].filter((node) => node.matches("article, .day")));
      $("#scroller").scrollTop = from;
      const next = $("#older", page);
      if (next) older.href = next.href;
      else older.parentElement.remove();
    }
    delete older.dataset.busy;
  }, { root: $("#scroller"), rootMargin: "200px" }).observe(older);
}

// On phones the list of rooms is a drawer.
$(".menu-button").addEventListener("click", (event) => {
  event.preventDefault();
  document.body.classList.add("drawn");
  const scrim = Object.assign(document.createElement("button"), { className: "scrim", type: "button", ariaLabel: t("Close") });
  const close = () => { document.body.classList.remove("drawn"); scrim.remove(); };
  scrim.onclick = close;
  $(".side .close").onclick = close;
  document.body.append(scrim);
});
for (const button of document.querySelectorAll("button.copy")) button.hidden = !navigator.clipboard;

// In the log, single letters act on the message that has the focus; Escape goes back to the composer.
log.element.addEventListener("keydown", (event) => {
  const article = event.target.closest("article[data-id]");
  if (event.target !== log.element && event.target !== article) return;
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const all = [...log.element.querySelectorAll("article[data-id]")];
  const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  const acts = { r: "reply", e: "edit", "+": "react" };
  if (step) {
    const at = article ? all.indexOf(article) + step : all.length - 1;
    all[Math.max(0, Math.min(all.length - 1, at))]?.focus();
  } else if (article && acts[event.key]) {
    const act = article.querySelector(`[data-act="${acts[event.key]}"]`);
    if (!act || (act.classList.contains("mine") && article.dataset.author !== log.me)) return;
    act.click();
  } else if (event.key === "Escape") {
    field?.focus();
  } else {
    return;
  }
  event.preventDefault();
});
