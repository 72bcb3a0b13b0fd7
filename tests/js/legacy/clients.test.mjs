// The clients of 0.7, 0.8 and 0.9 in Node, over each transport that they have there, against the server of
// `tests/legacy/app.rs`. Its heartbeat interval is 300 ms, its polling duration 500 ms, its close timeout 3 s.
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
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const next = (socket, event) => within(new Promise((resolve) => socket.once(event, (...args) => resolve(args))), event);
const call = (socket, ...args) =>
  within(new Promise((resolve) => socket.emit(...args, (...answer) => resolve(answer))), `answer to ${args[0]}`);
const record = (socket, event) => {
  const seen = [];
  socket.on(event, (...args) => seen.push(args));
  return seen;
};

// The WebSocket of 0.7 and 0.8 calls every end of a connection an error, also the one it has asked for; an error that
// nobody listens for is thrown.
const tolerate = (emitter) => {
  emitter.on("error", () => {});
  return emitter;
};

const TEXTS = [
  "", " ", "é€", "😀 𝄞", "\ufffd6\ufffd", "a\u2028b\u2029c", "line\nbreak\r\n", '"\\\\"', "\\/ </script>", ":::", "\u0000\u0001", "0::", "+%20&d=",
];

// Their timers go on after they have left, and would keep this process for a minute.
after(() => setTimeout(() => process.exit(), 200).unref());

for (const [version, load] of Object.entries(CLIENTS)) {
  for (const transport of ["websocket", "xhr-polling"]) {
    describe(`${version} ${transport}`, () => {
      const open = (t, query = "", options = {}) => {
        const io = load();
        const socket = io.connect(URL + query, { transports: [transport], "force new connection": true, reconnect: false, ...options });
        tolerate(socket.socket);
        tolerate(socket);
        t.after(() => socket.socket.disconnect());
        return socket;
      };
      const connected = async (t) => {
        const socket = open(t);
        await next(socket, "connect");
        assert.equal(socket.socket.transport.name, transport);
        return socket;
      };
      const enter = async (socket, path) => {
        const space = tolerate(socket.socket.of(path));
        await next(space, "connect");
        return space;
      };

      test("echo, ask", async (t) => {
        const socket = await connected(t);
        assert.deepEqual(await call(socket, "echo", 1, "é", { a: [true, null] }), [1, "é", { a: [true, null] }]);
        assert.deepEqual(await call(socket, "echo"), []);
        socket.on("question", (question, answer) => answer(`because ${question}`));
        assert.deepEqual(await call(socket, "ask", "why"), ["because why"]);
        const [protocol, name] = await call(socket, "me");
        assert.equal(protocol, 1);
        assert.equal(name, transport === "websocket" ? "websocket" : "polling");
      });

      // As an answer, and as an event where none is expected.
      test("error", async (t) => {
        const socket = await connected(t);
        assert.deepEqual(await call(socket, "fail"), [{ error: { code: "nope", message: "not today" } }]);
        const error = next(socket, "error");
        socket.emit("fail");
        assert.deepEqual(await error, [{ code: "nope", message: "not today", event: "fail" }]);
      });

      test("acl", async (t) => {
        const socket = await connected(t);
        assert.deepEqual(await call(socket, "secret"), [{ error: { code: "forbidden", message: "`secret` is forbidden" } }]);
        await call(socket, "promote");
        assert.deepEqual(await call(socket, "secret"), ["granted"]);
      });

      // Every text arrives as it was, in both directions.
      test("unicode", async (t) => {
        const socket = await connected(t);
        for (const text of TEXTS) {
          assert.deepEqual(await call(socket, "echo", text, { [text]: text }), [text, { [text]: text }]);
          const back = next(socket, "repeated");
          socket.emit("repeat", text);
          assert.deepEqual(await back, [text]);
        }
      });

      // What has no name.
      test("message", async (t) => {
        const socket = await connected(t);
        for (const text of ["plain: text", "é😀", "a:b::c"]) {
          const back = next(socket, "message");
          socket.send(text);
          assert.deepEqual(await back, [text]);
        }
        const [json, back] = [next(socket, "was json"), next(socket, "json")];
        socket.json.send({ a: ["é"] });
        assert.deepEqual(await json, [{ a: ["é"] }]);
        assert.deepEqual(await back, [{ a: ["é"] }]);
        // Acknowledged by the library, before any handler has run.
        await within(new Promise((resolve) => socket.send("with a receipt", resolve)), "receipt");
      });

      test("burst", async (t) => {
        const socket = await connected(t);
        const ticks = record(socket, "tick");
        const numbers = Array.from({ length: 25 }, (_, i) => i);
        for (const number of numbers) socket.emit("number", number);
        assert.deepEqual(await call(socket, "numbers"), [numbers]);
        socket.emit("burst", 25);
        await call(socket, "echo");
        assert.deepEqual(ticks.map(([number]) => number), numbers);
      });

      test("binary", async (t) => {
        const socket = await connected(t);
        assert.deepEqual(await call(socket, "bytes"), ["AQID"]);
      });

      test("rooms, leave", async (t) => {
        const [a, b, c] = [await connected(t), await connected(t), await connected(t)];
        const [inA, inB, inC] = [await enter(a, "/chat"), await enter(b, "/chat"), await enter(c, "/chat")];
        const heard = [inA, inB, inC].map((space) => record(space, "said"));
        const room = `${version} ${transport} é`;
        await call(inA, "join", room);
        await call(inB, "join", room);
        await call(inA, "say", room, "hello é");
        await Promise.all([call(a, "echo"), call(b, "echo"), call(c, "echo")]);
        assert.deepEqual(heard, [[["hello é"]], [["hello é"]], []]);

        // Leaving one namespace leaves the others.
        inA.packet({ type: "disconnect" });
        await call(a, "echo");
        await call(inB, "say", room, "again");
        await Promise.all([call(a, "echo"), call(b, "echo")]);
        assert.equal(heard[0].length, 1);
        assert.equal(heard[1].length, 2);
      });

      // Of a namespace that lets nobody in, and of one that is not there.
      test("refusal", async (t) => {
        const socket = await connected(t);
        for (const path of ["/secret", "/nope"]) {
          const failed = next(tolerate(socket.socket.of(path)), "connect_failed");
          assert.deepEqual(await failed, ["unauthorized"]);
        }
        assert.deepEqual(await call(socket, "echo", 1), [1]);
      });

      // Events for it are sent at once, before the client knows; it stays connected all the same.
      test("refusal, and events behind it", async (t) => {
        const socket = await connected(t);
        const lost = record(socket, "disconnect");
        for (const path of ["/secret", "/nope"]) {
          const space = tolerate(socket.socket.of(`${path}`));
          space.emit("echo", 1);
          assert.deepEqual(await next(space, "connect_failed"), ["unauthorized"]);
          space.emit("echo", 2);
        }
        assert.deepEqual(await call(socket, "echo", 1), [1]);
        assert.deepEqual(lost, []);
      });

      // An event for a namespace that the client is not in: it reconnects and enters all of its namespaces again.
      test("stray event", async (t) => {
        const socket = open(t, "", { reconnect: true, "reconnection delay": 50 });
        await next(socket, "connect");
        const space = await enter(socket, "/chat");
        space.packet({ type: "disconnect" });
        await call(socket, "echo");
        const [again, inside] = [next(socket, "reconnect"), next(space, "connect")];
        inside.catch(() => {});
        space.emit("join", "r");
        await again;
        // They send nothing more if a POST has not been answered when they disconnect: their own fault.
        if (transport === "xhr-polling") return;
        await inside;
        assert.deepEqual(await call(space, "join", "r"), []);
      });

      test("heartbeat", async (t) => {
        const socket = await connected(t);
        const lost = record(socket, "disconnect");
        await sleep(2200);
        assert.deepEqual(await call(socket, "echo", "alive"), ["alive"]);
        assert.deepEqual(lost, []);
      });

      test("kick", async (t) => {
        const socket = await connected(t);
        const gone = next(socket, "disconnect");
        socket.emit("kick");
        assert.deepEqual(await gone, ["booted"]);
        assert.equal(socket.socket.connected, false);
      });

      test("disconnect", async (t) => {
        const [socket, witness] = [await connected(t), await connected(t)];
        const [before] = await call(witness, "left");
        socket.socket.disconnect();
        for (let tries = 0; tries < 40; tries += 1) {
          const [after] = await call(witness, "left");
          if (after.length > before.length) {
            assert.equal(after[before.length], "client namespace disconnect");
            return;
          }
          await sleep(50);
        }
        assert.fail("the server has not noticed");
      });
    });
  }
}
