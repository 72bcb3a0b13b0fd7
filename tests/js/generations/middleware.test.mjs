// Middlewares as clients of 4.8 and 2.5 see them, against the server of `tests/middleware/clients.rs`.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { describe, test } from "node:test";

const URL = process.env.SOCKETIO_URL;
if (!URL) throw new Error("SOCKETIO_URL must hold the base URL of a running server");
const require = createRequire(import.meta.url);

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

for (const version of ["4.8.4", "2.5.0"]) {
  const library = require(`client-${version}`);
  const io = library.io ?? library;
  const old = version < "3";
  // Older clients have no event of their own for a refusal, and get its data instead of an error.
  const refusal = old ? "error" : "connect_error";

  for (const transport of ["polling", "websocket"]) {
    describe(`${version} ${transport}`, () => {
      const open = (t, path, as) => {
        const who = old ? { query: { as } } : { auth: { as } };
        const socket = io(URL + path, { forceNew: true, reconnection: false, transports: [transport], ...who });
        t.after(() => socket.disconnect());
        return socket;
      };

      test("connect refuses, with code and data", async (t) => {
        const socket = open(t, "/", "expired");
        const [error] = await next(socket, refusal);
        if (old) assert.deepEqual(error, { code: "expired", since: 7 });
        else {
          assert.equal(error.message, "log in again");
          assert.deepEqual(error.data, { code: "expired", since: 7 });
        }
        assert.equal(socket.connected, false);
      });

      test("connect may take its time, and nothing is lost or out of order", async (t) => {
        const socket = open(t, "/", "slow");
        const early = [1, 2, 3].map((n) => call(socket, "echo", n));
        await next(socket, "connect");
        assert.deepEqual(await Promise.all(early), [[1], [2], [3]]);
      });

      test("incoming refuses an event", async (t) => {
        const socket = open(t, "/", "");
        await next(socket, "connect");
        assert.deepEqual(await call(socket, "refused", 1), [{ error: { code: "strict", message: "not here", data: 7 } }]);
        const told = next(socket, "error");
        socket.emit("refused");
        assert.deepEqual(await told, [{ code: "strict", message: "not here", event: "refused" }]);
        assert.deepEqual(await call(socket, "echo", Buffer.from([1, 2])), [Buffer.from([1, 2])]);
      });

      test("rate_limited says when to come back", async (t) => {
        const socket = open(t, "/limited", "");
        await next(socket, "connect");
        for (const n of [1, 2, 3]) assert.deepEqual(await call(socket, "echo", n), [n]);
        const [{ error }] = await call(socket, "echo", 4);
        assert.deepEqual([error.code, error.message], ["rate_limited", "too many events"]);
        const day = 24 * 3600 * 1000;
        assert.ok(Number.isInteger(error.data.retry_after) && error.data.retry_after <= day / 3, error.data.retry_after);
        assert.ok(error.data.retry_after > day / 4, error.data.retry_after);
        assert.equal(socket.connected, true);
      });
    });
  }
}
