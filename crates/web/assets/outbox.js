// What was written and is not acknowledged yet. It is kept on this device, through a reload too, and sent again under the same
// client_id, which makes a repeated sending harmless.
import { $, build, icon } from "./build.js";
import { t } from "./words.js";

export class Outbox {
  constructor({ log, slug, live, edit }) {
    Object.assign(this, { log, slug, live, edit, sending: new Set(), key: `outbox ${log.me} ${slug}` });
  }

  get letters() {
    return JSON.parse(localStorage.getItem(this.key) ?? "[]");
  }

  set letters(letters) {
    if (letters.length) localStorage.setItem(this.key, JSON.stringify(letters));
    else localStorage.removeItem(this.key);
  }

  post(letter) {
    this.letters = [...this.letters, letter];
    this.log.pending(letter);
    this.log.down();
    this.deliver(letter);
  }

  // After a reload: what the page shows already was sent, the rest waits.
  restore() {
    for (const letter of this.letters) {
      if ($(`[data-author="${this.log.me}"][data-client-id="${CSS.escape(letter.client_id)}"]`, this.log.element)) this.forget(letter.client_id);
      else this.log.pending(letter);
    }
  }

  // Everything that waits: after a reload, and when the connection is back.
  deliverAll() {
    for (const letter of this.letters) {
      if (!this.find(letter.client_id)) this.log.pending(letter);
      this.deliver(letter);
    }
  }

  find(client_id) {
    return $(`[data-pending="${CSS.escape(client_id)}"]`, this.log.element);
  }

  async deliver({ client_id, content, reply_to }) {
    if (this.sending.has(client_id)) return;
    const article = this.find(client_id);
    article?.classList.remove("failed");
    if (article) $(".trouble", article).hidden = true;
    let answer;
    this.sending.add(client_id);
    try {
      answer = await this.live.ask({ type: "post", room: this.slug, client_id, content, reply_to });
    } catch {
      return; // The connection broke; it is sent again when it is back.
    } finally {
      this.sending.delete(client_id);
    }
    if (answer.type === "error") return this.fail(client_id, answer.detail);
    if (!this.log.latest) location.assign(`/rooms/${this.slug}/`);
    this.forget(client_id, this.log.find(answer.message.id));
  }

  // The server has it. Its own copy takes the place of what stood for it.
  forget(client_id, isShown = true) {
    if (!client_id) return;
    if (this.letters.some((letter) => letter.client_id === client_id)) this.letters = this.letters.filter((letter) => letter.client_id !== client_id);
    if (isShown) this.find(client_id)?.remove();
  }

  fail(client_id, why) {
    const article = this.find(client_id);
    const letter = this.letters.find((letter) => letter.client_id === client_id);
    if (!article || !letter) return;
    const button = (textContent, onclick) => build("button", { type: "button", textContent, onclick });
    const trouble = $(".trouble", article);
    trouble.replaceChildren(
      icon("circle-alert"),
      build("span", { textContent: `${t("Not sent.")} ${why}` }),
      button(t("Try again"), () => this.deliver(letter)),
      button(t("Edit"), () => (this.forget(client_id), this.edit(letter))),
      button(t("Delete"), () => this.forget(client_id)),
    );
    trouble.hidden = false;
    article.classList.add("failed");
  }
}
