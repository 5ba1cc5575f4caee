// The administration in a browser: by keyboard, with scripts and without.
import assert from "node:assert/strict";
import { base, open, signIn } from "./house.mjs";

export const governing = {
  "an account is made, deactivated and activated by keyboard alone, and the log says so": async () => {
    for (const javaScriptEnabled of [true, false]) {
      const page = await open("keyboard", { javaScriptEnabled });
      await signIn(page, "ada");
      await page.goto("/admin/users/new/");
      await page.focus("#username");
      const name = `marta${javaScriptEnabled ? 1 : 2}`;
      await page.keyboard.type(name);
      await page.keyboard.press("Enter");
      const link = await page.locator(".notice .link").getAttribute("href");
      assert.match(link, /\/reset\/[0-9a-f]{64}\/$/);
      const press = async (words) => {
        for (let n = 0; n < 80; n++) {
          await page.keyboard.press("Tab");
          const at = await page.evaluate(() => document.activeElement.textContent.trim());
          if (at === words) return page.keyboard.press("Enter");
        }
        assert.fail(`no key leads to ${words}`);
      };
      await press("Deactivate");
      await page.getByRole("heading", { name: `Deactivate ${name}?` }).waitFor();
      await press("Deactivate");
      await page.getByText("Deactivated").first().waitFor();
      await press("Activate");
      await page.getByRole("heading", { name: `Activate ${name}?` }).waitFor();
      await press("Activate");
      await page.getByText("Done.").waitFor();
      await page.goto("/admin/audit/");
      const lines = (await page.locator(".list tbody tr").allInnerTexts()).slice(0, 3).join("\n");
      for (const act of ["Activated an account", "Deactivated an account", "Made an account"]) assert.ok(lines.includes(act), lines);
      const stranger = await open("stranger", { javaScriptEnabled });
      await stranger.goto(new URL(link, base).href);
      await stranger.fill("#password", "a quiet evening");
      await stranger.keyboard.press("Enter");
      await stranger.waitForURL("**/rooms/");
      await stranger.goto("/admin/").then((answer) => assert.equal(answer.status(), 404));
      await stranger.context().close();
      await page.context().close();
    }
  },
};
