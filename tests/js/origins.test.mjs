// Pages of three origins in headless Chromium, which make it open sessions at SOCKETIO_URL with the user's cookie. What
// the server has kept of it is looked at in `tests/origins/browser.rs`. OTHER_PORT has the same page.
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";
import { URL } from "./support.mjs";

const { CHROMIUM, OTHER_PORT } = process.env;

let browser;
before(async () => {
  browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
});
after(() => browser?.close());

const PAGES = {
  own: URL,
  // Another port is another origin of the same site, another name is another site.
  "same-site": `http://127.0.0.1:${OTHER_PORT}`,
  "cross-site": `http://localhost:${OTHER_PORT}`,
};

for (const [name, origin] of Object.entries(PAGES)) {
  test(`a page of ${name}`, async (t) => {
    const context = await browser.newContext();
    t.after(() => context.close());
    await context.addCookies([{ name: "user", value: "victim", url: URL, sameSite: "Lax" }]);
    const page = await context.newPage();
    await page.goto(`${origin}/page#${URL}|${name}`);
    await page.waitForFunction(() => document.title === "loaded", undefined, { timeout: 10_000 });
  });
}
