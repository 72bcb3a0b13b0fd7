// The official client against a server with three workers: each connection comes to one of them, and a polling client's requests, each on
// a TCP connection of its own, to any. The server is that of tests/workers.
import assert from "node:assert/strict";
import { test, describe } from "node:test";
import { TRANSPORTS, connected, next, record, upgraded } from "./support.mjs";

/** So many clients that no worker is without one. */
const MANY = 60;
const WORKERS = ["socketio-0", "socketio-1", "socketio-2"];

const call = (socket, ...args) => socket.timeout(10_000).emitWithAck(...args);
const many = (t, options, count = MANY) => Promise.all(Array.from({ length: count }, () => connected(t, "/", options)));
/** Whatever was emitted to these sockets before has arrived. */
const settled = (sockets) => Promise.all(sockets.map((socket) => call(socket, "echo")));

for (const [name, options] of Object.entries(TRANSPORTS)) {
  describe(name, () => {
    test("every worker has connections, and a session stays where it began", async (t) => {
      const sockets = await many(t, options);
      if (name === "upgrade") await Promise.all(sockets.map(upgraded));
      const seen = new Set();
      for (const socket of sockets) {
        const places = await call(socket, "where");
        assert.deepEqual(places, Array(4).fill(places[0]));
        seen.add(places[0]);
      }
      assert.deepEqual([...seen].sort(), WORKERS);
    });

    test("events arrive once and in order, with their acknowledgements", async (t) => {
      const sockets = await many(t, options, 9);
      await Promise.all(
        sockets.map(async (socket, index) => {
          for (let round = 0; round < 10; round++) {
            const sent = [index, round, { text: "ä".repeat(500) }, Buffer.from([round, 2, 3])];
            assert.deepEqual(await call(socket, "echo", sent), sent);
          }
        }),
      );
    });

    test("rooms span the workers", async (t) => {
      const [mine, theirs] = [await many(t, options, 20), await many(t, options, 20)];
      const room = `${name}-room`;
      await Promise.all(mine.map((socket) => call(socket, "join", room)));
      const heard = [...mine, ...theirs].map((socket) => record(socket, "said"));
      for (const socket of mine) await call(socket, "say", room, socket.id);
      await settled([...mine, ...theirs]);
      const ids = mine.map((socket) => [socket.id]);
      heard.slice(0, 20).forEach((each) => assert.deepEqual(each, ids));
      heard.slice(20).forEach((each) => assert.deepEqual(each, []));
      await Promise.all(mine.slice(1).map((socket) => call(socket, "leave", room)));
      await call(theirs[0], "say", room, "last");
      await settled(mine);
      assert.deepEqual(heard.slice(0, 20).map((each) => each.length), [21, ...Array(19).fill(20)]);
    });

    test("a broadcast reaches everybody else", async (t) => {
      const sockets = await many(t, options, 20);
      const heard = sockets.map((socket) => record(socket, "said"));
      for (let round = 0; round < 5; round++) await call(sockets[round], "shout", `${name} ${round}`);
      await settled(sockets);
      heard.forEach((each, index) => {
        const own = each.filter(([text]) => text.startsWith(name)).map(([text]) => Number(text.split(" ")[1]));
        assert.deepEqual(own, [0, 1, 2, 3, 4].filter((round) => round !== index));
      });
    });

    test("sockets of other workers are asked, alone and as a room", async (t) => {
      const sockets = await many(t, options, 20);
      const room = `${name}-asked`;
      sockets.forEach((socket) => socket.on("question", (answer) => answer(socket.id)));
      await Promise.all(sockets.map((socket) => call(socket, "join", room)));
      const ids = sockets.map((socket) => socket.id).sort();
      assert.deepEqual(await call(sockets[0], "ask", room), ids);
      for (const socket of sockets) assert.equal(await call(sockets[0], "ask_one", socket.id), socket.id);
    });

    test("sockets of other workers are disconnected, alone and as a room", async (t) => {
      const [by, ...sockets] = await many(t, options, 20);
      const room = `${name}-left`;
      await Promise.all(sockets.map((socket) => call(socket, "join", room)));
      const reasons = sockets.map((socket) => next(socket, "disconnect"));
      for (const socket of sockets.slice(0, 10)) await call(by, "kick", socket.id);
      await call(by, "empty", room);
      for (const reason of reasons) assert.equal((await reason)[0], "io server disconnect");
      assert.equal(by.connected, true);
    });
  });
}
