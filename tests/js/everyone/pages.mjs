// Browser builds in Chromium, as members of the mixed room: over what only they have, which is JSONP, htmlfile and polling
// with bytes. Each has a page of its own, in a profile of its own, because a browser opens few connections to one host.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { activeX } from "../legacy/activex.mjs";
import { stay, wanted } from "./member.mjs";

const SERVER = process.env.SOCKETIO_URL;
const file = (path) => fileURLToPath(new URL(path, import.meta.url));
const member = readFileSync(file("member.mjs"), "utf8").replaceAll(/^export /gm, "");

const bundle = (version) => {
  if (version < "1") return `../legacy/node_modules/socket.io-client-${version.slice(0, 3)}/dist/socket.io.js`;
  const folder = `../generations/node_modules/client-${version}`;
  return version.startsWith("1.0") ? `${folder}/socket.io.js` : `${folder}/dist/socket.io.js`;
};

/** Runs in the page. */
function enter({ url, name, version, transport }) {
  if (version < "1") {
    if (transport === "jsonp-polling") io.util.ua.hasCORS = false;
    const chat = io.connect(url, { transports: [transport], "force new connection": true, reconnect: false });
    attend(name, chat, () => chat.socket.transport.name);
    return;
  }
  const options = { forceNew: true, reconnection: false, transports: ["polling"], forceJSONP: transport === "jsonp" };
  const chat = io(url, options);
  attend(name, chat, () => chat.io.engine.transport.name);
}

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ["--no-sandbox"] });
await Promise.all(
  wanted().map(async ([version, transport]) => {
    const page = await browser.newPage();
    page.on("pageerror", (error) => console.error(version, transport, String(error)));
    if (transport === "htmlfile") await page.addInitScript(activeX);
    // Clients before 1.0 choose JSONP only for a server of another origin, which `localhost` is.
    const origin = transport === "jsonp-polling" ? SERVER.replace("127.0.0.1", "localhost") : SERVER;
    await page.goto(`${origin}/page`);
    await page.addScriptTag({ path: file(bundle(version)) });
    await page.addScriptTag({ content: member });
    await page.evaluate(enter, { url: `${SERVER}/chat`, name: `${version} ${transport}`, version, transport });
  }),
);
stay(() => browser.close());
