// Tells of messages: by a line on the page while one looks at another room, by a notification of the browser while one looks
// elsewhere. Once for all tabs of a browser: the one that is looked at goes first, the others wait a little and find it told.
import { $ } from "./build.js";
import { isOn } from "./permission.js";
import { toast } from "./toast.js";
import { wanted } from "./unread.js";
import { t } from "./words.js";

const PAUSE = 500;
const HELD = 60_000; // Longer than any tab needs to see what another has stored, hidden ones with their timers held back included.
const WORDS = 160;
const isAway = () => document.hidden || !document.hasFocus();
const line = (room) => $(`.line[data-room="${Number(room)}"]`);
const slugOf = (at) => at.pathname.split("/")[2];

export class Notifier {
  constructor({ me, room, sidebar }) {
    Object.assign(this, { me, room, sidebar, notes: new Map(), toasted: new Set() });
    for (const type of ["focus", "visibilitychange"]) addEventListener(type, () => isAway() || this.read(room), true);
  }

  // Words in another room. They are fetched only when somebody may be told of them.
  async news({ room_id: room, author, last, posted }) {
    const at = line(room);
    if (!at || String(author) === this.me || at.dataset.level === "nothing") return;
    if (at.dataset.level === "mentions" && posted > 1) return this.sidebar.refresh();
    const isTold = isAway() ? !isOn() : this.toasted.has(String(room)) && !at.closest(".directs");
    if (isTold && at.dataset.level !== "mentions") return;
    const message = await this.fetch(at, last);
    // Who is named with everyone is not told of it in their own lane.
    if (message?.mentions_everyone && !message.mentions.map(String).includes(this.me)) this.sidebar.mentioned({ room_id: room, message_id: last });
    if (message) this.tell(message);
  }

  // A message that names one, in another room.
  async named({ room_id: room, message_id: id }) {
    const at = line(room);
    if (!at || at.matches(".here") || at.dataset.level === "nothing") return;
    const message = await this.fetch(at, id);
    if (message) this.tell(message);
  }

  async fetch(at, id) {
    const answer = await fetch(`/api/rooms/${slugOf(at)}/messages/${Number(id)}/`).catch(() => null);
    return answer?.ok ? answer.json() : null;
  }

  // Tells of a message of somebody else, if it is to be told at all.
  async tell(message) {
    const at = line(message.room_id);
    if (!at || message.deleted || message.hidden || String(message.author.id) === this.me) return;
    if (!wanted(message, at.dataset.level, this.me)) return;
    if (isAway()) await new Promise((later) => setTimeout(later, PAUSE));
    if (message.id <= Number(at.dataset.read ?? 0) || !(await this.claim(message))) return;
    if (!isAway()) this.sayHere(message, at);
    else if (isOn()) this.notify(message, at);
  }

  // Whether no other tab has told of it. What another tab stores is seen here a moment later, so between the two of them a lock of the
  // message decides, which the browser gives once. Without a secure context there is neither that nor a notification.
  async claim({ room_id: room, id }) {
    const key = `told ${this.me} ${Number(room)}`;
    const last = () => Number(localStorage.getItem(key) ?? 0);
    if (last() >= id || (navigator.locks && !(await first(`${key} ${id}`)))) return false;
    localStorage.setItem(key, Math.max(last(), id));
    return true;
  }

  // In a room where more is said than that, the list of rooms counts on; who is named or written to is told each time.
  sayHere(message, at) {
    const room = String(message.room_id);
    const isFor = at.closest(".directs") || wanted(message, "mentions", this.me);
    if (room === this.room || (this.toasted.has(room) && !isFor)) return;
    this.toasted.add(room);
    toast(`${this.from(message, at)}: ${words(message, 80)}`, { path: this.path(message, at), word: t("Go there") });
  }

  notify(message, at) {
    const room = String(message.room_id);
    let note;
    try {
      note = new Notification(this.from(message, at), { body: words(message, WORDS), tag: `room ${room}`, renotify: true });
    } catch {
      return; // Some browsers on phones show those of installed applications only.
    }
    note.onclick = () => {
      note.close();
      window.focus();
      const article = room === this.room && $(`#m${Number(message.id)}`);
      if (!article) return location.assign(this.path(message, at));
      article.scrollIntoView({ block: "center" });
      article.focus();
    };
    this.notes.set(room, { id: message.id, note });
  }

  from({ author }, at) {
    return at.closest(".directs") ? author.display_name : t("{name} in {room}", { name: author.display_name, room: $(".name", at).textContent });
  }

  path({ id }, at) {
    return `/rooms/${slugOf(at)}/#m${Number(id)}`;
  }

  // What was said is taken back or out of sight.
  forget({ room_id: room, id }) {
    if (this.notes.get(String(room))?.id === id) this.close(String(room));
  }

  // A room was read, here or on another device.
  read(room) {
    this.toasted.delete(String(room));
    this.close(String(room));
  }

  close(room) {
    this.notes.get(room)?.note.close();
    this.notes.delete(room);
  }
}

// Whether nobody has asked under this name a short while ago.
function first(name) {
  return new Promise((settle) => {
    navigator.locks.request(name, { ifAvailable: true }, (lock) => {
      settle(Boolean(lock));
      return lock && new Promise((later) => setTimeout(later, HELD));
    });
  });
}

function words({ content }, most) {
  const line = content.replace(/\s+/g, " ");
  return line.length > most ? `${line.slice(0, most)}…` : line;
}
