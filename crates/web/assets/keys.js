// The keys that work everywhere: Ctrl K finds, Alt Up and Down change rooms, ? lists them all.
import { $, build } from "./build.js";
import { t } from "./words.js";

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key === "k") return go(event, $(".find"));
  if (event.altKey && event.key === "ArrowUp") return go(event, neighbour(-1));
  if (event.altKey && event.key === "ArrowDown") return go(event, neighbour(1));
  if (event.key !== "?" || event.target.closest("input, textarea, select, dialog")) return;
  event.preventDefault();
  list();
});

function go(event, link) {
  if (!link) return;
  event.preventDefault();
  link.click();
}

function neighbour(step) {
  const lines = [...document.querySelectorAll(".side .line")];
  return lines[lines.findIndex((line) => line.classList.contains("here")) + step];
}

function list() {
  const keys = [
    ["Ctrl K", t("Find people")],
    ["Alt ↑ ↓", t("The room above, the room below")],
    ["↑", t("Edit your last message, in an empty composer")],
    ["↑ ↓", t("In the log, from message to message")],
    ["R", t("Reply")],
    ["E", t("Edit")],
    ["+", t("React")],
    ["Esc", t("To the composer")],
  ];
  const rows = keys.flatMap(([key, what]) => [build("dt", {}, build("kbd", { textContent: key })), build("dd", { textContent: what })]);
  const dialog = build("dialog", {}, build("h2", { textContent: t("Keys") }), build("dl", {}, ...rows));
  dialog.onclick = () => dialog.close();
  dialog.onclose = () => dialog.remove();
  document.body.append(dialog);
  dialog.showModal();
}
