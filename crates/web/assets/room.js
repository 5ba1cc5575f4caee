// The room's page: hears every frame and tells whom it concerns.
import { Acts } from "./acts.js";
import { onRetry, show } from "./banner.js";
import { $ } from "./build.js";
import { Composer } from "./composer.js";
import "./days.js";
import { readBack } from "./history.js";
import { Live } from "./live.js";
import { Log } from "./log.js";
import { Notifier } from "./notifier.js";
import { Outbox } from "./outbox.js";
import { People } from "./people.js";
import { Reading } from "./reading.js";
import { Receipts } from "./receipts.js";
import { Replies } from "./replies.js";
import { Sidebar } from "./sidebar.js";
import { toastAt } from "./toast.js";
import { Typing } from "./typing.js";
import { wanted } from "./unread.js";
import { t } from "./words.js";

const log = new Log($("#log"), $("#scroller"));
const { slug, me, cursor, room } = log.element.dataset;
const offered = log.element.dataset.reactions.split(" ");
const people = new People({ slug, me });
const sidebar = new Sidebar(me, () => people.tell());
const notifier = new Notifier({ me, room, sidebar });
const typing = new Typing(me);
const live = new Live({ slug, cursor, onFrame: hear, onState: (state) => show(state, { broken, back }) });
const composer = new Composer({ log, slug, live, offered });
const outbox = new Outbox({ log, slug, live, edit: ({ content }) => composer.set(content) });
const replies = new Replies({ element: $("#replies"), log, live });
const reading = new Reading({ log, slug, live });
const receipts = new Receipts({ log, slug, live });
composer.outbox = outbox;
new Acts({ log, slug, live, composer, offered });
readBack(log);
onRetry(() => live.retry());
outbox.restore();

// What is said elsewhere during a break is not told afterwards, however short it is; at first the list is as new as the page.
let wasHere = false;
// Whoever has just pressed Leave is on their way, with a line of its own.
let leaving = false;
document.addEventListener("submit", ({ target, defaultPrevented }) => (leaving ||= target !== composer.form && !defaultPrevented));

function hear(frame, here) {
  if (frame.type === "subscribed" && here) {
    outbox.deliverAll();
    receipts.ask();
  }
  if (frame.type === "receipt" || frame.type === "receipts") return here && receipts.ask();
  if (frame.type === "typing" && here) return typing.hear(frame);
  if (frame.type === "reply" || frame.type === "reply_delta") return here && replies.hear(frame);
  if (frame.type === "presence" && here) return people.hear(frame);
  if (frame.presence) people.hear(frame.presence);
  if (frame.type === "news") return elsewhere(frame);
  if (frame.type === "ended" && here) return leaving || toastAt("/rooms/", t("You are no longer in this room."));
  for (const event of frame.events ?? []) {
    if (here && event.type === "message") message(event);
    if (here && event.type === "member") member(event.member);
    if (here && event.type === "room") renamed(event.room);
    if (!here && event.type === "reading") read(event.reading);
    if (!here && event.type === "mentioned") sidebar.mentioned(event), notifier.named(event);
  }
}

// What was read on another device, or as how one stands to a room.
function read(how) {
  sidebar.reading(how);
  reading.elsewhere(how);
  if (String(how.room_id) !== room) notifier.read(how.room_id);
}

// Words in another room. Between people, its author is told that they are on this device.
async function elsewhere(news) {
  await sidebar.news(news);
  if (String(news.room_id) !== room) notifier.news(news);
  const line = $(`.directs .line[data-room="${Number(news.room_id)}"]:not(.here)`);
  if (line && String(news.author) !== me) receipts.take(line.pathname.split("/")[2], news.last);
}

function message({ message, html }) {
  const sawEnd = log.atEnd();
  typing.stop(message.author.id);
  outbox.forget(message.client_id);
  let isNew;
  // In one step, so that a reply moves into the log without a jump.
  log.keepPlace(() => {
    replies.end(message);
    isNew = log.upsert(message, html);
  });
  if (!message.deleted) receipts.came(message);
  if (isNew && String(message.author.id) !== me) reading.came(message.id, sawEnd, wanted(message, $(".line.here")?.dataset.level, me));
  if (isNew) notifier.tell(message);
  if (message.deleted || message.hidden) notifier.forget(message);
}

function member(member) {
  log.rename(member);
  if (String(member.person.id) === me) $(".composer .help")?.remove();
  people.changed();
}

function renamed(room) {
  if (`${room.archived} ${room.posting}` !== log.element.dataset.rules) return location.reload();
  // A direct room and a group bear the names of the others, which the list of rooms has.
  if (room.kind === "group") sidebar.refresh().then(() => ($(".title").textContent = $(".line.here .name")?.textContent ?? room.name));
  else if (room.kind !== "direct") $(".title").textContent = room.name;
  $(".topic").textContent = room.topic;
}

function broken() {
  composer.offline = true;
  composer.ready();
  people.forget();
}

function back() {
  if (wasHere) sidebar.refresh();
  wasHere = true;
  composer.offline = false;
  composer.ready();
}
