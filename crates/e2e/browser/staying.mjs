// Staying signed in: the box on the sign-in page decides how long the browser keeps the session, with scripts and without.
import assert from "node:assert/strict";
import { PASSWORD, open } from "./house.mjs";

const kept = async (page) => (await page.context().cookies()).find(({ name }) => name.includes("session"))?.expires;

export const staying = {
  "staying: whoever takes the mark from \"Keep me signed in\" is signed in until the browser closes, and others for weeks": async () => {
    for (const javaScriptEnabled of [true, false]) {
      const page = await open("staying", { javaScriptEnabled });
      const signIn = async (stay, password) => {
        await page.goto("/login/");
        await page.getByLabel("Keep me signed in").setChecked(stay);
        await page.fill("#username", "ada");
        await page.fill("#password", password);
        await page.click("form button[type=submit]");
      };
      await signIn(false, "not hers");
      await page.locator("[role=alert]", { hasText: "do not match" }).waitFor();
      assert.equal(await page.getByLabel("Keep me signed in").isChecked(), false, "what was chosen stays when the password was wrong");
      await signIn(false, PASSWORD);
      await page.waitForURL("**/rooms/");
      assert.equal(await kept(page), -1);
      await page.context().clearCookies();
      await page.goto("/login/");
      assert.equal(await page.getByLabel("Keep me signed in").isChecked(), true);
      await signIn(true, PASSWORD);
      await page.waitForURL("**/rooms/");
      assert.ok((await kept(page)) > Date.now() / 1000 + 20 * 86_400);
      await page.context().close();
    }
  },
};
