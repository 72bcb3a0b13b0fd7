// The chat example in headless Chromium, as people use it, and both clients inside of a browser.
// CHAT is the chat's executable, SCREENSHOTS a folder, CHROMIUM the browser, SOCKETIO_URL the
// conformance server.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { after, before, describe, test } from "node:test";
import { chromium } from "playwright-core";
import { URL, within } from "./support.mjs";

const { CHAT, SCREENSHOTS, CHROMIUM } = process.env;
const PHONE = { width: 390, height: 844 };
const PATIENCE = 10_000;

let browser;
before(async () => {
  browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
});
after(() => browser?.close());

/** A port that was free a moment ago. */
function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject).listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** The chat on a port. Its shell ends it when this process ends, however that happens. */
async function startChat(port) {
  const shell = spawn("sh", ["-c", '"$0" >&2 & chat=$!; read -r _; kill -9 "$chat"', CHAT], {
    env: { ...process.env, PORT: String(port) },
    stdio: ["pipe", "ignore", "ignore"],
  });
  const ended = new Promise((resolve) => shell.once("exit", resolve));
  const url = `http://127.0.0.1:${port}`;
  for (let tries = 0; ; tries++) {
    if (await fetch(url).then((answer) => answer.ok, () => false)) break;
    assert.ok(tries < 200, "the chat does not answer");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return { url, stop: () => (shell.stdin.end(), ended) };
}

/** One chat per test, stopped after it. */
async function chat(t) {
  const server = await startChat(await freePort());
  t.after(() => server.stop());
  return server;
}

/** A tab with storage of its own. An error on the page fails the test. */
async function tab(t, url, options = {}) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  const errors = [];
  page.on("pageerror", (error) => errors.push(error));
  t.after(async () => {
    await context.close();
    assert.deepEqual(errors, [], "errors on the page");
  });
  await page.goto(url);
  return page;
}

async function enter(page, nick, secret) {
  if (secret) {
    await page.click("#door summary");
    await page.fill("#secret", secret);
  }
  await page.fill("#nick", nick);
  await page.click("#enter");
}

/** A tab that is in the chat. */
async function person(t, url, nick, options = {}) {
  const page = await tab(t, url, options);
  await enter(page, nick, options.secret);
  await page.waitForSelector("#chat:not([hidden])");
  await here(page, nick);
  return page;
}

// Attached, not visible: on a phone the list is behind a button.
const here = (page, nick) => page.waitForSelector(`#people li[data-key="${nick}"]`, { state: "attached" });
const gone = (page, nick) => page.waitForSelector(`#people li[data-key="${nick}"]`, { state: "detached" });

async function say(page, text) {
  await page.fill("#text", text);
  await page.press("#text", "Enter");
}

const line = (page, text, kind = ".line") =>
  page.locator(`#log ol:not([hidden]) ${kind}`).filter({ hasText: text }).last();
const heard = (page, text, kind) => line(page, text, kind).waitFor();

describe("the chat", { timeout: 120_000 }, () => {
  test("two tabs talk", async (t) => {
    const { url } = await chat(t);
    const ann = await person(t, url, "ann");
    const bob = await person(t, url, "bob");
    await here(ann, "bob");
    await heard(ann, "bob came in", ".news");

    await bob.type("#text", "He");
    await ann.waitForFunction(() => document.querySelector("#typing").textContent.includes("bob is typing"));
    await bob.fill("#text", "");
    await say(bob, "Hello ann");
    await heard(ann, "Hello ann");
    await say(ann, "Hello bob, how are you?");
    await heard(bob, "Hello bob, how are you?");
    // The author reads the number of the line: it was acknowledged.
    await heard(bob, "no. 1", ".line.own");
    await say(bob, "Fine");
    await heard(bob, "no. 2", ".line.own");
    await heard(ann, "Fine");
    assert.equal(await line(ann, "Fine").locator(".nick").textContent(), "bob");
    await ann.screenshot({ path: `${SCREENSHOTS}/chat.png` });

    await bob.close();
    await gone(ann, "bob");
    await heard(ann, "bob left", ".news");
  });

  test("what people type is text, never markup", async (t) => {
    const { url } = await chat(t);
    const ann = await person(t, url, "ann");
    const evil = await person(t, url, "<b>bob</b>");
    const text = '<img src=x onerror="document.title=1"><script>document.title=2</script> &amp; <b>bold</b>';
    await say(evil, text);
    await heard(ann, text);
    assert.equal(await line(ann, text).locator(".text").textContent(), text);
    assert.equal(await ann.locator("#log img, #log script, #log b, #people b").count(), 0);
    assert.equal(await ann.title(), "#general");
  });

  test("a taken nickname is refused, and the page says why", async (t) => {
    const { url } = await chat(t);
    await person(t, url, "ann");
    const other = await tab(t, url);
    await enter(other, "ann");
    await other.waitForSelector("#refusal:not([hidden])");
    assert.match(await other.textContent("#refusal"), /nickname is in use/i);
    assert.equal(await other.isVisible("#chat"), false);
    await other.screenshot({ path: `${SCREENSHOTS}/refused.png` });
    // Another name opens the same door.
    await enter(other, "annette");
    await other.waitForSelector("#chat:not([hidden])");
  });

  test("rooms are apart", async (t) => {
    const { url } = await chat(t);
    const ann = await person(t, url, "ann");
    const bob = await person(t, url, "bob");
    await here(ann, "bob");
    await bob.fill("#new-room input", "music");
    await bob.press("#new-room input", "Enter");
    await bob.waitForFunction(() => document.querySelector("#room-name").textContent === "music");
    await gone(ann, "bob");
    await say(bob, "only for music");
    await heard(bob, "no. 1", ".line.own");
    await say(ann, "only for general");
    await heard(ann, "no. 1", ".line.own");
    assert.equal(await line(ann, "only for music").count(), 0);
    await ann.locator("#rooms button", { hasText: "music" }).click();
    await here(bob, "ann");
    await say(ann, "found you");
    await heard(bob, "found you");
    assert.equal(await line(bob, "only for general").count(), 0);
  });

  test("a moderator shows someone the door; others cannot", async (t) => {
    const { url } = await chat(t);
    const mod = await person(t, url, "mod", { secret: "xyzzy" });
    const bob = await person(t, url, "bob");
    await here(mod, "bob");
    await here(bob, "mod");
    assert.equal(await bob.locator("#people button").count(), 0);
    const kick = mod.locator('#people li[data-key="bob"] button');
    await kick.click();
    await kick.click();
    await bob.waitForSelector("#refusal:not([hidden])");
    assert.match(await bob.textContent("#refusal"), /mod/);
    assert.equal(await bob.isVisible("#chat"), false);
    await gone(mod, "bob");
    // The door is not locked.
    await enter(bob, "bob");
    await here(mod, "bob");
  });

  test("when the server comes back, so does everybody", { timeout: 60_000 }, async (t) => {
    const port = await freePort();
    const first = await startChat(port);
    t.after(() => first.stop());
    const ann = await person(t, first.url, "ann");
    const bob = await person(t, first.url, "bob");
    await here(ann, "bob");
    await first.stop();
    await ann.waitForSelector("#banner:not([hidden])");
    assert.match(await ann.textContent("#banner"), /connection is lost/i);
    assert.equal(await ann.isDisabled("#send"), true);
    await ann.screenshot({ path: `${SCREENSHOTS}/lost.png` });

    const second = await startChat(port);
    t.after(() => second.stop());
    for (const page of [ann, bob]) await page.waitForSelector("#banner", { state: "hidden", timeout: 30_000 });
    await here(ann, "bob");
    await here(bob, "ann");
    await say(ann, "where were we?");
    await heard(bob, "where were we?");
  });

  test("it is readable on a phone", async (t) => {
    const { url } = await chat(t);
    const ann = await person(t, url, "ann", { viewport: PHONE, deviceScaleFactor: 2, isMobile: true, hasTouch: true });
    const bob = await person(t, url, "bob");
    await here(bob, "ann");
    for (const text of ["Good morning", "A longer line, so that one sees how it is broken when the screen is as narrow as this one is", "x".repeat(120)]) {
      await say(bob, text);
      await heard(ann, text);
    }
    await say(ann, "I am reading this on the train");
    await heard(ann, "no. 1", ".line.own");
    const { content, window } = await ann.evaluate(() => ({
      content: Math.max(...[...document.querySelectorAll("body *")].map((e) => e.getBoundingClientRect().right)),
      window: innerWidth,
    }));
    assert.equal(window, PHONE.width);
    assert.ok(content <= window + 1, `something reaches to ${content} of ${window}`);
    const size = await ann.evaluate(() => parseFloat(getComputedStyle(document.querySelector(".line .text")).fontSize));
    assert.ok(size >= 15, `letters of ${size} px`);
    await ann.screenshot({ path: `${SCREENSHOTS}/phone.png` });
    await ann.click("#menu");
    await ann.waitForSelector('#people li[data-key="bob"]', { state: "visible" });
    await ann.screenshot({ path: `${SCREENSHOTS}/phone-rooms.png` });
  });

  test("the official client talks to somebody on the page", async (t) => {
    const { url } = await chat(t);
    const ann = await person(t, url, "ann");
    const page = await scripted(t, url);
    const answer = await page.evaluate(async () => {
      const { io } = await import("/official.js");
      const socket = (globalThis.socket = io("/chat", { auth: { nick: "official" } }));
      globalThis.heard = new Promise((resolve) => socket.on("line", resolve));
      await new Promise((resolve, reject) => socket.once("you", resolve).once("connect_error", reject));
      const room = await socket.emitWithAck("join", "general");
      return [room, await socket.emitWithAck("message", "from another client")];
    });
    assert.deepEqual(answer, ["general", 1]);
    await heard(ann, "from another client");
    await say(ann, "I can read you");
    assert.deepEqual(await within(page.evaluate(() => globalThis.heard), "line", PATIENCE), { from: "ann", text: "I can read you" });
    const taken = await page.evaluate(async () => {
      const { io } = await import("/official.js");
      const socket = io("/chat", { auth: { nick: "ann" }, forceNew: true });
      const error = await new Promise((resolve) => socket.once("connect_error", resolve));
      return [error.message, error.data.code];
    });
    assert.deepEqual(taken, ["that nickname is in use", "taken"]);
  });
});

/**
 * A page of the server's origin without scripts of its own, with the official client beside it. The page is a real
 * answer of the server: from one that was made up here Chromium opens no WebSocket to this machine.
 */
async function scripted(t, url) {
  const bundle = await readFile(new globalThis.URL("node_modules/socket.io-client/dist/socket.io.esm.min.js", import.meta.url));
  const context = await browser.newContext();
  t.after(() => context.close());
  const page = await context.newPage();
  await page.route(`${url}/official.js`, (route) => route.fulfill({ contentType: "text/javascript", body: bundle }));
  await page.goto(`${url}/socket.io/socketio.js`);
  return page;
}

describe("in a browser", { timeout: 120_000 }, () => {
  for (const [client, script] of Object.entries({ ours: "/socket.io/socketio.js", official: "/official.js" })) {
    for (const transports of [["polling"], ["websocket"], ["polling", "websocket"]]) {
      test(`${client} over ${transports.join(" and ")}`, async (t) => {
        const page = await scripted(t, URL);
        const result = await within(page.evaluate(exercise, { script, transports }), "the page's answer", 20_000);
        assert.deepEqual(result, {
          auth: { token: "t" },
          echoed: ["text", 1, [0, 255, 7], { deep: [9] }],
          acknowledged: "yes",
          answered: "the answer",
          custom: { who: "custom" },
          refused: "Invalid namespace",
          sidDiffers: true,
        });
      });
    }
  }
});

/** Runs on the page: everything a small page does with a client. */
async function exercise({ script, transports }) {
  const { io } = await import(script);
  const once = (socket, event) => new Promise((resolve) => socket.once(event, (...args) => resolve(args)));
  const plain = (value) =>
    value instanceof ArrayBuffer || ArrayBuffer.isView(value) ? [...new Uint8Array(value.buffer ?? value)]
    : Array.isArray(value) ? value.map(plain)
    : value && typeof value === "object" ? Object.fromEntries(Object.entries(value).map(([k, v]) => [k, plain(v)]))
    : value;
  const socket = io("/", { transports, auth: { token: "t" } });
  const [auth] = await once(socket, "auth");
  const first = socket.id;
  socket.emit("message", "text", 1, Uint8Array.of(0, 255, 7), { deep: Uint8Array.of(9).buffer });
  const echoed = plain(await once(socket, "message-back"));
  const acknowledged = await socket.timeout(3000).emitWithAck("message-with-ack", "yes");
  const answered = await new Promise((resolve) => {
    socket.on("emit-with-ack", (value, ack) => (typeof ack === "function" ? ack("the answer") : resolve(value)));
    socket.emit("emit-with-ack", "question");
  });
  const other = io("/custom", { transports, auth: { who: "custom" } });
  const [custom] = await once(other, "auth");
  const nowhere = io("/nowhere", { transports });
  const [error] = await once(nowhere, "connect_error");
  socket.disconnect();
  socket.connect();
  await once(socket, "auth");
  return {
    auth, echoed, acknowledged, answered, custom, refused: error.message, sidDiffers: first !== socket.id,
  };
}
