// One line about what came of something, at the bottom for six seconds or until it is dismissed. The server writes the same
// line for readers without scripts; here it is only taken over.
import { $, build, icon } from "./build.js";
import { t } from "./words.js";

const LASTS = 6000;

// With a link, if there is somewhere to go.
export function toast(text, link) {
  $("#toast")?.remove();
  const line = build("div", { id: "toast", className: "toast", role: "status" }, build("span", { textContent: text, dir: "auto" }));
  if (link) line.append(build("a", { href: link.path, textContent: link.word }));
  keep(document.body.appendChild(line));
}

function keep(line) {
  const timer = setTimeout(() => line.remove(), LASTS);
  const away = build("button", { type: "button", className: "button quiet square", title: t("Close"), "aria-label": t("Close"), onclick: () => line.remove() }, icon("x"));
  line.append(away);
  // Whoever is about to press its button is not hurried.
  line.onfocusin = line.onpointerenter = () => clearTimeout(timer);
}

// Goes to another page, which says it.
export function toastAt(path, text) {
  sessionStorage.setItem("toast", text);
  location.assign(path);
}

const told = $("#toast");
const carried = sessionStorage.getItem("toast");
sessionStorage.removeItem("toast");
if (told) keep(told);
else if (carried) toast(carried);
