// How far one has read: the mark of what is new, the pill that leads to it, the number in the title, and the server is told.
import { $, build, clock } from "./build.js";
import { Gathered } from "./receipts.js";
import { showUnread } from "./unread.js";
import { t } from "./words.js";

export class Reading {
  constructor({ log, slug, live }) {
    Object.assign(this, { log, slug, live, unseen: 0, told: 0 });
    this.said = new Gathered((id) => this.live.send({ type: "read", room: this.slug, id }), 300);
    log.scroller.addEventListener("scroll", () => this.look(), { passive: true });
    document.addEventListener("visibilitychange", () => this.look());
    $("#jump").addEventListener("click", () => (log.down(), this.look()));
  }

  // Somebody else's message came; the title counts it when its reader wants to be told.
  came(id, sawEnd, isWanted) {
    if (sawEnd && !document.hidden) return this.tell(id);
    this.unseen++;
    if (isWanted) this.told++;
    this.mark(id);
    this.show();
  }

  // The mark stands before the first message that came while one was away.
  mark(id) {
    if ($("#new")) return;
    const words = build("span", { textContent: t("New since {time}", { time: clock() }) });
    const article = this.log.find(id);
    this.log.keepPlace(() => article.before(build("div", { className: "new", id: "new", role: "separator" }, words)));
  }

  show() {
    showUnread(this.told);
    const jump = $("#jump");
    jump.hidden = this.unseen === 0 || this.log.atEnd();
    $("span", jump).textContent = this.unseen === 1 ? t("1 new message") : t("{n} new messages", { n: this.unseen });
  }

  look() {
    if (document.hidden || !this.log.atEnd() || this.unseen === 0) return;
    this.unseen = this.told = 0;
    this.show();
    const last = this.log.all().at(-1);
    if (last) this.tell(Number(last.dataset.id));
  }

  // Read on another device, as far as this one shows.
  elsewhere({ room_id: room, last_read }) {
    const last = Number(this.log.all().at(-1)?.dataset.id ?? 0);
    if (String(room) !== this.log.element.dataset.room || last_read < last || this.unseen === 0) return;
    this.unseen = this.told = 0;
    this.show();
  }

  tell(id) {
    this.said.note(id);
  }
}
