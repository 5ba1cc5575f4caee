// Older messages come when one scrolls up to them.
import { $, page } from "./build.js";

export function readBack(log) {
  const older = $("#older");
  if (!older) return;
  let busy = false;
  new IntersectionObserver(
    async ([entry]) => {
      if (!entry.isIntersecting || busy || !older.isConnected) return;
      busy = true;
      await more(log, older);
      busy = false;
    },
    { root: log.scroller, rootMargin: "300px" },
  ).observe(older);
}

async function more(log, older) {
  const before = await page(older.href);
  if (!before) return;
  const next = $("#older", before);
  log.prepend([...$("#log", before).children].filter((node) => node.matches("article, .day")), !next);
  if (next) older.href = next.href;
  else older.parentElement.remove();
}
