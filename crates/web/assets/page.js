// What every page has: keys, the drawer, toasts, menus that close, passwords one can look at.
import { $, build, icon } from "./build.js";
import "./drawer.js";
import "./keys.js";
import "./permission.js";
import { toast } from "./toast.js";
import { t } from "./words.js";

const menus = () => document.querySelectorAll("details.tools[open], details.more[open]");

document.addEventListener("click", (event) => {
  for (const open of menus()) if (!open.contains(event.target)) open.open = false;
  const link = event.target.closest("[data-copy]");
  if (!link || !navigator.clipboard) return;
  event.preventDefault();
  navigator.clipboard.writeText(new URL(link.dataset.copy, location.href).href).then(() => toast(t("Link copied.")));
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const open of menus()) {
    open.open = false;
    $("summary", open).focus();
  }
});

// On a device that others use too, nothing half-written stays.
$('form[action="/logout/"]')?.addEventListener("submit", () => localStorage.clear());

for (const field of document.querySelectorAll("input[type=password]")) {
  const eye = build("button", { type: "button", className: "eye", title: t("Show the password"), "aria-label": t("Show the password"), "aria-pressed": "false" }, icon("eye"));
  eye.onclick = () => {
    const shown = field.type === "text";
    field.type = shown ? "password" : "text";
    eye.setAttribute("aria-pressed", String(!shown));
    field.focus();
  };
  const around = build("span", { className: "secret" });
  field.replaceWith(around);
  around.append(field, eye);
}
