// A whole evening with scripts off: every page and every act, by links and forms alone.
import assert from "node:assert/strict";
import { PASSWORD, becomes, enter, open, signIn, signUp, stream } from "./house.mjs";

const off = (name) => open(name, { javaScriptEnabled: false });
const evening = {};

// A form's answer may be a page that never ends loading, so only its beginning is awaited.
async function press(page, selector) {
  const arrived = page.waitForNavigation({ waitUntil: "commit" });
  await page.locator(selector).first().click({ noWaitAfter: true });
  await arrived;
}
const told = (page, text) => page.locator("#toast", { hasText: text }).waitFor();
const said = (page, text) => stream(page).locator("article", { hasText: text });

// Goes to one of the pages of a message, through the link in its menu.
async function act(page, text, what) {
  const article = said(page, text).last();
  await article.waitFor();
  await article.locator("details.tools > summary").click();
  const arrived = page.waitForNavigation({ waitUntil: "commit" });
  await article.locator(what).click({ noWaitAfter: true });
  await arrived;
}
async function say(page, text) {
  await page.fill("#content", text);
  await press(page, ".composer button[type=submit]");
  await said(page, text).waitFor();
}

export const unscripted = {
  "scripts off: eva and finn sign up; eva makes a private room and brings finn in by name": async () => {
    const [eva, finn] = await Promise.all([off("eva"), off("finn")]);
    Object.assign(evening, { eva, finn });
    await signUp(eva, "eva");
    await signUp(finn, "finn");
    await eva.goto("/rooms/new/");
    await eva.fill("#name", "Chess");
    await eva.check("input[name=private]");
    await press(eva, "form.sheet button.primary");
    await eva.locator("h1", { hasText: "Chess" }).waitFor();
    await stream(eva).getByText("Nobody has said anything yet.").waitFor();
    assert.equal((await finn.request.get("/rooms/chess/")).status(), 404);
    await eva.goto("/rooms/chess/members/");
    await eva.fill("#username", "nobody-at-all");
    await press(eva, 'form:has(#username) button');
    await eva.locator(".error", { hasText: "Nobody here has this name." }).waitFor();
    await eva.fill("#username", "finn");
    await press(eva, 'form:has(#username) button');
    await told(eva, "finn is in.");
    await eva.reload();
    assert.equal(await eva.locator("#toast").count(), 0, "a line is said once");
    await enter(finn, "/rooms/chess/");
    await finn.locator("h1", { hasText: "Chess" }).waitFor();
  },
  "scripts off: gita comes in by a link, which is withdrawn afterwards": async () => {
    const { eva } = evening;
    await press(eva, "form[action$='/invites/'] button");
    const link = (await eva.locator(".notice code").innerText()).replace(/^https?:\/\/[^/]+/, "");
    const gita = await off("gita");
    evening.gita = gita;
    await signUp(gita, "gita");
    await gita.goto(link);
    await press(gita, "form.sheet button.primary");
    await gita.locator("h1", { hasText: "Chess" }).waitFor();
    await eva.goto("/rooms/chess/members/");
    await press(eva, "form[action*='/invites/']:has-text('Withdraw') button");
    await told(eva, "The link no longer works.");
    assert.equal((await gita.request.get(link)).status(), 404);
  },
  "scripts off: they post, name each other, answer, react, edit and pin; everyone sees it live": async () => {
    const { eva, finn } = evening;
    await Promise.all([enter(eva, "/rooms/chess/"), enter(finn, "/rooms/chess/")]);
    await say(eva, "White begins, @finn");
    await said(finn, "White begins").waitFor();
    await stream(finn).getByText("Nobody has said anything yet.").waitFor({ state: "hidden" });
    await said(finn, "White begins").locator(".hail").waitFor();
    await act(finn, "White begins", '[data-act="reply"]');
    await finn.locator("#replying", { hasText: "White begins" }).waitFor();
    await say(finn, "Black waits");
    await said(eva, "Black waits").locator(".quote", { hasText: "White begins" }).waitFor();
    await act(eva, "Black waits", '[data-act="react"]');
    await press(eva, 'button[value="👀"]');
    await said(finn, "Black waits").locator(".chip", { hasText: "👀" }).waitFor();
    await enter(finn, "/rooms/chess/");
    await act(finn, "Black waits", '[data-act="edit"]');
    await finn.fill("#content", "Black thinks");
    await press(finn, "form.sheet button.primary, .sheet form button.primary");
    await told(finn, "Saved.");
    await said(eva, "Black thinks").locator(".edited").waitFor();
    await enter(finn, "/rooms/chess/");
    await act(finn, "White begins", 'form[action$="/pin/"] button');
    await told(finn, "Pinned.");
    await finn.goto("/rooms/chess/pins/");
    await finn.locator("article", { hasText: "White begins" }).waitFor();
  },
  "scripts off: finn may not edit or delete what eva said; he deletes his own": async () => {
    const { eva, finn } = evening;
    await enter(finn, "/rooms/chess/");
    const theirs = said(finn, "White begins").first();
    await theirs.waitFor();
    await theirs.locator("details.tools > summary").click();
    await theirs.locator('[data-act="reply"]').waitFor();
    for (const what of ["edit", "delete"]) assert.equal(await theirs.locator(`[data-act="${what}"]`).isVisible(), false);
    await enter(finn, "/rooms/chess/");
    await act(finn, "Black thinks", '[data-act="delete"]');
    await finn.locator("h1", { hasText: "Delete this message?" }).waitFor();
    await press(finn, "button.danger");
    await told(finn, "The message is deleted.");
    await said(eva, "Message deleted").waitFor();
    await becomes(() => said(eva, "Black thinks").filter({ visible: true }).count(), 0, "the deleted words are not to be seen");
  },
  "scripts off: a refused text stays in its form with the reason": async () => {
    const { eva } = evening;
    await enter(eva, "/rooms/chess/");
    await eva.fill("#content", "x".repeat(10_001));
    await press(eva, ".composer button[type=submit]");
    await eva.locator("#composer-error", { hasText: "at most 10000 characters" }).waitFor();
    assert.equal((await eva.inputValue("#content")).length, 10_001);
  },
  "scripts off: eva bans gita and lifts it, hands the room over, and then may leave": async () => {
    const { eva, finn, gita } = evening;
    const row = (name) => `li:has-text("@${name}")`;
    const manage = async (page, name, what) => {
      await page.goto("/rooms/chess/members/");
      await page.locator(`${row(name)} summary`).click();
      await press(page, `${row(name)} button[value="${what}"]`);
    };
    await manage(eva, "gita", "ban");
    await told(eva, "Banned.");
    assert.equal((await gita.request.get("/rooms/chess/")).status(), 404);
    await press(eva, 'button[value="unban"]');
    await told(eva, "The ban is lifted.");
    await enter(eva, "/rooms/chess/");
    await eva.locator(".head details.more > summary").click();
    await press(eva, "form[action$='/leave/'] button");
    await eva.locator("h1", { hasText: "You are the last owner." }).waitFor();
    await manage(eva, "finn", "transfer");
    await told(eva, "The room is handed over.");
    await enter(eva, "/rooms/chess/");
    await eva.locator(".head details.more > summary").click();
    await press(eva, "form[action$='/leave/'] button");
    await told(eva, "You left Chess.");
    assert.equal((await eva.request.get("/rooms/chess/")).status(), 404);
    assert.equal((await finn.request.get("/rooms/chess/settings/")).status(), 200);
  },
  "scripts off: who leaves a public room is offered the way back": async () => {
    const { eva } = evening;
    await enter(eva, "/rooms/general/");
    await say(eva, "Eva was here");
    await eva.locator(".head details.more > summary").click();
    await press(eva, "form[action$='/leave/'] button");
    await told(eva, "You left General.");
    await press(eva, "#toast button");
    await told(eva, "You are a member of General.");
  },
  "scripts off: settings, a direct room, the sessions and the password": async () => {
    const { eva, finn } = evening;
    await eva.goto("/settings/");
    await eva.fill("#display_name", "Eva Lind");
    await eva.selectOption("#theme", "dark");
    await press(eva, "form.sheet button.primary");
    await told(eva, "Saved.");
    assert.equal(await eva.locator("html").getAttribute("data-theme"), "dark");
    await eva.goto("/directs/?username=finn");
    await press(eva, 'li:has-text("@finn") button');
    await eva.locator("h1", { hasText: "finn" }).waitFor();
    await say(eva, "Between us");
    await enter(finn, "/rooms/");
    await finn.locator(".cards a", { hasText: "Eva Lind" }).waitFor();
    const other = await off("eva elsewhere");
    await signIn(other, "eva");
    await eva.goto("/settings/");
    await press(eva, "#sessions li button");
    await told(eva, "Signed out there.");
    await becomes(async () => (await other.request.get("/api/me/")).status(), 401, "the other session is over");
    await eva.fill("#old", "not my password");
    await eva.fill("#new", "a louder evening");
    await press(eva, "form[action='/settings/password/'] button");
    await eva.locator(".error", { hasText: "This is not your present password." }).waitFor();
    await eva.fill("#old", PASSWORD);
    await eva.fill("#new", "a louder evening");
    await press(eva, "form[action='/settings/password/'] button");
    await told(eva, "The password is changed.");
    await eva.goto("/logout/");
    await press(eva, "button.primary");
    await signIn(eva, "eva", "a louder evening");
    for (const page of [...Object.values(evening), other]) await page.context().close();
  },
};
