// Who is typing, as long as they say so.
import { $ } from "./build.js";
import { t } from "./words.js";

const EXPIRES = 6000;

export class Typing {
  constructor(me) {
    Object.assign(this, { me, people: new Map() });
  }

  hear({ person, name, typing }) {
    if (String(person) === this.me) return;
    this.stop(person);
    if (typing) this.people.set(person, { name, timer: setTimeout(() => this.stop(person), EXPIRES) });
    this.tell();
  }

  stop(person) {
    clearTimeout(this.people.get(person)?.timer);
    if (this.people.delete(person)) this.tell();
  }

  tell() {
    const names = [...this.people.values()].map(({ name }) => name);
    const [one, other] = names;
    const words = ["", t("{one} is typing", { one }), t("{one} and {other} are typing", { one, other })][names.length];
    $("#typing").textContent = words ?? t("Several people are typing");
  }
}
