// The composer: what is typed goes to the outbox; an answer's quote, the hint and one's own typing signal belong to it. A text
// that was not sent survives a reload.
import { $, build, icon } from "./build.js";
import { newId } from "./live.js";
import { mentions } from "./mentions.js";
import { pick, canPick } from "./picker.js";
import { t } from "./words.js";

export class Composer {
  constructor({ log, slug, live, offered }) {
    Object.assign(this, { log, live, slug, limit: Number($("#content")?.dataset.limit), form: $("form.composer"), field: $("#content"), key: `draft ${log.me} ${slug}`, said: 0, offline: false });
    if (!this.form) return;
    mentions(this.field, slug);
    this.form.addEventListener("submit", (event) => (event.preventDefault(), this.send()));
    this.field.addEventListener("keydown", (event) => this.key_(event));
    this.field.addEventListener("input", () => this.typed());
    this.field.value ||= localStorage.getItem(this.key) ?? "";
    $("#replying a")?.addEventListener("click", (event) => (event.preventDefault(), this.answerNone()));
    this.form.addEventListener("click", ({ target }) => this.insert(target.closest("[data-insert]"), offered));
    this.ready();
  }

  send() {
    const content = this.field.value;
    if (!content.trim() || this.left() < 0) return;
    const answered = this.form.elements.reply_to;
    this.outbox.post({
      client_id: this.form.elements.client_id.value || newId(),
      content,
      reply_to: answered ? Number(answered.value) : undefined,
      quoted: answered && $("#replying span").textContent.trim(),
    });
    this.form.elements.client_id.value = newId();
    this.answerNone();
    this.set("");
    this.said = 0;
    this.live.send({ type: "typing", room: this.slug, typing: false });
  }

  set(text) {
    this.field.value = text;
    this.kept();
    this.field.focus();
  }

  kept() {
    if (this.field.value) localStorage.setItem(this.key, this.field.value);
    else localStorage.removeItem(this.key);
    this.ready();
  }

  key_(event) {
    if (event.isComposing) return;
    if (event.key === "Enter" && !event.shiftKey && !matchMedia("(pointer: coarse)").matches) {
      event.preventDefault();
      this.form.requestSubmit();
    } else if (event.key === "ArrowUp" && this.field.value === "") {
      const own = this.log.all().filter((article) => article.dataset.author === this.log.me && !article.matches(".gone"));
      if (own.length) event.preventDefault();
      $('[data-act="edit"]', own.at(-1) ?? this.form)?.click();
    } else if (event.key === "Escape") this.answerNone();
  }

  typed() {
    if (Date.now() - this.said > 3000 && this.field.value) {
      this.said = Date.now();
      this.live.send({ type: "typing", room: this.slug });
    }
    this.kept();
  }

  left() {
    return this.limit - [...this.field.value].length;
  }

  // The hint counts down near the limit; Send is dimmed while there is nothing to send.
  ready() {
    if (!this.form) return;
    const left = this.left();
    const isNear = left < Math.min(500, this.limit / 2);
    const calm = this.offline ? t("Will be sent later") : t("Enter sends, Shift Enter starts a new line");
    const near = left < 0 ? t("{n} over the limit of {max}", { n: -left, max: this.limit }) : t("{n} characters left", { n: left });
    $("#hint").textContent = isNear ? near : calm;
    $("#hint").classList.toggle("near", isNear || this.offline);
    $("button[type=submit]", this.form).disabled = !this.field.value.trim() || left < 0;
  }

  answer(article) {
    if (!this.form) return;
    this.answerNone();
    const who = build("b", { textContent: $(".who .name", article).textContent });
    const words = build("span", {}, who, `: ${$(".words", article)?.textContent.trim().slice(0, 120) ?? ""}`);
    const stop = build("button", { type: "button", className: "button quiet square small", title: t("Do not reply"), "aria-label": t("Do not reply"), onclick: () => this.answerNone() }, icon("x"));
    $(".box").prepend(
      build("p", { className: "replying", id: "replying" }, words, stop),
      build("input", { type: "hidden", name: "reply_to", value: article.dataset.id }),
    );
    this.field.focus();
  }

  answerNone() {
    this.form.elements.reply_to?.remove();
    $("#replying")?.remove();
  }

  // The two buttons below the words: an emoji, or the @ that begins a name.
  insert(button, offered) {
    if (!button) return;
    const put = (text) => {
      this.field.setRangeText(text, this.field.selectionStart, this.field.selectionEnd, "end");
      this.field.focus();
      this.field.dispatchEvent(new Event("input"));
    };
    if (button.dataset.insert === "@") put(/(^|\s)$/.test(this.field.value.slice(0, this.field.selectionStart)) ? "@" : " @");
    else if (canPick) pick(button, offered, put);
  }
}
