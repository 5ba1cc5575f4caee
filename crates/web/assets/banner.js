// Whether there is a connection. A short break is nobody's business; a longer one is said above the composer.
import { $, clock } from "./build.js";
import { t } from "./words.js";

const PATIENCE = 2000;
const banner = $("#banner");
const self = $(".self");
let state = "";
let timer;

// Shows a state, "here" or "away"; tells `broken` once it has lasted, and `back` when it is over.
export function show(now, { broken, back }) {
  if (now === state) return;
  state = now;
  clearTimeout(timer);
  if (now === "away") {
    const time = clock();
    timer = setTimeout(() => {
      say(t("No connection since {time}. What you write is kept on this device and sent when it is back.", { time }), true);
      self.dataset.state = "elsewhere";
      $("small", self).textContent = t("Offline");
      broken();
    }, PATIENCE);
  } else {
    if (!banner.hidden) {
      say(t("Connected again"), false);
      timer = setTimeout(() => (banner.hidden = true), PATIENCE);
    }
    self.dataset.state = "here";
    $("small", self).textContent = t("Here");
    back();
  }
}

function say(text, retry) {
  $("span", banner).textContent = text;
  $("button", banner).hidden = !retry;
  banner.hidden = false;
}

export const onRetry = (retry) => $("button", banner).addEventListener("click", retry);
