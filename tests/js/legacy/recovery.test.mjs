// The client 0.9 in a room of a server with recovery: events have no offset. The server is that of tests/recovery/clients.rs.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { CLIENTS } from "./shims.mjs";

const URL = process.env.SOCKETIO_URL;
if (!URL) throw new Error("SOCKETIO_URL must hold the base URL of a running server");

const within = (promise, what, ms = 8000) => {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no ${what} within ${ms} ms`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
};

// Its timers go on after it has left, and would keep this process for a minute.
after(() => setTimeout(() => process.exit(), 200).unref());

for (const transport of ["websocket", "xhr-polling"]) {
  test(`0.9.17 ${transport}`, async (t) => {
    const socket = CLIENTS["0.9.17"]().connect(URL, { transports: [transport], "force new connection": true, reconnect: false });
    socket.socket.on("error", () => {});
    socket.on("error", () => {});
    t.after(() => socket.socket.disconnect());
    await within(new Promise((resolve) => socket.once("connect", resolve)), "connect");
    await within(new Promise((resolve) => socket.emit("join", "mixed", resolve)), "answer");
    const said = within(new Promise((resolve) => socket.once("said", (...args) => resolve(args))), "said");
    socket.emit("say", "mixed", "said", "é", 1, "text");
    assert.deepEqual(await said, ["é", 1, "text"]);
    const [recovered, rooms] = await within(new Promise((resolve) => socket.emit("whoami", (...answer) => resolve(answer))), "answer");
    assert.deepEqual([recovered, rooms], [false, ["mixed"]]);
  });
}
