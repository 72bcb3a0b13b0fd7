// The official client against a server with an application in it: refusals, rooms, targets, errors
// of handlers, questions of the server. The server is namespace /rich of `tests/support/rich.rs`.
import assert from "node:assert/strict";
import { test, describe } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { TRANSPORTS, connected, next, record, refused, sleep } from "./support.mjs";

let names = 0;
const nick = (stem) => `${stem}-${process.pid}-${names++}`;
const enter = (t, name, options, auth = {}) => connected(t, "/rich", { ...options, auth: { nick: name, ...auth } });
const call = (socket, ...args) => socket.timeout(3000).emitWithAck(...args);

/** Sends each socket a question and its answer: whatever was emitted to it before has arrived by then. */
const settled = (...sockets) => Promise.all(sockets.map((socket) => call(socket, "me")));

for (const [name, options] of Object.entries(TRANSPORTS)) {
  describe(name, () => {
    test("a taken nickname is refused with message and data, and free again afterwards", async (t) => {
      const mine = nick("ann");
      const first = await enter(t, mine, options);
      const error = await refused(t, "/rich", { ...options, auth: { nick: mine } });
      assert.equal(error.message, "that nickname is in use");
      assert.deepEqual(error.data, { code: "taken" });
      assert.equal(typeof (await call(first, "me")), "string");

      const watcher = await enter(t, nick("watch"), options);
      const left = next(watcher, "left");
      first.disconnect();
      assert.deepEqual(await left, [mine]);
      await enter(t, mine, options);
    });

    test("an auth payload of the wrong shape is refused, not ignored", async (t) => {
      const error = await refused(t, "/rich", { ...options, auth: { nick: 7 } });
      assert.equal(error.data.code, "bad_request");
      const none = await refused(t, "/rich", options);
      assert.equal(none.data.code, "bad_request");
    });

    test("an object that is given to a refusal is merged into its data", async (t) => {
      const error = await refused(t, "/rich", { ...options, auth: { nick: nick("late"), secret: "expired" } });
      assert.equal(error.message, "that secret is over");
      assert.deepEqual(error.data, { code: "expired", until: 1999 });
    });

    // The client's own limit; a server that sends more loses the client.
    test("ten attachments arrive, and eleven are not sent", async (t) => {
      const socket = await enter(t, nick("a"), options);
      const parcels = record(socket, "parcels");
      const lost = record(socket, "disconnect");
      await call(socket, "parcels", 11);
      await call(socket, "parcels", 10);
      assert.deepEqual([parcels.length, parcels[0][0].length, lost], [1, 10, []]);
    });

    test("rooms: to leaves me out, within does not, leaving ends it", async (t) => {
      const room = nick("room");
      const [a, b, c] = await Promise.all(["a", "b", "c"].map((stem) => enter(t, nick(stem), options)));
      const [atA, atB, atC] = [a, b, c].map((socket) => record(socket, "said"));
      await call(a, "join", room);
      await call(b, "join", room);

      await call(a, "say", room, "to");
      await call(a, "shout", room, "within");
      await settled(a, b, c);
      assert.deepEqual(atA.map(([, text]) => text), ["within"]);
      assert.deepEqual(atB.map(([, text]) => text), ["to", "within"]);
      assert.deepEqual(atC, []);

      await call(b, "leave", room);
      await call(c, "say", room, "from outside");
      await settled(a, b, c);
      assert.deepEqual(atA.map(([, text]) => text), ["within", "from outside"]);
      assert.deepEqual(atB.length, 2);
    });

    test("a socket in several rooms gets one copy, one in an excepted room none", async (t) => {
      const [one, two] = [nick("room"), nick("room")];
      const [a, b] = await Promise.all(["a", "b"].map((stem) => enter(t, nick(stem), options)));
      const [atA, atB] = [record(a, "said"), record(b, "said")];
      for (const room of [one, two]) await call(a, "join", room);
      await call(b, "join", two);
      await call(b, "spread", [one, two, "nobody-is-here"], "once");
      await settled(a, b);
      assert.equal(atA.length, 1);
      assert.equal(atB.length, 1);
      await call(b, "except", one, "not you");
      await settled(a, b);
      assert.equal(atA.length, 1);
      assert.deepEqual(atB.map(([, text]) => text), ["once", "not you"]);
    });

    test("`message` and `json` are events with one argument each", async (t) => {
      const [a, b] = await Promise.all(["a", "b"].map((stem) => enter(t, nick(stem), options)));
      const [messages, jsons, others] = [record(a, "message"), record(a, "json"), record(b, "json")];
      for (const value of ["text", { deep: [1, Buffer.from("b")] }, null]) {
        const from = others.length;
        await call(a, "send-back", value);
        await settled(a, b);
        assert.deepEqual([messages.at(-1), jsons.at(-1)], [[value], [[value, 1]]]);
        // Another test of this server may send meanwhile.
        assert.ok(others.slice(from).some((args) => isDeepStrictEqual(args, [value])));
      }
      // What the client's own `send` emits is the event `message`: the namespace has no handler for it.
      const error = next(a, "error");
      a.send("hello");
      assert.equal((await error)[0].event, "message");
    });

    test("a query in the name of a namespace is refused, and one in the address is the connection's", async (t) => {
      const socket = await connected(t, "/ticker?a=b", options);
      assert.deepEqual([socket.nsp, socket.io.opts.query], ["/ticker", "a=b"]);
      const named = socket.io.socket("/ticker?a=b");
      assert.equal((await next(named, "connect_error"))[0].message, "Invalid namespace");
    });

    test("every socket is in the room of its own id, and nobody else is", async (t) => {
      const [a, b] = await Promise.all(["a", "b"].map((stem) => enter(t, nick(stem), options)));
      const [atA, atB] = [record(a, "said"), record(b, "said")];
      assert.equal(await call(a, "me"), a.id);
      await call(b, "say", a.id, "psst");
      // The engine's session id is a secret, not a room.
      await call(b, "say", a.io.engine.id, "not a room");
      await settled(a, b);
      assert.deepEqual(atA.map(([, text]) => text), ["psst"]);
      assert.deepEqual(atB, []);
    });

    test("the server asks, the client answers, or does not in time", async (t) => {
      const socket = await enter(t, nick("a"), options);
      socket.once("question", (question, ack) => ack(`${question}!`));
      assert.equal(await call(socket, "ask", "really"), "really!");
      socket.once("question", () => {});
      assert.equal((await call(socket, "ask", "anybody?")).error.code, "timeout");
    });

    test("a question to a room gathers every answer", async (t) => {
      const room = nick("room");
      const [a, b, c] = await Promise.all(["a", "b", "c"].map((stem) => enter(t, nick(stem), options)));
      for (const [n, socket] of [a, b].entries()) {
        await call(socket, "join", room);
        socket.on("question", (question, ack) => ack(`${question}${n}`));
      }
      assert.deepEqual((await call(c, "poll", room, "q")).sort(), ["q0", "q1"]);
    });

    test("errors of handlers arrive in the acknowledgement", async (t) => {
      const socket = await enter(t, nick("a"), options);
      assert.deepEqual(await call(socket, "fail"), { error: { code: "nope", message: "not today" } });
      assert.equal(await call(socket, "add", 1, 2), 3);
      const wrong = await call(socket, "add", 1, null);
      assert.equal(wrong.error.code, "bad_request");
      assert.match(wrong.error.message, /argument 1 `b`/);
      assert.equal(await call(socket, "measure", { blob: Buffer.alloc(1234) }), 1234);
    });

    test("an open namespace has no handlers and is broadcast to", async (t) => {
      const [source, a, b] = await Promise.all([
        enter(t, nick("source"), options),
        connected(t, "/ticker", options),
        connected(t, "/ticker", options),
      ]);
      const ticks = [next(a, "tick"), next(b, "tick")];
      source.emit("tick", 7);
      assert.deepEqual(await Promise.all(ticks), [[7], [7]]);
      assert.equal((await call(a, "tick", 8)).error.code, "not_found");
      assert.equal(a.connected, true);
    });

    test("what is not granted is forbidden, and what is granted happens", async (t) => {
      const victim = nick("victim");
      const [mod, user, target] = await Promise.all([
        enter(t, nick("mod"), options, { secret: "xyzzy" }),
        enter(t, nick("user"), options),
        enter(t, victim, options),
      ]);
      assert.equal((await call(user, "kick", victim)).error.code, "forbidden");
      assert.equal(target.connected, true);
      const gone = next(target, "disconnect");
      await call(mod, "kick", victim);
      assert.equal((await gone)[0], "io server disconnect");
    });

    test("the server may end one namespace or the whole connection", async (t) => {
      const socket = await enter(t, nick("a"), options);
      const main = socket.io.socket("/");
      t.after(() => main.disconnect());
      await next(main, "connect");
      const gone = next(socket, "disconnect");
      socket.emit("leave-me");
      assert.equal((await gone)[0], "io server disconnect");
      assert.equal(main.connected, true);

      const ended = next(main, "disconnect");
      const gone2 = next(socket.connect(), "disconnect");
      socket.emit("close-me");
      assert.equal((await ended)[0], "io server disconnect");
      assert.equal((await gone2)[0], "io server disconnect");
    });

    test("a client whose connection the server has closed does not come back", async (t) => {
      const socket = await enter(t, nick("a"), { ...options, reconnection: true, reconnectionDelay: 1 });
      const attempts = record(socket.io, "reconnect_attempt");
      const closed = next(socket.io, "close");
      const gone = next(socket, "disconnect");
      socket.emit("close-me");
      assert.equal((await gone)[0], "io server disconnect");
      await closed;
      assert.equal(socket.active, false);
      await sleep(100);
      assert.equal(attempts.length, 0);
      // It may, when its program says so.
      socket.connect();
      await next(socket, "connect");
    });
  });
}
