// How much is unread, in the title and the icon: in this room, and in the others as far as one wants to hear of them.
import { $ } from "./build.js";

const { count } = $("title").dataset;
const title = count ? document.title.slice(`(${count}) `.length) : document.title;
const icon = $("link[rel=icon]");
let here = 0;

// How many came here unseen; without a number, what is elsewhere has changed.
export function showUnread(unseen = here) {
  here = unseen;
  const others = [...document.querySelectorAll(".line[data-told]:not(.here)")];
  const sum = others.reduce((sum, { dataset }) => sum + Number(dataset.told), here);
  document.title = sum ? `(${sum > 99 ? "99+" : sum}) ${title}` : title;
  icon.href = sum ? icon.dataset.news : icon.dataset.plain;
}

// Whether a message is one that its reader wants to be told of, as chosen for its room.
export function wanted({ mentions, mentions_everyone: everyone }, level, me) {
  if (level === "mentions") return everyone || mentions.map(String).includes(me);
  return level !== "nothing";
}
