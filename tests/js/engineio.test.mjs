// The official Engine.IO client against the bare engine of the conformance server: what goes in
// comes back as it went, text as text and binary as binary. Nothing of Socket.IO is in here.
import assert from "node:assert/strict";
import { test, describe } from "node:test";
import { Socket } from "engine.io-client";
import { TRANSPORTS, URL, next, sleep, within } from "./support.mjs";

const bytes = (...values) => Buffer.from(values);

async function opened(t, options) {
  const socket = new Socket(URL, { path: "/engine.io/", ...options });
  t.after(() => socket.close());
  socket.binaryType = "arraybuffer";
  socket.received = [];
  // This client hands an empty text over as `undefined`.
  socket.on("message", (data) => socket.received.push(data ?? ""));
  await within(
    new Promise((resolve, reject) => {
      socket.once("open", resolve);
      socket.once("error", reject);
    }),
    "open",
  );
  return socket;
}

/** Waits until `count` messages have come back, and a little longer for those that should not. */
async function drained(socket, count) {
  while (socket.received.length < count) await next(socket, "message");
  await sleep(30);
  return socket.received;
}

for (const [name, options] of Object.entries(TRANSPORTS)) {
  describe(name, () => {
    test("echoes text, empty and not, and says nothing unasked", async (t) => {
      const socket = await opened(t, options);
      await sleep(50);
      assert.deepEqual(socket.received, []);
      const texts = ["hello", "", "b\u20ac\u{1F980}", "4", "with \u001f and \n"];
      for (const text of texts) socket.send(text);
      assert.deepEqual(await drained(socket, texts.length), texts);
    });

    test("echoes binary as binary, in order with text", async (t) => {
      const socket = await opened(t, options);
      socket.send(bytes(1, 2, 3, 4));
      socket.send("between");
      socket.send(bytes());
      socket.send(bytes(0, 255));
      const [a, text, b, c] = await drained(socket, 4);
      assert.deepEqual(Buffer.from(a), bytes(1, 2, 3, 4));
      assert.equal(text, "between");
      assert.deepEqual(Buffer.from(b), bytes());
      assert.deepEqual(Buffer.from(c), bytes(0, 255));
    });

    test("500 messages come back once and in order", async (t) => {
      const socket = await opened(t, options);
      const sent = Array.from({ length: 500 }, (_, i) => `message ${i}`);
      for (const text of sent) socket.send(text);
      assert.deepEqual(await drained(socket, sent.length), sent);
    });

    test("closes when the client says so, and can be opened again", async (t) => {
      const socket = await opened(t, options);
      const closed = next(socket, "close");
      socket.close();
      assert.equal((await closed)[0], "forced close");
      const again = await opened(t, options);
      assert.notEqual(again.id, socket.id);
    });
  });
}

test("the upgrade happens and carries on with the same session", async (t) => {
  const socket = await opened(t, TRANSPORTS.upgrade);
  const { id } = socket;
  assert.equal(socket.transport.name, "polling");
  for (let i = 0; i < 20; i++) socket.send(`before ${i}`);
  await next(socket, "upgrade");
  for (let i = 0; i < 20; i++) socket.send(`after ${i}`);
  await drained(socket, 40);
  assert.deepEqual(socket.received, [
    ...Array.from({ length: 20 }, (_, i) => `before ${i}`),
    ...Array.from({ length: 20 }, (_, i) => `after ${i}`),
  ]);
  assert.equal(socket.id, id);
  assert.equal(socket.transport.name, "websocket");
});
