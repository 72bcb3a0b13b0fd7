// Middlewares as a client of 0.9 sees them, against the server of `tests/middleware/clients.rs`.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
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
const next = (socket, event) => within(new Promise((resolve) => socket.once(event, (...args) => resolve(args))), event);
const call = (socket, ...args) =>
  within(new Promise((resolve) => socket.emit(...args, (...answer) => resolve(answer))), `answer to ${args[0]}`);
const tolerate = (emitter) => {
  emitter.on("error", () => {});
  return emitter;
};

// Their timers go on after they have left.
after(() => setTimeout(() => process.exit(), 200).unref());

const load = Object.entries(CLIENTS).find(([version]) => version.startsWith("0.9"))[1];
for (const transport of ["websocket", "xhr-polling"]) {
  describe(`0.9 ${transport}`, () => {
    const connected = async (t) => {
      const io = load();
      const socket = io.connect(URL, { transports: [transport], "force new connection": true, reconnect: false });
      tolerate(socket.socket);
      tolerate(socket);
      t.after(() => socket.socket.disconnect());
      await next(socket, "connect");
      return socket;
    };

    test("connect refuses a namespace by its query", async (t) => {
      const socket = await connected(t);
      // The answer names the namespace without the query; their protocol has no room for more than this word.
      tolerate(socket.socket.of("/other?as=expired"));
      assert.deepEqual(await next(tolerate(socket.socket.of("/other")), "connect_failed"), ["unauthorized"]);
    });

    test("incoming refuses an event", async (t) => {
      const socket = await connected(t);
      assert.deepEqual(await call(socket, "refused"), [{ error: { code: "strict", message: "not here", data: 7 } }]);
      assert.deepEqual(await call(socket, "echo", "é"), ["é"]);
    });

    test("rate_limited says when to come back", async (t) => {
      const socket = await connected(t);
      const space = tolerate(socket.socket.of("/limited"));
      await next(space, "connect");
      for (const n of [1, 2, 3]) assert.deepEqual(await call(space, "echo", n), [n]);
      const [{ error }] = await call(space, "echo", 4);
      assert.equal(error.code, "rate_limited");
      assert.ok(error.data.retry_after > 0);
    });
  });
}
