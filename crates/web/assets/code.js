// Blocks of code: the button that copies one, where the browser lets us.
import { $ } from "./build.js";
import { toast } from "./toast.js";
import { t } from "./words.js";

export function unhideCopy(from) {
  if (navigator.clipboard) for (const button of from.querySelectorAll("button.copy")) button.hidden = false;
}

document.addEventListener("click", ({ target }) => {
  const button = target.closest("button.copy");
  if (button) navigator.clipboard?.writeText($("code", button.closest("figure")).textContent).then(() => toast(t("Copied.")));
});
