// On phones the list of rooms is a drawer; without scripts its button leads to the page of rooms.
import { $, build } from "./build.js";
import { t } from "./words.js";

$(".menu-button")?.addEventListener("click", (event) => {
  event.preventDefault();
  const opener = event.currentTarget;
  const main = $("main");
  const scrim = build("button", { className: "scrim", type: "button", "aria-label": t("Close") });
  const close = () => {
    document.body.classList.remove("drawn");
    main.inert = false;
    scrim.remove();
    removeEventListener("keydown", onKey);
    opener.focus();
  };
  const onKey = ({ key }) => key === "Escape" && close();
  document.body.classList.add("drawn");
  document.body.append(scrim);
  main.inert = true;
  scrim.onclick = close;
  addEventListener("keydown", onKey);
  $(".side .close").onclick = close;
  $(".side .close").focus();
});
