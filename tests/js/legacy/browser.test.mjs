// The browser builds of 0.7, 0.8 and 0.9 in headless Chromium: the transports that exist only there, and xhr-polling
// from a page of another origin. Chromium is no Internet Explorer; a frame stands in for the ActiveXObject that htmlfile wants.
// The server is that of `tests/legacy/app.rs`.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { chromium } from "playwright-core";
import { activeX } from "./activex.mjs";

const URL = process.env.SOCKETIO_URL;
if (!URL) throw new Error("SOCKETIO_URL must hold the base URL of a running server");

const VERSIONS = { "0.7.11": "0.7", "0.8.7": "0.8", "0.9.17": "0.9" };
const build = (name) => readFileSync(new globalThis.URL(`node_modules/socket.io-client-${name}/dist/socket.io.js`, import.meta.url), "utf8");
const PAGE = (script) => `<!doctype html><meta charset="utf-8"><body><script>${script.replaceAll("</script", "<\\/script")}</script>`;

/** Runs in the page: every check in turn; the results as an object. */
async function check({ url, transport, silence }) {
  if (transport === "jsonp-polling") io.util.ua.hasCORS = false;
  const socket = io.connect(url, { transports: [transport], "force new connection": true, reconnect: false });
  const results = {};
  const within = (promise, what) =>
    Promise.race([promise, new Promise((_, reject) => setTimeout(() => reject(new Error(`no ${what}`)), 10000))]);
  const next = (emitter, event) =>
    within(new Promise((resolve) => emitter.once(event, (...args) => resolve(args.length > 1 ? args : args[0]))), event);
  const call = (emitter, ...args) =>
    within(new Promise((resolve) => emitter.emit(...args, (...answer) => resolve(answer))), `answer to ${args[0]}`);

  socket.on("error", (error) => (results.error = String(error)));
  await next(socket, "connect");
  results.transport = socket.socket.transport.name;
  results.me = await call(socket, "me");
  const texts = ["é€😀", "\ufffd6\ufffd", "a\u2028b\u2029", "</script>", "new\nline", '"\\"', "a+b & c=d", ""];
  results.echo = await call(socket, "echo", texts);
  socket.on("question", (question, answer) => answer(`because ${question}`));
  results.ask = await call(socket, "ask", "why é");
  const message = next(socket, "message");
  socket.send("text: é");
  results.message = await message;
  const json = next(socket, "was json");
  socket.json.send({ a: ["é"] });
  results.json = await json;

  const ticks = [];
  socket.on("tick", (tick) => ticks.push(tick));
  for (let i = 0; i < 25; i += 1) socket.emit("number", i);
  results.numbers = await call(socket, "numbers");
  socket.emit("burst", 25);
  await call(socket, "echo");
  results.ticks = ticks;

  const chat = socket.socket.of("/chat");
  await next(chat, "connect");
  await call(chat, "join", "room");
  const said = next(chat, "said");
  chat.emit("say", "room", "hello");
  results.said = await said;
  await new Promise((resolve) => setTimeout(resolve, silence));
  results.alive = await call(socket, "echo", "alive");
  const gone = next(socket, "disconnect");
  socket.emit("kick");
  results.gone = await gone;
  return { results, texts };
}

let browser;
let pages;
before(async () => {
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
  // `localhost` is another origin than `127.0.0.1`.
  pages = createServer((request, response) => {
    const name = request.url.slice(1);
    if (!Object.values(VERSIONS).includes(name)) return response.writeHead(404).end();
    return response.setHeader("content-type", "text/html").end(PAGE(build(name)));
  });
  await new Promise((resolve) => pages.listen(0, "localhost", resolve));
});
after(async () => {
  await browser?.close();
  pages?.closeAllConnections();
  pages?.close();
});

for (const [version, name] of Object.entries(VERSIONS)) {
  describe(version, () => {
    for (const transport of ["websocket", "htmlfile", "xhr-polling", "jsonp-polling"]) {
      test(transport, async (t) => {
        const page = await browser.newPage();
        t.after(() => page.close());
        if (transport === "htmlfile") {
          await page.addInitScript(activeX);
          // Only the server's own pages may read it.
          await page.route(`${URL}/page`, (route) => route.fulfill({ contentType: "text/html", body: PAGE(build(name)) }));
          await page.goto(`${URL}/page`);
        } else {
          await page.goto(`http://localhost:${pages.address().port}/${name}`);
        }
        const { results, texts } = await page.evaluate(check, { url: URL, transport, silence: 2500 });
        const numbers = Array.from({ length: 25 }, (_, i) => i);
        assert.deepEqual(results, {
          transport,
          me: [1, { websocket: "websocket", htmlfile: "htmlfile" }[transport] ?? "polling", null],
          echo: [texts],
          ask: ["because why é"],
          message: "text: é",
          json: { a: ["é"] },
          numbers: [numbers],
          ticks: numbers,
          said: "hello",
          alive: ["alive"],
          gone: "booted",
        });
      });
    }
  });
}
