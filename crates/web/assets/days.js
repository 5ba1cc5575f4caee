// Today and yesterday are named by a style, because a message's markup is the same for every reader. At midnight, in the
// reader's own zone, it is written anew.
import { $ } from "./build.js";

const style = $("#days");
const { zone } = style.dataset;

setInterval(() => {
  const now = new Date().toLocaleDateString("sv", { timeZone: zone || undefined });
  const { today, yesterday } = style.dataset;
  if (now === today) return;
  style.textContent = style.textContent.replaceAll(yesterday, "\0").replaceAll(today, now).replaceAll("\0", today);
  Object.assign(style.dataset, { today: now, yesterday: today });
}, 30_000);
