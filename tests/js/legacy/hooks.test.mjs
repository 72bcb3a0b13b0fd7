// Hooks as a client of 0.9 sees them, against the server of `tests/hooks/clients.rs`.
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

// Their timers go on after they have left.
after(() => setTimeout(() => process.exit(), 200).unref());

const load = Object.entries(CLIENTS).find(([version]) => version.startsWith("0.9"))[1];
for (const transport of ["websocket", "xhr-polling"]) {
  describe(`0.9 ${transport}`, () => {
    const connected = async (t) => {
      const socket = load().connect(URL, { transports: [transport], "force new connection": true, reconnect: false });
      socket.socket.on("error", () => {});
      t.after(() => socket.socket.disconnect());
      await next(socket, "connect");
      return socket;
    };

    test("hooks run in their order, and the client reads the mapped error", async (t) => {
      const socket = await connected(t);
      assert.deepEqual(await call(socket, "add", 1, 2), [3]);
      const mapped = { code: "my_closed", message: "closed: not now", data: 7 };
      assert.deepEqual(await call(socket, "closed"), [{ error: mapped }]);
      const steps = ["before add", "add", "after add ok", "before closed", "after closed closed"];
      assert.deepEqual(await call(socket, "steps"), [steps]);
    });

    test("without an acknowledgement the mapped error is the event error", async (t) => {
      const socket = await connected(t);
      const told = next(socket, "error");
      socket.emit("closed");
      assert.deepEqual(await told, [{ code: "my_closed", message: "closed: not now", event: "closed" }]);
    });
  });
}
