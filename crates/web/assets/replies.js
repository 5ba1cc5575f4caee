// The replies in progress, pinned below the log. Each grows until the message comes that it became. The server renders the parts
// of its text; here the first so many stay and the rest is replaced. An empty comment stands before each part.
import { $ } from "./build.js";
import { unhideCopy } from "./code.js";
import { toast } from "./toast.js";
import { t } from "./words.js";

const PATIENCE = 1_000;

export class Replies {
  constructor({ element, log, live }) {
    Object.assign(this, { element, log, live, over: new Map(), asked: 0 });
    unhideCopy(element);
    for (const from of [element, log.element]) from.addEventListener("submit", (event) => this.submitted(event));
  }

  hear(frame) {
    if (frame.type === "reply") this.show(frame.reply, frame.html);
    else this.grow(frame);
  }

  find(id) {
    return $(`[data-reply="${Number(id)}"]`, this.element);
  }

  // Whether the message is here already that this run became; a frame that comes after it is late.
  isOver(id, run) {
    const shown = $(`[data-reply="${Number(id)}"]`, this.log.element);
    return Math.max(this.over.get(id) ?? 0, Number(shown?.dataset.run ?? 0)) >= run;
  }

  show({ id, run }, html) {
    const article = parse(html).firstElementChild;
    const held = this.find(id);
    const further = (one) => Number(one.dataset.run) * 2 ** 32 + Number(one.dataset.length);
    if (this.isOver(id, run) || (held && further(held) > further(article))) return;
    const open = held ? [...held.querySelectorAll("details")].map((details) => details.open) : [];
    for (const [n, details] of article.querySelectorAll("details").entries()) details.open = open[n] ?? false;
    const after = [...this.element.children].find((other) => Number(other.dataset.reply) > id);
    this.log.keepPlace(() => (held ? held.replaceWith(article) : this.element.insertBefore(article, after ?? null)));
  }

  grow({ reply, run, at, keep, html, length }) {
    const held = this.find(reply);
    if (this.isOver(reply, run) || (Number(held?.dataset.run) === run && Number(held.dataset.length) >= length)) return;
    const words = held && $(".words", held);
    const marks = words ? [...words.childNodes].filter((node) => node.nodeType === Node.COMMENT_NODE) : [];
    if (Number(held?.dataset.run) !== run || Number(held.dataset.length) !== at || marks.length < keep) return this.miss();
    this.log.keepPlace(() => {
      while (marks[keep] && words.lastChild !== marks[keep]) words.lastChild.remove();
      marks[keep]?.remove();
      words.append(parse(html));
    });
    held.dataset.length = length;
  }

  // Some words are missing: whoever comes anew is told everything.
  miss() {
    this.timer ??= setTimeout(
      () => {
        Object.assign(this, { timer: undefined, asked: Date.now() });
        this.live.subscribe();
      },
      Math.max(0, this.asked + PATIENCE - Date.now()),
    );
  }

  // A message came; the reply that it was goes.
  end({ answer }) {
    if (!answer) return;
    this.over.set(answer.reply, Math.max(answer.run, this.over.get(answer.reply) ?? 0));
    const held = this.find(answer.reply);
    if (held && Number(held.dataset.run) <= answer.run) held.remove();
  }

  // Stop, Retry and Regenerate: the same request as the form's, without leaving the page.
  async submitted(event) {
    const form = event.target.closest("form.stop, form.again");
    if (!form) return;
    event.preventDefault();
    const button = $("button", form);
    button.disabled = true;
    const answer = await fetch(`/api${form.getAttribute("action")}`, { method: "POST" }).catch(() => null);
    if (!answer?.ok) toast((await answer?.json().catch(() => null))?.detail ?? t("No connection."));
    if (!answer?.ok || form.matches(".again")) button.disabled = false;
    const menu = form.closest("details");
    if (menu) menu.open = false;
  }
}

function parse(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  unhideCopy(template.content);
  return template.content;
}
