// Between a few people: groups, and what becomes of a message. Eva and Finn with scripts, Gil without.
import assert from "node:assert/strict";
import { broken } from "./accessible.mjs";
import { becomes, connected, enter, left, open, shots, signUp, stream, until } from "./house.mjs";

const tick = (page, text) => page.locator("#log article[data-id]", { hasText: text }).locator(".sent");
const title = (page, text) => tick(page, text).getAttribute("title");
const state = (page, text) => tick(page, text).getAttribute("class");
const said = (page, text) => page.locator("#log article[data-id]", { hasText: text });

async function say(page, text) {
  await page.fill("#content", text);
  await page.press("#content", "Enter");
  await said(page, text).waitFor();
}

let people;
let address;

async function come() {
  const eva = await open("eva");
  const finn = await open("finn", { viewport: { width: 360, height: 780 }, colorScheme: "dark" });
  const gil = await open("gil", { javaScriptEnabled: false });
  for (const [page, name] of [[eva, "eva.between"], [finn, "finn.between"], [gil, "gil.between"]]) await signUp(page, name);
  return { eva, finn, gil };
}

export const between = {
  "groups: several people are chosen by links alone, and their room bears their names": async () => {
    people = await come();
    const { gil, eva } = people;
    await gil.goto("/directs/?username=eva.bet");
    await gil.locator("li", { hasText: "eva.between" }).getByRole("link", { name: "Add" }).click();
    await gil.fill("#username", "finn.bet");
    await gil.getByRole("button", { name: "Find" }).click();
    await gil.locator("li", { hasText: "finn.between" }).getByRole("link", { name: "Add" }).click();
    await gil.screenshot({ path: `${shots}/group-chosen-1280.png` });
    await gil.getByRole("button", { name: "Write to all 2" }).click({ noWaitAfter: true });
    await gil.locator("h1.title", { hasText: "eva.between, finn.between" }).waitFor();
    address = new URL(gil.url()).pathname;
    await eva.goto(`/directs/?with=finn.between,gil.between`);
    assert.deepEqual(await broken(eva), []);
    await eva.getByRole("button", { name: "Write to all 2" }).click();
    await eva.locator("h1.title", { hasText: "finn.between, gil.between" }).waitFor();
    assert.equal(new URL(eva.url()).pathname, address);
  },
  "groups: it comes into the others' lists with the first word": async () => {
    const { eva, finn, gil } = people;
    await enter(finn);
    await connected(finn);
    assert.equal(await finn.locator(`.directs a[href="${address}"]`).count(), 0);
    await connected(eva);
    // Whoever holds the streamed page open reads along.
    await gil.goto("/settings/");
    await left(gil, address.split("/")[2]);
    await say(eva, "Are you all here?");
    await finn.locator(`.directs a[href="${address}"].unread`).waitFor({ state: "attached" });
    await gil.reload();
    await gil.locator(`.directs a[href="${address}"] .count`, { hasText: "1" }).waitFor();
    assert.equal(await gil.locator(`.directs a[href="${address}"] .stack .face`).count(), 2);
    await gil.screenshot({ path: `${shots}/group-sidebar-1280.png` });
  },
  "receipts: what was sent is delivered, then read, and the author sees it without doing anything": async () => {
    const { eva, finn, gil } = people;
    await until(async () => ((now) => now.includes("Delivered to finn.between") || now)(await title(eva, "all here")), "finn's device took it");
    await enter(gil, address);
    await stream(gil).locator("article", { hasText: "all here" }).waitFor();
    await becomes(() => title(eva, "all here"), "Read by gil.between · Delivered to finn.between", "gil reads without scripts");
    assert.equal(await state(eva, "all here"), "sent was-delivered");
    await enter(finn, address);
    await becomes(() => state(eva, "all here"), "sent was-read", "all have read");
    assert.deepEqual(await broken(eva), []);
    await eva.screenshot({ path: `${shots}/receipts-1280-light.png` });
    await eva.reload();
    assert.equal(await state(eva, "all here"), "sent was-read", "the same when it is loaded anew");
  },
  "receipts: without scripts the ticks turn by themselves": async () => {
    const { eva, finn, gil } = people;
    await enter(gil, address);
    await gil.fill("#content", "Gil is here");
    await gil.click(".composer button[type=submit]", { noWaitAfter: true });
    const own = stream(gil).locator("article", { hasText: "Gil is here" });
    await own.locator(".sent .was-sent, .sent .was-delivered, .sent .was-read").locator("visible=true").first().waitFor();
    await own.locator(".sent .was-read:visible").waitFor();
    const shown = await own.locator(".sent > *").evaluateAll((all) => all.filter((one) => one.checkVisibility()).map((one) => one.className));
    assert.deepEqual(shown, ["was-read"]);
    await gil.screenshot({ path: `${shots}/receipts-unscripted-1280.png` });
    assert.equal(await said(finn, "Gil is here").locator(".sent").isVisible(), false, "it is not his to see");
    await own.locator(".sent").click({ noWaitAfter: true });
    await gil.locator("h1", { hasText: "What has become of it" }).waitFor();
    assert.equal(await gil.locator(".receipts li", { hasText: "Read" }).count(), 2);
    await gil.screenshot({ path: `${shots}/receipts-page-1280.png` });
    await eva.goto(address);
  },
  "receipts: what is read on the phone is read on the laptop": async () => {
    const { eva, finn } = people;
    const laptop = await finn.context().newPage();
    await enter(laptop);
    await connected(laptop);
    await finn.goto("/settings/");
    await connected(eva);
    await say(eva, "Dinner?");
    await laptop.locator(`.directs a[href="${address}"].unread`).waitFor({ state: "attached" });
    await enter(finn, address);
    await said(finn, "Dinner?").waitFor();
    await finn.screenshot({ path: `${shots}/group-360-dark.png` });
    await laptop.locator(`.directs a[href="${address}"]:not(.unread)`).waitFor({ state: "attached" });
    assert.deepEqual(await broken(finn), []);
    await laptop.close();
  },
  "groups: everyone may leave, and is shown out": async () => {
    const { gil, eva } = people;
    await enter(gil, address);
    await gil.locator("details.more > summary").click();
    await gil.getByRole("button", { name: "Leave" }).click();
    await gil.locator(".toast", { hasText: "You left eva.between, finn.between." }).waitFor();
    await eva.locator("h1.title", { hasText: /^finn\.between$/ }).waitFor();
    for (const page of Object.values(people)) await page.context().close();
  },
};
