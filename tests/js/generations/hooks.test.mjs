// Hooks as clients of 4.8 and 2.5 see them, against the server of `tests/hooks/clients.rs`.
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
const error = async (socket, ...args) => {
  const [answer] = await call(socket, ...args);
  return [answer.error.code, answer.error.message, answer.error.data];
};

for (const version of ["4.8.4", "2.5.0"]) {
  const library = require(`client-${version}`);
  const io = library.io ?? library;
  const old = version < "3";

  for (const path of ["/", "/waits"]) {
    describe(`${version} ${path}`, () => {
      const open = async (t) => {
        const socket = io(URL + path, { forceNew: true, reconnection: false, transports: ["websocket"] });
        t.after(() => socket.disconnect());
        await next(socket, "connect");
        return socket;
      };

      test("the order is #[before], handler, #[after], for each event in turn", async (t) => {
        const socket = await open(t);
        assert.deepEqual(await Promise.all([call(socket, "add", 1, 2), call(socket, "add", 3, 4)]), [[3], [7]]);
        const [steps] = await call(socket, "steps");
        // Handlers of `&self` may overlap where a hook waits, so each event is looked at alone.
        assert.deepEqual([...steps].sort(), ["add", "add", "after add ok", "after add ok", "before add", "before add"]);
        assert.deepEqual(await call(socket, "add", 5, 6), [11]);
        assert.deepEqual((await call(socket, "steps"))[0], ["before add", "add", "after add ok"]);
      });

      test("the client reads the error of #[on_error]", async (t) => {
        const socket = await open(t);
        assert.deepEqual(await error(socket, "add", 1, -2), ["my_negative", "add: less than one", null]);
        assert.deepEqual(await error(socket, "denied"), ["my_forbidden", "denied: `denied` is forbidden", null]);
        assert.deepEqual(await error(socket, "huh"), ["my_not_found", "huh: no handler for `huh`", null]);
        assert.equal((await error(socket, "add", "x"))[0], "my_bad_request");
        assert.deepEqual(await error(socket, "later"), ["my_late", "later: too late", null]);
        assert.deepEqual((await call(socket, "steps"))[0], [
          ...["before add", "add", "after add negative"],
          ...["before denied", "after denied forbidden"],
          ...["before huh", "after huh not_found"],
          ...["before add", "after add bad_request"],
          ...["before later", "after later ok"],
        ]);
      });

      test("#[before] refuses an event", async (t) => {
        const socket = await open(t);
        assert.deepEqual(await error(socket, "closed"), ["my_closed", "closed: not now", 7]);
        assert.deepEqual((await call(socket, "steps"))[0], ["before closed", "after closed closed"]);
        // Without an acknowledgement.
        const told = next(socket, "error");
        socket.emit("closed");
        assert.deepEqual(await told, [{ code: "my_closed", message: "closed: not now", event: "closed" }]);
      });

      test("#[after] can tell the client its own event and arguments", async (t) => {
        const socket = await open(t);
        const failed = next(socket, "failed");
        const answer = error(socket, "echoed", { é: [1] }, "x");
        assert.deepEqual(await failed, ["echoed", '["echoed",{"é":[1]},"x"]', "not_found"]);
        assert.equal((await answer)[0], "my_not_found");
      });

      test("a panic is answered with the mapped error, and ends the stay", async (t) => {
        const socket = await open(t);
        const left = next(socket, "disconnect");
        const [code, message] = await error(socket, "panics");
        // The message is the hook's own now: it has made the internal text public, under a code of its own.
        assert.equal(code, "my_internal");
        assert.match(message, /^panics: the handler panicked: the secret of the handler$/);
        assert.deepEqual((await left)[0], "io server disconnect");
      });
    });
  }

  test(`${version} what on_connect refuses is mapped`, async (t) => {
    const socket = io(`${URL}/refusing`, { forceNew: true, reconnection: false, transports: ["websocket"] });
    t.after(() => socket.disconnect());
    const [refusal] = await next(socket, old ? "error" : "connect_error");
    const data = { code: "refused", event: "connect", was: "full", path: "/refusing" };
    if (old) assert.deepEqual(refusal, data);
    else assert.deepEqual([refusal.message, refusal.data], ["come back later", data]);
  });
}
