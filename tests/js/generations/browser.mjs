// The browser bundles of the published clients in headless Chromium: what they do that Node cannot, which is JSONP and
// polling with bytes, and their other transports. The page is the server's own.
import { readFileSync } from "node:fs";
import { chromium } from "playwright-core";
import { report } from "./report.mjs";

const URL = process.env.SOCKETIO_URL;
if (!URL) throw new Error("SOCKETIO_URL must hold the base URL of a running server");
/** Only rows whose name contains this. */
const ONLY = process.env.ONLY ?? "";

const VERSIONS = ["1.0.6", "1.7.4", "2.0.4", "2.5.0", "3.1.3", "4.8.4"];
const TRANSPORTS = {
  jsonp: { transports: ["polling"], forceJSONP: true },
  polling: { transports: ["polling"] },
  websocket: { transports: ["websocket"] },
  upgrade: { transports: ["polling", "websocket"] },
};
/** Clients of 4.x have no JSONP. */
const ROWS = VERSIONS.flatMap((version) => Object.keys(TRANSPORTS).map((transport) => ({ version, transport }))).filter(
  ({ version, transport }) => !(version.startsWith("4.") && transport === "jsonp"),
);
/** What a client cannot do by its own fault, by row: the checks, and the error that shows that it is that fault. */
const FAULTS = {
  // Its `close` of JSONP calls itself until the stack is full, so nothing that closes a connection comes to its end.
  "1.0.6 jsonp": { checks: ["refusal", "kick", "disconnect"], error: /call stack/ },
};

const bundle = (version) => {
  const folder = `node_modules/client-${version}`;
  return version.startsWith("1.0") ? `${folder}/socket.io.js` : `${folder}/dist/socket.io.js`;
};
const checks = readFileSync("checks.mjs", "utf8").replaceAll(/^export /gm, "");

/** Runs in the page. */
async function judged({ url, version, transport, options }) {
  const old = version < "3";
  const name = `${version} ${transport}`;
  let beats = 0;
  const client = {
    version,
    transport,
    name,
    old,
    wire: transport === "jsonp" ? "polling" : undefined,
    observer: window.observe(`${url}/`, { forceNew: true, transports: ["websocket"] }),
    beats: () => beats,
    open(nsp) {
      const who = old ? { query: { name } } : { auth: { name } };
      const socket = window.io(url + nsp, { forceNew: true, reconnection: false, ...options, ...who });
      const watch = () => socket.io.engine.on("packet", ({ type }) => (beats += type === (old ? "pong" : "ping")));
      if (socket.io.engine) watch();
      else socket.io.on("open", watch);
      return socket;
    },
    binary: (values) => new Uint8Array(values).buffer,
  };
  const results = await window.judge(client);
  client.observer.disconnect();
  return results;
}

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ["--no-sandbox"] });
async function row({ version, transport }) {
  const name = `${version} ${transport}`;
  const page = await browser.newPage();
  const errors = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  try {
    await page.goto(`${URL}/page`);
    await page.addScriptTag({ path: bundle("4.8.4") });
    await page.evaluate(() => {
      window.observe = window.io;
      delete window.io;
    });
    await page.addScriptTag({ path: bundle(version) });
    await page.addScriptTag({ content: `${checks}\nwindow.judge = judge;` });
    const results = await page.evaluate(judged, { url: URL, version, transport, options: TRANSPORTS[transport] });
    if (name in FAULTS) {
      const { checks, error } = FAULTS[name];
      checks.forEach((check) => delete results[check]);
      if (!errors.some((text) => error.test(text))) results.fault = `is not seen any more: ${errors}`;
    }
    return { name, results };
  } finally {
    await page.close();
  }
}

const waiting = ROWS.filter(({ version, transport }) => `${version} ${transport}`.includes(ONLY));
const rows = new Map(waiting.map((one) => [one, null]));
const worker = async () => {
  for (let one = waiting.shift(); one; one = waiting.shift()) rows.set(one, await row(one));
};
await Promise.all([worker(), worker(), worker(), worker()]);
await browser.close();
process.exit(report("browser", [...rows.values()]) ? 1 : 0);
