// What one can do with a message, in place of its pages: answer, react, edit, delete; and the log's keys.
import { $, build } from "./build.js";
import { pick, canPick } from "./picker.js";
import { toast } from "./toast.js";
import { t } from "./words.js";

export class Acts {
  constructor({ log, slug, live, composer, offered }) {
    Object.assign(this, { log, slug, live, composer, offered });
    log.element.addEventListener("click", (event) => this.clicked(event));
    log.element.addEventListener("keydown", (event) => this.pressed(event));
  }

  // Asks the server; a refusal is told where everybody looks.
  async ask(frame) {
    const answer = await this.live.ask({ ...frame, room: this.slug }).catch(() => ({ type: "error", detail: t("No connection.") }));
    if (answer.type === "error") toast(answer.detail);
    return answer;
  }

  clicked(event) {
    const { target } = event;
    const article = target.closest("article[data-id]");
    if (!article || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const chip = target.closest(".chip");
    const pressed = target.closest("[data-act], [data-quick]");
    const act = chip ? "react" : (pressed?.dataset.act ?? pressed?.dataset.quick);
    if (!act || (act === "react" && !chip?.dataset.emoji && !canPick)) return;
    event.preventDefault();
    const menu = $("details.tools", article);
    if (menu) menu.open = false;
    this[act](article, chip ?? pressed, chip?.dataset);
  }

  // In the log, single letters act on the message that has the focus; Escape goes back to the composer.
  pressed(event) {
    const article = event.target.closest("article[data-id]");
    if (event.target !== this.log.element && event.target !== article) return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    const act = { r: "reply", e: "edit", "+": "react" }[event.key.toLowerCase()];
    if (step) {
      const all = this.log.all();
      const at = article ? all.indexOf(article) + step : all.length - 1;
      all[Math.max(0, Math.min(all.length - 1, at))]?.focus();
    } else if (article && act) {
      if (article.matches(".gone") || (act === "edit" && article.dataset.author !== this.log.me)) return;
      this[act](article, article);
    } else if (event.key === "Escape") this.composer.field?.focus();
    else return;
    event.preventDefault();
  }

  reply(article) {
    this.composer.answer(article);
  }

  react(article, anchor, { emoji, people } = {}) {
    const id = Number(article.dataset.id);
    const mine = (chip) => chip?.dataset.people.includes(` ${this.log.me} `);
    if (emoji) return this.ask({ type: people.includes(` ${this.log.me} `) ? "unreact" : "react", id, emoji });
    // Hidden anchors have no place.
    const place = anchor.checkVisibility?.() ?? true ? anchor : $(".meta", article);
    pick(place, this.offered, (emoji) => {
      const chip = $(`.chip[data-emoji="${CSS.escape(emoji)}"]`, this.log.find(id) ?? article);
      this.ask({ type: mine(chip) ? "unreact" : "react", id, emoji });
    });
  }

  delete(article) {
    const button = (value, textContent, more, autofocus) => build("button", { value, textContent, className: `button ${more}`, autofocus });
    const dialog = build(
      "dialog",
      {},
      build(
        "form",
        { method: "dialog", className: "form" },
        build("h2", { textContent: t("Delete this message?") }),
        build("p", { textContent: t("Its text and earlier versions are erased for everyone. There is no way back.") }),
        build("p", { className: "actions" }, button("keep", t("Keep it"), "", true), button("delete", t("Delete message"), "danger", false)),
      ),
    );
    dialog.onclose = () => {
      if (dialog.returnValue === "delete") this.ask({ type: "delete", id: Number(article.dataset.id) });
      dialog.remove();
      this.log.find(article.dataset.id)?.focus();
    };
    document.body.append(dialog);
    dialog.showModal();
  }

  async edit(article) {
    const { id } = article.dataset;
    if ($(".editing", article)) return;
    const answer = await fetch(`/api/rooms/${this.slug}/messages/${id}/`).catch(() => null);
    if (!answer?.ok) return toast(t("No connection."));
    const { content } = await answer.json();
    const words = $(".words", this.log.find(id));
    if (!words) return;
    const before = [...words.childNodes];
    const box = build("textarea", { className: "editing", value: content, dir: "auto", "aria-label": t("Edit") });
    const trouble = build("p", { className: "error", role: "alert", hidden: true });
    const stop = () => {
      words.replaceChildren(...before);
      this.log.settle(id);
      this.composer.field?.focus();
    };
    const save = async () => {
      if (box.value === content) return stop();
      const saved = await this.live.ask({ type: "edit", room: this.slug, id: Number(id), content: box.value }).catch(() => ({ type: "error", detail: t("No connection.") }));
      if (saved.type !== "error") return this.saved(id, box, stop);
      box.setAttribute("aria-invalid", "true");
      Object.assign(trouble, { textContent: saved.detail, hidden: false });
    };
    const button = (textContent, more, onclick) => build("button", { type: "button", className: `button small ${more}`, textContent, onclick });
    box.onkeydown = (event) => {
      event.stopPropagation();
      if (event.key === "Escape") stop();
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      save();
    };
    words.replaceChildren(box, trouble, build("p", { className: "actions" }, button(t("Save"), "primary", save), button(t("Cancel"), "", stop)));
    box.focus();
    box.setSelectionRange(content.length, content.length);
  }

  // The newer copy takes the editor's place: it is here already, or comes in a moment.
  saved(id, box, stop) {
    if (this.log.later.has(id)) return stop();
    Object.assign(box, { className: "saving", disabled: true });
    this.composer.field?.focus();
  }
}
