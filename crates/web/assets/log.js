// The log: puts each message's fragment where its id belongs. Fragments come from the server's one template, so a live message
// and a reloaded one are the same.
import { t } from "./words.js";

const sprite = document.querySelector("use")?.getAttribute("href").split("#")[0];

// An icon of the sprite.
function icon(name) {
  const template = document.createElement("template");
  template.innerHTML = `<svg class="icon" aria-hidden="true"><use href="${sprite}#${name}"></use></svg>`;
  return template.content.firstChild;
}

export class Log {
  constructor(element, scroller) {
    Object.assign(this, { element, scroller, me: element.dataset.me, unseen: 0 });
    this.nameDays();
    // At midnight today becomes yesterday.
    setInterval(() => this.nameDays(), 60_000);
  }

  atEnd() {
    // The scroller runs upwards: its end is at zero.
    return this.scroller.scrollTop > -60;
  }

  find(id) {
    return this.element.querySelector(`[data-id="${Number(id)}"]`);
  }

  // Today and yesterday by their names; what is older keeps its date.
  nameDays() {
    const day = (ago) => new Date(Date.now() - ago * 86_400_000).toLocaleDateString("sv");
    const names = { [day(0)]: t("Today"), [day(1)]: t("Yesterday") };
    for (const mark of this.element.querySelectorAll(".day[data-date]")) {
      const words = mark.firstElementChild;
      mark.dataset.words ??= words.textContent;
      const name = names[mark.dataset.date] ?? mark.dataset.words;
      if (words.textContent !== name) words.textContent = name;
    }
  }

  // Parses a fragment: an article, perhaps with a day mark before it.
  static parse(html) {
    const template = document.createElement("template");
    template.innerHTML = html;
    return { article: template.content.querySelector("article"), day: template.content.querySelector(".day") };
  }

  // A new message, or a newer copy of one.
  upsert(message, html) {
    const { article, day } = Log.parse(html);
    const held = this.find(message.id);
    if (held) {
      if (Number(held.dataset.seq) <= message.seq) held.replaceWith(article);
      return false;
    }
    const all = [...this.element.querySelectorAll("article[data-id]")];
    const after = all.find((other) => Number(other.dataset.id) > message.id);
    if (after && after === all[0]) return false; // older than what is shown: it is there when one goes back
    this.element.querySelector("#empty")?.remove();
    this.element.querySelector(`[data-pending="${CSS.escape(message.client_id ?? "")}"]`)?.remove();
    const pending = this.element.querySelector("[data-pending]");
    const place = after ?? pending;
    if (day) this.element.insertBefore(day, place);
    this.element.insertBefore(article, place);
    if (day) this.nameDays();
    return true;
  }

  // Whether a message of one's own continues the last one, as the server will decide: the same author within five minutes.
  continues() {
    const last = this.element.lastElementChild;
    const at = last?.matches("article") && last.querySelector("time");
    if (!at || last.dataset.author !== this.me) return false;
    return last.dataset.pending !== undefined || Date.now() - Date.parse(at.dateTime) <= 300_000;
  }

  rename(member) {
    for (const name of this.element.querySelectorAll(`[data-author="${Number(member.person.id)}"] .who .name`)) {
      name.textContent = member.person.display_name;
    }
  }

  // What one has written stands at once, until the server's own copy takes its place.
  pending(clientId, name, content) {
    const article = document.createElement("article");
    article.className = "msg pending";
    article.dataset.author = this.me;
    article.dataset.pending = clientId;
    article.innerHTML = '<header class="who"><bdi class="name"></bdi></header><span class="face"></span><div class="body"><div class="words"><p dir="auto"></p></div><p class="trouble" role="alert" hidden></p></div><footer class="meta"><time></time><span class="sent"></span></footer>';
    article.classList.toggle("cont", this.continues());
    article.querySelector(".name").textContent = name;
    article.querySelector("time").textContent = new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
    article.querySelector(".sent").append(icon("clock"));
    article.querySelector(".words p").textContent = content;
    article.querySelector(".face").replaceWith(document.querySelector(".composer > .face").cloneNode(true));
    this.element.append(article);
    return article;
  }

  // Older messages go before the first without moving what one reads.
  prepend(fragments) {
    const first = this.element.querySelector("article[data-id], .day");
    for (const node of fragments) this.element.insertBefore(node, first);
    this.nameDays();
  }
}
