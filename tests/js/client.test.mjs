// Our own browser client in Node against the conformance server, over polling and WebSocket. What
// goes wrong on the way is in client_faults.test.mjs, the official client in socketio.test.mjs.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import WebSocket from "ws";
import { io } from "../../socketio/src/server/client/socketio.js";
import { URL, next, record, sleep, within } from "./support.mjs";

const TRANSPORTS = {
  polling: { transports: ["polling"] },
  websocket: { transports: ["websocket"], WebSocket },
};

/** A socket of our client, closed when the test ends. */
function open(t, nsp = "/", options = {}) {
  const socket = io(URL + nsp, { WebSocket, ...options });
  t.after(() => socket.disconnect());
  return socket;
}

async function connected(t, nsp, options) {
  const socket = open(t, nsp, options);
  await next(socket, "connect");
  return socket;
}

for (const [name, options] of Object.entries(TRANSPORTS)) {
  describe(name, () => {
    test("connects, has an id, and hears the auth payload it sent", async (t) => {
      const auth = { nick: "ada", deep: { list: [1, null] } };
      const socket = open(t, "/", { ...options, auth });
      const heard = next(socket, "auth");
      await next(socket, "connect");
      assert.equal(socket.connected, true);
      assert.match(socket.id, /^[\w-]{20}$/);
      assert.deepEqual(await heard, [auth]);
    });

    test("sends no payload without auth, and asks an auth function on each connect", async (t) => {
      assert.deepEqual(await next(open(t, "/", options), "auth"), [{}]);
      let calls = 0;
      const socket = open(t, "/custom", { ...options, auth: (send) => setTimeout(() => send({ call: ++calls }), 5) });
      assert.deepEqual(await next(socket, "auth"), [{ call: 1 }]);
      socket.disconnect().connect();
      assert.deepEqual(await next(socket, "auth"), [{ call: 2 }]);
    });

    test("echoes every kind of JSON argument", async (t) => {
      const socket = await connected(t, "/custom", options);
      const args = [1, -2.5, 'two \u{1F980} \u2028" \\ \u0000', true, null, [1, [2]], { 3: [true], "": {} }];
      socket.emit("message", ...args);
      assert.deepEqual(await next(socket, "message-back"), args);
      socket.emit("message");
      assert.deepEqual(await next(socket, "message-back"), []);
    });

    test("sends each kind of binary and gets an ArrayBuffer back", async (t) => {
      const socket = await connected(t, "/", options);
      const all = Uint8Array.from({ length: 256 }, (_, i) => i);
      socket.emit("message", all.buffer, { view: all.subarray(10, 20), list: [Buffer.from("é")], none: new Uint8Array(0) }, "text");
      const [whole, { view, list, none }, text] = await next(socket, "message-back");
      for (const part of [whole, view, list[0], none]) assert.ok(part instanceof ArrayBuffer);
      assert.deepEqual(new Uint8Array(whole), all);
      assert.deepEqual(new Uint8Array(view), all.slice(10, 20));
      assert.equal(Buffer.from(list[0]).toString(), "é");
      assert.equal(none.byteLength, 0);
      assert.equal(text, "text");
    });

    test("what looks like a placeholder in a plain event stays what it is", async (t) => {
      const socket = await connected(t, "/", options);
      const fake = { _placeholder: true, num: 0 };
      socket.emit("message", fake);
      assert.deepEqual(await next(socket, "message-back"), [fake]);
    });

    test("acknowledgements: callback, promise, binary, with a timeout that is kept", async (t) => {
      const socket = await connected(t, "/", options);
      const got = await within(new Promise((resolve) => socket.emit("message-with-ack", 1, "2", (...a) => resolve(a))), "ack");
      assert.deepEqual(got, [1, "2"]);
      assert.equal(await socket.emitWithAck("message-with-ack", "promised"), "promised");
      const bytes = await socket.timeout(2000).emitWithAck("message-with-ack", Uint8Array.of(1, 2));
      assert.deepEqual(new Uint8Array(bytes), Uint8Array.of(1, 2));
      const withError = await within(
        new Promise((resolve) => socket.timeout(2000).emit("message-with-ack", 3, (...a) => resolve(a))),
        "ack",
      );
      assert.deepEqual(withError, [null, 3]);
    });

    test("an acknowledgement that never comes is an error in time", async (t) => {
      // Whose handler waits for an answer that we do not give.
      const socket = await connected(t, "/", options);
      await assert.rejects(socket.timeout(50).emitWithAck("emit-with-ack"), /timed out/);
      const error = await within(new Promise((resolve) => socket.timeout(50).emit("emit-with-ack", resolve)), "timeout");
      assert.match(error.message, /timed out/);
    });

    test("answers the server's question, once", async (t) => {
      const socket = await connected(t, "/", options);
      const answers = record(socket, "emit-with-ack");
      socket.once("emit-with-ack", (...args) => {
        const ack = args.pop();
        ack(...args, Uint8Array.of(7));
        ack("again");
      });
      socket.emit("emit-with-ack", "question", 7);
      await next(socket, "emit-with-ack");
      await next(socket, "emit-with-ack");
      await socket.emitWithAck("message-with-ack");
      assert.equal(answers.length, 2);
      const [question, seven, bytes] = answers[1];
      assert.deepEqual([question, seven, new Uint8Array(bytes)], ["question", 7, Uint8Array.of(7)]);
    });

    test("a thousand events come back in order", async (t) => {
      const socket = await connected(t, "/", options);
      const acks = Array.from({ length: 1000 }, (_, i) => socket.emitWithAck("message-with-ack", i));
      assert.deepEqual(await within(Promise.all(acks), "acks"), acks.map((_, i) => i));
    });

    test("more than one payload's worth arrives", async (t) => {
      const socket = await connected(t, "/", options);
      const big = "é".repeat(200_000);
      const sizes = await within(
        Promise.all([1, 2, 3, 4, 5, 6].map(() => socket.emitWithAck("message-with-ack", big))),
        "acks",
      );
      assert.ok(sizes.every((text) => text === big));
    });

    test("buffers what is emitted before it is connected", async (t) => {
      const socket = open(t, "/", options);
      const seen = record(socket, "message-back");
      socket.emit("message", "early");
      await assert.rejects(socket.timeout(0).emitWithAck("message", "expired before it was sent"));
      socket.emit("message", "late");
      while (seen.length < 2) await next(socket, "message-back");
      assert.deepEqual(seen, [["early"], ["late"]]);
    });

    test("disconnect says so, fails what is pending, and connect begins anew", async (t) => {
      const socket = await connected(t, "/custom", options);
      const first = socket.id;
      const pending = assert.rejects(socket.emitWithAck("emit-with-ack"), /disconnected/);
      const reason = next(socket, "disconnect");
      socket.disconnect();
      assert.deepEqual(await reason, ["io client disconnect"]);
      await pending;
      assert.deepEqual([socket.connected, socket.id], [false, undefined]);
      socket.emit("message", "kept");
      socket.connect();
      assert.deepEqual(await next(socket, "message-back"), ["kept"]);
      assert.notEqual(socket.id, first);
    });

    test("an unknown namespace refuses, and nobody tries again", async (t) => {
      const socket = open(t, "/unknown", { ...options, reconnectionDelay: 10 });
      const errors = record(socket, "connect_error");
      await next(socket, "connect_error");
      await sleep(100);
      assert.equal(errors.length, 1);
      assert.equal(errors[0][0].message, "Invalid namespace");
    });
  });
}

test("sockets are independent, even of one namespace", async (t) => {
  const [main, twin, custom] = [open(t), open(t), open(t, "/custom")];
  await Promise.all([main, twin, custom].map((socket) => next(socket, "connect")));
  assert.equal(new Set([main.id, twin.id, custom.id]).size, 3);
  main.disconnect();
  assert.equal(await twin.emitWithAck("message-with-ack", 1), 1);
  assert.equal(await custom.emitWithAck("message-with-ack", 2), 2);
  await next(main.connect(), "connect");
});

test("what is emitted right before disconnect is sent, in polls that do not overlap", async (t) => {
  const bodies = [];
  let running = 0;
  const counting = async (address, init) => {
    if (init.method !== "POST") return fetch(address, init);
    assert.equal(++running, 1);
    bodies.push(...init.body.split("\x1e"));
    return fetch(address, init).finally(() => running--);
  };
  const socket = await connected(t, "/", { transports: ["polling"], fetch: counting });
  socket.emit("message", 1).emit("message", 2).disconnect();
  while (bodies.at(-1) !== "1") await sleep(10);
  assert.deepEqual(bodies, ["40", '42["message",1]', '42["message",2]', "41", "1"]);
});

describe("listeners", () => {
  test("on, once, off, and one that throws disturbs nobody", async (t) => {
    const socket = await connected(t);
    const calls = [];
    const removed = () => calls.push("removed");
    socket.on("message-back", removed).off("message-back", removed);
    socket.once("message-back", () => calls.push("once"));
    socket.on("message-back", () => {
      throw new Error("a listener's own mistake");
    });
    socket.on("message-back", () => calls.push("on"));
    // Thrown again from a timer, where the test runner would take it for a failure.
    const later = setTimeout;
    const reported = new Promise((resolve) => {
      t.mock.method(globalThis, "setTimeout", (callback, ms) => later(() => {
        try {
          callback();
        } catch (error) {
          resolve(error);
        }
      }, ms));
    });
    socket.emit("message");
    assert.match((await within(reported, "uncaught error")).message, /own mistake/);
    socket.off("message-back").on("message-back", () => calls.push("last")).emit("message");
    await next(socket, "message-back");
    assert.deepEqual(calls, ["once", "on", "last"]);
  });

  test("reserved names are refused", async (t) => {
    const socket = open(t);
    for (const name of ["connect", "connect_error", "disconnect", "disconnecting"]) {
      assert.throws(() => socket.emit(name), /reserved/);
      await assert.rejects(socket.emitWithAck(name), /reserved/);
    }
  });

  test("what is no URL, and no transport, is refused", () => {
    assert.throws(() => io("ftp://127.0.0.1"), TypeError);
    assert.throws(() => io(URL, { transports: ["pigeon"] }), TypeError);
  });
});
