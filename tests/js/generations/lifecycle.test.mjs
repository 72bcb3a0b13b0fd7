// The clients 2.5 and 4.8 when the server ends their stay: acknowledgements before it, the event that says why, the whole connection,
// authentication that expires, tasks. The server is that of tests/lifecycle/clients.rs.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { after, describe, test } from "node:test";
import { call, within } from "./checks.mjs";

const URL = process.env.SOCKETIO_URL;
if (!URL) throw new Error("SOCKETIO_URL must hold the base URL of a running server");

const require = createRequire(import.meta.url);
const next = (emitter, event) =>
  within(new Promise((resolve) => emitter.once(event, (...args) => resolve(args))), `event ${event}`);

// Connections that are not closed would keep this process.
after(() => setTimeout(() => process.exit(), 200).unref());

for (const version of ["2.5.0", "4.8.4"]) {
  for (const transport of ["polling", "websocket"]) {
    describe(`${version} ${transport}`, () => {
      const library = require(`client-${version}`);
      const io = library.io ?? library;
      const old = version < "3";
      const open = (t, how = "", options = {}, path = "/life") => {
        const auth = old ? { query: { how } } : { auth: { how } };
        const url = old ? `${URL}${path}?how=${how}` : `${URL}${path}`;
        const socket = io(url, { forceNew: true, reconnection: false, transports: [transport], ...auth, ...options });
        t.after(() => {
          socket.io.reconnection(false);
          socket.disconnect();
          socket.io.engine?.close();
        });
        return socket;
      };
      const connected = async (t, options) => {
        const socket = open(t, "", options);
        await next(socket, "connect");
        return socket;
      };
      /** A client that is in `/` too, which those up to 2.5 enter first. */
      const both = async (t, options) => {
        const root = open(t, "", options, "/");
        await next(root, "connect");
        const socket = root.io.socket("/life");
        if (!socket.connected) await next(socket, "connect");
        return { root, socket };
      };
      /** What comes after `event` was sent, up to the end of the stay. */
      const story = async (socket, event, ...args) => {
        const seen = [];
        for (const name of ["banned", "auth_expiring", "auth_expired"]) socket.on(name, (...data) => seen.push([name, ...data]));
        const gone = next(socket, "disconnect");
        socket.emit(event, ...args, (...answer) => seen.push(answer));
        seen.push(...(await gone).slice(0, 1));
        assert.equal(socket.connected, false);
        return seen;
      };

      test("a handler that disconnects is acknowledged first", async (t) => {
        const socket = await connected(t);
        assert.equal(await call(socket, "state"), "Connected");
        assert.deepEqual(await story(socket, "bye"), [[1], "io server disconnect"]);
      });

      test("an event says why the client is sent away", async (t) => {
        const socket = await connected(t);
        assert.deepEqual(await story(socket, "ban"), [["banned", { until: 7 }], [2], "io server disconnect"]);
      });

      test("before the CONNECT reply it is a refusal", async (t) => {
        const socket = open(t, "banned");
        const [error] = await next(socket, old ? "error" : "connect_error");
        // Up to 2.5 a refusal is its message.
        if (old) assert.equal(error, "disconnected by the server");
        else assert.deepEqual([error.message, error.data], ["disconnected by the server", { code: "banned" }]);
      });

      test("close disconnects every namespace and the client does not come back", async (t) => {
        const { root, socket } = await both(t, { reconnection: true, reconnectionDelay: 1 });
        const attempts = [];
        (old ? socket : socket.io).on("reconnect_attempt", (n) => attempts.push(n));
        const ended = next(root, "disconnect");
        assert.deepEqual(await story(socket, "close"), [[3], "io server disconnect"]);
        assert.equal((await ended)[0], "io server disconnect");
        await new Promise((resolve) => setTimeout(resolve, 100));
        assert.deepEqual(attempts, []);
      });

      test("a token that expires is announced, then the client is disconnected", async (t) => {
        const socket = await connected(t);
        const seen = await story(socket, "expire", 30);
        const [expiring, ...rest] = seen.filter((entry) => Array.isArray(entry) ? entry.length > 0 : true);
        assert.equal(expiring[0], "auth_expiring");
        assert.ok(Number.isInteger(expiring[1]) && expiring[1] >= 0 && expiring[1] <= 30, `${expiring[1]} ms`);
        assert.deepEqual(rest, [["auth_expired"], "io server disconnect"]);
      });

      test("a task sends in order, and is joined", async (t) => {
        const socket = await connected(t);
        const seen = [];
        socket.on("count", (n) => seen.push(n));
        assert.equal(await call(socket, "count"), true);
        assert.deepEqual(seen, [0, 1, 2]);
      });

      test("a task of the connection outlives its namespace", async (t) => {
        const { root, socket } = await both(t);
        const kept = next(root, "kept");
        await call(socket, "keep");
        socket.disconnect();
        await kept;
      });
    });
  }
}
