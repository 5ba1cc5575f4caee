// The list of rooms, kept true by one's own lane: what is unread, who named one, which rooms there are.
import { $, build, inTurn, page } from "./build.js";
import { showUnread } from "./unread.js";

const line = (id) => $(`.line[data-room="${Number(id)}"]`);
const number = (element) => parseInt(element.textContent.replace("@", ""), 10) || 0;

function badge(at, kind) {
  return $(`.${kind}`, at) ?? $(".name", at).insertAdjacentElement("afterend", build("span", { className: kind }));
}

export class Sidebar {
  // `renewed` is told when the list was read anew.
  constructor(me, renewed) {
    Object.assign(this, { me, renewed, latest: inTurn() });
  }

  // Words of others in another room. A direct room that nobody had written in yet is not in the list.
  news({ room_id: id, author, posted, last }) {
    const at = line(id);
    if (!at) return this.refresh();
    // The mark of another device may come before the news of what it read.
    if (last <= Number(at.dataset.read ?? 0)) return;
    at.dataset.last = last;
    // It may be on its way while the list is read, which counts it.
    if (last <= Number(at.dataset.known)) return;
    if (at.matches(".here") || at.dataset.level !== "all" || String(author) === this.me) return;
    at.dataset.told = Number(at.dataset.told) + posted;
    at.classList.add("unread");
    if (!$(".pill", at)) badge(at, "count").textContent = at.dataset.told > 99 ? "99+" : at.dataset.told;
    this.dot();
  }

  mentioned({ room_id: id, message_id: message }) {
    const at = line(id);
    if (!at || at.matches(".here") || at.dataset.level === "nothing") return;
    if (message <= Number(at.dataset.known)) return this.refresh();
    if (at.dataset.level === "mentions") at.dataset.told = Number(at.dataset.told) + 1;
    $(".count", at)?.remove();
    const pill = badge(at, "pill");
    pill.textContent = `@${number(pill) + 1}`;
    at.classList.add("unread");
    this.dot();
  }

  // Read here or on another device; or one came into a room, or is out of it.
  reading({ room_id: id, standing, last_read, level }) {
    const at = line(id);
    if (!at) return standing === "in" && this.refresh();
    if (standing !== "in" && !at.matches(".here")) return this.refresh();
    at.dataset.read = last_read;
    if (at.dataset.level && at.dataset.level !== level) return this.refresh();
    // Of what was read in part, or is not known here, the server knows the rest.
    if (at.matches(".unread") && !(last_read >= Number(at.dataset.last))) return this.refresh();
    at.classList.remove("unread");
    if (at.dataset.told) at.dataset.told = 0;
    $(".count", at)?.remove();
    $(".pill", at)?.remove();
    this.dot();
  }

  // The title counts it, and on phones the menu button says that somewhere else there is news.
  dot() {
    showUnread();
    const menu = $(".menu-button");
    const news = $(".line.unread:not(.here)") !== null;
    if (!news) $(".dot", menu)?.remove();
    else if (!$(".dot", menu)) menu.append(build("span", { className: "dot" }));
  }

  // The list as the server shows it now, on a page without messages: they are not read because the list is.
  async refresh() {
    const now = await this.latest(page(`${location.pathname}?before=1`));
    const fresh = now && $("#side .rooms", now);
    if (fresh) $("#side .rooms").replaceWith(fresh);
    this.dot();
    this.renewed();
  }
}
