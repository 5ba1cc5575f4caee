// A small popover of emoji. Arrows move, Enter takes, Escape closes; without it (older browsers, no scripts) the same is a page.
import { $, build } from "./build.js";
import { t } from "./words.js";

export const canPick = "popover" in HTMLElement.prototype;

// Opens it at an element and hands over the emoji that is taken.
export function pick(anchor, offered, take) {
  $("#picker")?.remove();
  const buttons = offered.map((emoji) => build("button", { type: "button", textContent: emoji, "aria-label": emoji }));
  const other = build("input", { "aria-label": t("Another one"), placeholder: t("Another one"), size: 8, maxLength: 16, autocomplete: "off" });
  const form = build("form", {}, other, build("button", { type: "submit", className: "button small", textContent: t("React") }));
  const picker = build("div", { id: "picker", className: "picker", popover: "auto", role: "dialog", "aria-label": t("React") }, build("div", { className: "emoji" }, ...buttons), form);
  const done = (emoji) => {
    picker.hidePopover();
    if (emoji) take(emoji);
  };
  for (const button of buttons) button.onclick = () => done(button.textContent);
  form.onsubmit = (event) => (event.preventDefault(), done(other.value.trim()));
  picker.onkeydown = (event) => {
    const at = buttons.indexOf(event.target);
    const step = { ArrowRight: 1, ArrowDown: 4, ArrowLeft: -1, ArrowUp: -4 }[event.key];
    if (at < 0 || !step) return;
    event.preventDefault();
    buttons[(at + step + buttons.length) % buttons.length].focus();
  };
  picker.ontoggle = ({ newState }) => newState === "closed" && picker.remove();
  document.body.append(picker);
  picker.showPopover();
  beside(picker, anchor.getBoundingClientRect());
  buttons[0].focus();
}

// Above what it belongs to, where there is room; always inside the window.
function beside(picker, { left, top, bottom }) {
  const { offsetWidth: width, offsetHeight: height } = picker;
  picker.style.left = `${Math.max(8, Math.min(left, innerWidth - width - 8))}px`;
  picker.style.top = `${top - height - 6 > 8 ? top - height - 6 : Math.min(bottom + 6, innerHeight - height - 8)}px`;
}
