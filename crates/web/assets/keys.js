// The keys that work everywhere: Ctrl K finds, Alt Up and Down change rooms, ? lists them all.
import { t } from "./words.js";

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key === "k") return go(event, document.querySelector(".find"));
  if (event.altKey && event.key === "ArrowUp") return go(event, neighbour(-1));
  if (event.altKey && event.key === "ArrowDown") return go(event, neighbour(1));
  if (event.key !== "?" || event.target.closest("input, textarea, select, dialog")) return;
  event.preventDefault();
  list();
});

function go(event, link) {
  event.preventDefault();
  link?.click();
}

function neighbour(step) {
  const lines = [...document.querySelectorAll(".side .line")];
  return lines[lines.findIndex((line) => line.classList.contains("here")) + step];
}

function list() {
  const dialog = document.createElement("dialog");
  const title = document.createElement("h2");
  title.textContent = t("Keys");
  const rows = document.createElement("dl");
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
  for (const [key, what] of keys) {
    const [term, means] = [document.createElement("dt"), document.createElement("dd")];
    term.append(Object.assign(document.createElement("kbd"), { textContent: key }));
    means.textContent = what;
    rows.append(term, means);
  }
  dialog.append(title, rows);
  dialog.onclick = () => dialog.close();
  dialog.onclose = () => dialog.remove();
  document.body.append(dialog);
  dialog.showModal();
}
