// The official client against the conformance server: everything its contract promises, over
// polling, over WebSocket and across the upgrade. Rooms, refusals and errors of handlers need more
// server than that and are tested in rooms.test.mjs; the wire itself in wire.rs.
import assert from "node:assert/strict";
import { test, describe } from "node:test";
import { TRANSPORTS, connected, next, open, record, refused, sleep, upgraded, within } from "./support.mjs";

const bytes = (...values) => Buffer.from(values);
const arrived = (value) => (Buffer.isBuffer(value) ? value : Buffer.from(value));

for (const [name, options] of Object.entries(TRANSPORTS)) {
  describe(name, () => {
    test("connects and gets an empty auth payload back", async (t) => {
      const socket = open(t, "/", options);
      const [auth] = await next(socket, "auth");
      assert.deepEqual(auth, {});
      assert.equal(socket.connected, true);
      if (name === "upgrade") await upgraded(socket);
      else assert.equal(socket.io.engine.transport.name, name);
    });

    test("the auth payload arrives whole", async (t) => {
      const auth = { token: "abc", roles: ["a", "b"], deep: { n: 1.5, no: null, yes: true } };
      const [got] = await next(open(t, "/", { ...options, auth }), "auth");
      assert.deepEqual(got, auth);
    });

    test("the socket id is not the engine's session id", async (t) => {
      const socket = await connected(t, "/", options);
      assert.equal(socket.id.length, 20);
      assert.notEqual(socket.id, socket.io.engine.id);
    });

    test("echoes arguments of every JSON type", async (t) => {
      const socket = await connected(t, "/", options);
      const args = [1, -2.5, "two \u{1F980} \u2028\" \\ \u0000", true, null, [1, [2]], { "3": [true], "": {} }, 9007199254740991];
      socket.emit("message", ...args);
      assert.deepEqual(await next(socket, "message-back"), args);
      socket.emit("message");
      assert.deepEqual(await next(socket, "message-back"), []);
    });

    test("answers an acknowledgement with all its arguments", async (t) => {
      const socket = await connected(t, "/", options);
      const args = [1, "2", { 3: [false] }];
      const got = await within(new Promise((resolve) => socket.emit("message-with-ack", ...args, (...a) => resolve(a))), "ack");
      assert.deepEqual(got, args);
      const none = await within(new Promise((resolve) => socket.emit("message-with-ack", (...a) => resolve(a))), "ack");
      assert.deepEqual(none, []);
      assert.equal(await socket.timeout(2000).emitWithAck("message-with-ack", "promised"), "promised");
    });

    test("asks the client for an acknowledgement and hears it", async (t) => {
      const socket = await connected(t, "/", options);
      const answered = within(
        new Promise((resolve) => {
          socket.on("emit-with-ack", (...args) => {
            const ack = args.at(-1);
            if (typeof ack === "function") {
              assert.deepEqual(args.slice(0, -1), ["question", 7]);
              ack("answer", { x: 1 }, bytes(9, 8));
            } else resolve(args);
          });
        }),
        "second emit-with-ack",
      );
      socket.emit("emit-with-ack", "question", 7);
      const [text, object, data] = await answered;
      assert.deepEqual([text, object], ["answer", { x: 1 }]);
      assert.deepEqual(arrived(data), bytes(9, 8));
    });

    test("carries binary anywhere in the arguments, both ways and in acks", async (t) => {
      const socket = await connected(t, "/", options);
      const sent = [bytes(1, 2, 3), { a: { b: [bytes(), "x", bytes(255)] }, _placeholder: false }, bytes(4, 5, 6)];
      const check = ([first, object, last]) => {
        assert.deepEqual(arrived(first), bytes(1, 2, 3));
        assert.deepEqual(arrived(object.a.b[0]), bytes());
        assert.equal(object.a.b[1], "x");
        assert.deepEqual(arrived(object.a.b[2]), bytes(255));
        assert.equal(object._placeholder, false);
        assert.deepEqual(arrived(last), bytes(4, 5, 6));
      };
      socket.emit("message", ...sent);
      check(await next(socket, "message-back"));
      check(await within(new Promise((resolve) => socket.emit("message-with-ack", ...sent, (...a) => resolve(a))), "binary ack"));
    });

    test("carries a large binary and a large text", async (t) => {
      const socket = await connected(t, "/", options);
      const blob = Buffer.alloc(400_000, 0).map((_, i) => (i * 31) & 255);
      const got = await within(new Promise((resolve) => socket.emit("message-with-ack", blob, resolve)), "large binary ack");
      assert.ok(arrived(got).equals(blob));
      const text = "\u00e9".repeat(200_000);
      assert.ok((await socket.timeout(5000).emitWithAck("message-with-ack", text)) === text);
    });

    test("two namespaces share one connection and do not mix", async (t) => {
      const main = await connected(t, "/", options);
      const custom = main.io.socket("/custom", { auth: { who: "custom" } });
      t.after(() => custom.disconnect());
      const [auth] = await next(custom, "auth");
      assert.deepEqual(auth, { who: "custom" });
      assert.equal(custom.io.engine, main.io.engine);
      assert.notEqual(custom.id, main.id);

      const strays = record(main, "message-back");
      custom.emit("message", "for custom");
      assert.deepEqual(await next(custom, "message-back"), ["for custom"]);
      custom.disconnect();
      main.emit("message", "still here");
      assert.deepEqual(await next(main, "message-back"), ["still here"]);
      assert.deepEqual(strays, [["still here"]]);

      custom.connect();
      await next(custom, "connect");
      assert.deepEqual(await custom.timeout(2000).emitWithAck("message-with-ack", "again"), "again");
    });

    test("refuses a namespace that does not exist, and the connection lives on", async (t) => {
      const error = await refused(t, "/nowhere", options);
      assert.equal(error.message, "Invalid namespace");
      assert.equal(error.data, undefined);

      const main = await connected(t, "/", options);
      const other = main.io.socket("/nowhere");
      const [again] = await next(other, "connect_error");
      assert.equal(again.message, "Invalid namespace");
      assert.equal(await main.timeout(2000).emitWithAck("message-with-ack", 1), 1);
    });

    test("the client leaves and comes back as somebody else", async (t) => {
      const socket = await connected(t, "/", options);
      const before = socket.id;
      const gone = next(socket, "disconnect");
      socket.disconnect();
      assert.equal((await gone)[0], "io client disconnect");
      socket.connect();
      await next(socket, "auth");
      assert.notEqual(socket.id, before);
    });

    test("a lost connection is made again", async (t) => {
      const socket = open(t, "/", { ...options, reconnection: true, reconnectionDelay: 20, auth: { n: 1 } });
      await next(socket, "auth");
      const before = socket.id;
      const again = next(socket, "auth");
      // Cut below the protocol, as a vanished network does.
      socket.io.engine.close();
      assert.deepEqual(await again, [{ n: 1 }]);
      assert.notEqual(socket.id, before);
      assert.equal(await socket.timeout(2000).emitWithAck("message-with-ack", "back"), "back");
    });

    test("10,000 pipelined events are acknowledged in order", { timeout: 60_000 }, async (t) => {
      const socket = await connected(t, "/", options);
      const total = 10_000;
      const order = [];
      await within(
        new Promise((resolve) => {
          for (let i = 0; i < total; i++) {
            socket.emit("message-with-ack", i, (answer) => {
              order.push(answer);
              if (order.length === total) resolve();
            });
          }
        }),
        "all 10,000 acks",
        50_000,
      );
      assert.deepEqual(order, Array.from({ length: total }, (_, i) => i));
    });

    test("volatile events arrive while the connection is idle", async (t) => {
      const socket = await connected(t, "/", options);
      if (name === "upgrade") await upgraded(socket);
      socket.volatile.emit("message", "maybe");
      assert.deepEqual(await next(socket, "message-back"), ["maybe"]);
    });

    test("an event that nobody handles times out at the client and harms nothing", async (t) => {
      const socket = await connected(t, "/", options);
      await assert.rejects(async () => {
        const answer = await socket.timeout(300).emitWithAck("nobody-handles-this", 1);
        // A server may also say so, as long as it does not look like success.
        if (answer?.error?.code === "not_found") throw new Error("told so");
      });
      assert.equal(await socket.timeout(2000).emitWithAck("message-with-ack", "fine"), "fine");
    });
  });
}

test("what is in flight during the upgrade is neither lost, doubled nor reordered", { timeout: 30_000 }, async (t) => {
  for (let round = 0; round < 5; round++) {
    const socket = open(t, "/", TRANSPORTS.upgrade);
    const got = record(socket, "message-back");
    await next(socket, "auth");
    let sent = 0;
    let done = false;
    const moved = upgraded(socket).then(() => (done = true));
    while (!done || sent < 200) {
      socket.emit("message", sent++, sent % 7 === 0 ? bytes(sent & 255) : "text");
      if (sent % 5 === 0) await sleep(1);
    }
    await moved;
    assert.equal(await socket.timeout(5000).emitWithAck("message-with-ack", "last"), "last");
    assert.deepEqual(got.map(([n]) => n), Array.from({ length: sent }, (_, i) => i));
    socket.disconnect();
  }
});

test("fifty clients at once, each gets its own answers", { timeout: 30_000 }, async (t) => {
  const kinds = Object.values(TRANSPORTS);
  await Promise.all(
    Array.from({ length: 50 }, async (_, n) => {
      const socket = await connected(t, n % 2 ? "/" : "/custom", kinds[n % 3]);
      const strays = record(socket, "message-back");
      for (let i = 0; i < 20; i++) assert.equal(await socket.timeout(10_000).emitWithAck("message-with-ack", `${n}:${i}`), `${n}:${i}`);
      assert.deepEqual(strays, []);
    }),
  );
});
