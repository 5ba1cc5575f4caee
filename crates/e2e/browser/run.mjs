// Two people and more in a real browser, scripts on and scripts off, against the real binary. Screenshots are kept in
// target/screenshots. Ends with "N passed, N failed". Words after the command choose the tests whose names hold one of them.
import assert from "node:assert/strict";
import { close, sights, troubles } from "./house.mjs";
import { talking } from "./talking.mjs";
import { accessible } from "./accessible.mjs";
import { between } from "./between.mjs";
import { answering } from "./answering.mjs";
import { chats } from "./chats.mjs";
import { connecting } from "./connecting.mjs";
import { converging } from "./converging.mjs";
import { handy } from "./handy.mjs";
import { governing } from "./governing.mjs";
import { notified } from "./notified.mjs";
import { moderation } from "./moderation.mjs";
import { guests } from "./guests.mjs";
import { unscripted } from "./unscripted.mjs";
import { older } from "./older.mjs";
import { everyPage } from "./every_page.mjs";
import { rough } from "./rough.mjs";
import { staying } from "./staying.mjs";
import { own } from "./own.mjs";
import { narrow } from "./narrow.mjs";

const tests = {
  ...talking,
  ...connecting,
  ...accessible,
  ...handy,
  ...unscripted,
  ...answering,
  ...governing,
  ...between,
  ...guests,
  ...chats,
  ...notified,
  ...moderation,
  ...converging,
  ...older,
  ...staying,
  ...rough,
  ...everyPage,
  ...own,
  ...narrow,
  "no script failed and the content policy was not broken": async () => {
    const real = troubles.filter((text) => !/status of 4|ERR_INTERNET_DISCONNECTED|ERR_CONNECTION|ERR_EMPTY_RESPONSE|WebSocket connection|spa-evil/.test(text));
    assert.deepEqual(real, []);
  },
};

let passed = 0;
let failed = 0;
const wanted = process.argv.slice(2);
const named = (name) => wanted.length === 0 || wanted.some((part) => name.includes(part));
// These are evenings: each of their tests goes on from the one before. The first one makes the accounts that all others use.
const evenings = [talking, unscripted, answering, moderation, between, notified, rough].filter((evening) => Object.keys(evening).some(named));
const chosen = (name) => named(name) || name.startsWith("ada makes") || evenings.some((evening) => name in evening);
for (const [name, test] of Object.entries(tests).filter(([name]) => chosen(name))) {
  try {
    await test();
    passed++;
    console.log(`ok   ${name}`);
  } catch (error) {
    failed++;
    console.log(`FAIL ${name}\n${error.stack}\n${await sights(`failed-${failed}`)}`);
  }
}
await close();
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
