// Who is here: the line and the faces in the head, the dots beside names, and on wide windows the column of members, which is
// the page of members in short.
import { $, build, inTurn, page } from "./build.js";
import { t } from "./words.js";

const FACES = 3;
const PAUSE = 3000;
const wide = matchMedia("(min-width: 1536px)");
const head = matchMedia("(min-width: 1100px)");

export class People {
  constructor({ slug, me }) {
    Object.assign(this, { slug, me, rows: [], presence: undefined, latest: inTurn() });
    this.column = $("#members");
    this.shown(localStorage.getItem("members") !== "closed");
    $(".present")?.addEventListener("click", (event) => {
      if (!wide.matches || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      const open = this.column.hidden;
      localStorage.setItem("members", open ? "open" : "closed");
      this.shown(open);
      if (open) this.load();
    });
    wide.addEventListener("change", () => this.changed());
    if (wide.matches && !this.column.hidden) this.load();
  }

  shown(open) {
    this.column.hidden = !open;
    document.body.classList.toggle("with-members", open);
  }

  // Reads the page of members.
  async load() {
    this.timer = null;
    const members = await this.latest(page(`/rooms/${this.slug}/members/`));
    if (!members) return;
    this.rows = [...members.querySelectorAll(".people [data-person]")];
    for (const row of this.rows) $("details", row)?.remove();
    $(".people", this.column).replaceChildren(...this.rows);
    this.tell();
  }

  // Somebody came, went or has another name or role. It is read where there is room to show it, once for many, and not by
  // everybody in the same moment.
  changed() {
    if (head.matches && (wide.matches ? !this.column.hidden : this.rows.length)) this.timer ??= setTimeout(() => this.load(), Math.random() * PAUSE);
  }

  hear(presence) {
    // The faces in the head are the server's until somebody comes or goes.
    if (this.presence && presence && head.matches && !this.rows.length) this.timer ??= setTimeout(() => this.load(), Math.random() * PAUSE);
    this.presence = presence;
    this.tell();
  }

  // Without a connection nobody knows.
  forget() {
    this.hear(null);
  }

  tell() {
    if (this.presence === undefined) return;
    const { counts, here = [], away = [] } = this.presence ?? {};
    this.known ||= Boolean(counts);
    const few = { 0: t("No members yet"), 1: here.includes(Number(this.me)) ? t("Only you") : t("1 member") };
    // Until it was known once (or in a room too large for it) the number of members stands there.
    if (counts || this.presence === null || this.known) $("#presence").textContent = counts ? (few[counts.members] ?? t("{here} of {members} here", counts)) : t("Presence unknown");
    const words = { here: t("here"), away: t("away"), elsewhere: "" };
    const state = (id) => (here.includes(id) ? "here" : away.includes(id) ? "away" : "elsewhere");
    for (const one of document.querySelectorAll("[data-partner], [data-person]:not(.at)")) {
      const now = state(Number(one.dataset.partner ?? one.dataset.person));
      one.dataset.state = now;
      const said = $(".state", one);
      if (said) said.textContent = words[now];
    }
    const all = this.rows.filter((row) => row.dataset.state === "here");
    const others = all.filter((row) => row.dataset.person !== this.me).slice(0, FACES);
    const faces = others.length ? others : all;
    if (this.rows.length || !this.presence) $("#faces").replaceChildren(...faces.map((row) => build("span", { title: $("bdi", row).textContent }, $(".face", row).cloneNode(true))));
  }
}
