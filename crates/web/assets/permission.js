// Whether this browser shows notifications. It is asked only when the person presses the button in their settings, and the choice
// is kept on this device.
import { $ } from "./build.js";
import { t } from "./words.js";

const KEY = "notifications";
const possible = "Notification" in window && isSecureContext;
const button = $("#notify");

export const isOn = () => possible && Notification.permission === "granted" && localStorage.getItem(KEY) === "on";

function show() {
  $("#notifying").textContent = state();
  button.parentElement.hidden = !possible || Notification.permission === "denied";
  button.textContent = isOn() ? t("Show no notifications in this browser") : t("Show notifications in this browser");
}

function state() {
  if (!possible) return t("This browser shows notifications only of addresses that begin with https.");
  if (Notification.permission === "denied") return t("This browser refuses notifications of this server. Its own settings can allow them.");
  if (isOn()) return t("On in this browser: what you have not seen is told while a room is open and you look elsewhere.");
  return t("Off in this browser.");
}

if (button) {
  show();
  button.onclick = async () => {
    if (isOn()) localStorage.removeItem(KEY);
    else if ((await Notification.requestPermission()) === "granted") localStorage.setItem(KEY, "on");
    show();
  };
}
