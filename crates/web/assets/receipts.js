// What becomes of one's own messages: one tick, two, two green ones, and in words who has them. And that this device took what
// others said. Both are gathered: a second is soon enough.
import { $, inTurn } from "./build.js";

const PAUSE = 1000;
const ICONS = { sent: "check", delivered: "check-check", read: "check-check" };

// Says a number at most once in a while, the greatest that was noted; again when there was no connection to say it.
export class Gathered {
  constructor(say, pause = PAUSE) {
    Object.assign(this, { say, pause, greatest: 0 });
  }

  note(id) {
    this.greatest = Math.max(this.greatest, id);
    this.timer ??= setTimeout(() => {
      this.timer = null;
      if (!this.say(this.greatest)) this.note(this.greatest);
    }, this.pause);
  }
}

export class Receipts {
  constructor({ log, slug, live }) {
    Object.assign(this, { log, slug, live, held: new Map(), rooms: new Map(), latest: inTurn() });
    this.on = log.element.dataset.receipts === "true";
  }

  // A message stands in the log, new or anew.
  came({ id, author }) {
    if (String(author.id) !== this.log.me) return this.on && this.take(this.slug, id);
    this.show(id);
    this.ask();
  }

  // This device has what was said in a room up to a message.
  take(slug, id) {
    if (!this.rooms.has(slug)) this.rooms.set(slug, new Gathered((id) => this.live.send({ type: "delivered", room: slug, id })));
    this.rooms.get(slug).note(id);
  }

  // Somebody came further; many readers do in the same moment, so each author waits a little.
  ask() {
    if (this.on) this.timer ??= setTimeout(() => this.load(), (PAUSE * (1 + Math.random())) / 4);
  }

  async load() {
    this.timer = null;
    const first = $(`article[data-id][data-author="${this.log.me}"]`, this.log.element);
    if (!first) return;
    const asking = fetch(`/api/rooms/${this.slug}/receipts/?after=${Number(first.dataset.id) - 1}`);
    const answer = await this.latest(asking.then((answer) => answer.ok && answer.json()).catch(() => null));
    for (const receipt of answer?.receipts ?? []) {
      this.held.set(receipt.id, receipt);
      this.show(receipt.id);
    }
  }

  show(id) {
    const receipt = this.held.get(id);
    const article = this.log.find(id);
    const tick = article && $(".sent", article);
    if (!receipt || !tick) return;
    const icon = $("use", tick);
    tick.className = `sent was-${receipt.state}`;
    tick.title = receipt.words;
    $(".hidden", tick).textContent = receipt.words;
    icon.setAttribute("href", icon.getAttribute("href").replace(/#.*/, `#${ICONS[receipt.state]}`));
  }
}
