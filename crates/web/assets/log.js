// The log: puts each message's fragment where its id belongs. Fragments come from the server's one template, so a live message
// and a reloaded one are the same.
import { $, build, clock, icon } from "./build.js";
import { unhideCopy } from "./code.js";

export class Log {
  constructor(element, scroller) {
    Object.assign(this, { element, scroller, me: element.dataset.me, latest: element.dataset.latest === "true", later: new Map() });
    // What comes before this id is read when one goes back; a room shown to its beginning has nothing before.
    this.from = $("#older") ? this.firstId() : 0;
    unhideCopy(element);
  }

  firstId() {
    return Number(this.all()[0]?.dataset.id ?? 0);
  }

  atEnd() {
    // The scroller runs upwards: its end is at zero.
    return this.scroller.scrollTop > -60;
  }

  down() {
    this.scroller.scrollTop = 0;
  }

  find(id) {
    return $(`[data-id="${Number(id)}"]`, this.element);
  }

  all() {
    return [...this.element.querySelectorAll("article[data-id]")];
  }

  // A new message, or a newer copy of one. Whether it is new here.
  upsert(message, html) {
    const { article, day } = parse(html);
    const held = this.find(message.id);
    if (held) {
      if (Number(held.dataset.seq) <= message.seq) this.renew(held, article);
      return false;
    }
    // What is newer than an old page comes when one goes on. Repairs come in the order of changes, not of messages.
    if (!this.latest || message.id < this.from) return false;
    const after = this.all().find((other) => Number(other.dataset.id) > message.id);
    $("#empty", this.element)?.remove();
    const place = (after?.previousElementSibling?.matches(".new, .day") ? after.previousElementSibling : after) ?? $("[data-pending]", this.element);
    this.keepPlace(() => {
      if (day) this.element.insertBefore(day, place);
      this.element.insertBefore(article, place);
    });
    return true;
  }

  // While a message is being edited its newer copy waits.
  renew(held, article) {
    if ($(".editing", held)) return this.later.set(held.dataset.id, article);
    const open = [...held.querySelectorAll("details")].map((details) => details.open);
    for (const [n, details] of article.querySelectorAll("details").entries()) details.open = open[n] ?? false;
    const focused = held === document.activeElement;
    this.keepPlace(() => held.replaceWith(article));
    if (focused) article.focus();
  }

  // Whoever reads further up does not lose the line when something below it grows.
  keepPlace(change) {
    const { scroller } = this;
    const top = scroller.getBoundingClientRect().top;
    const line = this.atEnd() ? null : this.all().find((article) => article.getBoundingClientRect().bottom > top);
    const before = line?.getBoundingClientRect().top;
    change();
    if (line?.isConnected) scroller.scrollTop += line.getBoundingClientRect().top - before;
    else if (!line) this.down();
  }

  settle(id) {
    const article = this.later.get(id);
    this.later.delete(id);
    if (article) this.renew(this.find(id), article);
  }

  rename({ person }) {
    const own = `[data-author="${Number(person.id)}"]`;
    for (const name of this.element.querySelectorAll(`${own} .who .name`)) name.textContent = person.display_name;
    if (!person.is_bot) return;
    const sign = () => (person.avatar ? build("span", { className: "sign", textContent: person.avatar }) : icon("lamp"));
    for (const face of this.element.querySelectorAll(`${own} > .face`)) face.replaceChildren(sign());
  }

  // Whether a message of one's own continues the last one, as the server will decide: the same author within five minutes.
  continues() {
    const last = this.element.lastElementChild;
    const at = last?.matches("article") && $("time", last);
    if (!at || last.dataset.author !== this.me) return false;
    return last.dataset.pending !== undefined || Date.now() - Date.parse(at.dateTime) <= 300_000;
  }

  // What one has written stands at once, until the server's own copy takes its place.
  pending({ client_id, content, reply_to, quoted }) {
    const { name } = this.element.dataset;
    const article = build(
      "article",
      { className: "msg pending", tabIndex: -1, "data-author": this.me, "data-pending": client_id },
      build("header", { className: "who" }, build("bdi", { className: "name", textContent: name })),
      $(".composer > .face").cloneNode(true),
      build("div", { className: "body" }, build("div", { className: "words" }, build("p", { dir: "auto", textContent: content })), build("p", { className: "trouble", role: "alert", hidden: true })),
      build("footer", { className: "meta" }, build("time", { textContent: clock() }), build("span", { className: "sent" }, icon("clock"))),
    );
    if (quoted) $(".body", article).prepend(build("span", { className: "quote", textContent: quoted }));
    article.classList.toggle("cont", !reply_to && this.continues());
    $("#empty", this.element)?.remove();
    this.element.append(article);
    return article;
  }

  // Older messages go before the first without moving what one reads.
  prepend(nodes, isAll) {
    const first = $("article[data-id], .day", this.element);
    this.keepPlace(() => {
      for (const node of nodes) {
        unhideCopy(node);
        this.element.insertBefore(node, first);
      }
    });
    this.from = isAll ? 0 : this.firstId();
  }
}

// A fragment: an article, perhaps with a day mark before it.
function parse(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  const article = $("article", template.content);
  unhideCopy(article);
  return { article, day: $(".day", template.content) };
}
