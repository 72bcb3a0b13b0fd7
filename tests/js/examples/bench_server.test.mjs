// The example `bench_server` with the official client: the events that load generators use.
import assert from "node:assert/strict";
import { test } from "node:test";
import { TRANSPORTS, connected, next } from "../support.mjs";

for (const [name, options] of Object.entries(TRANSPORTS)) {
  test(`echo, sums, bytes, broadcasts and rooms over ${name}`, async (t) => {
    const socket = await connected(t, "/", options);
    const other = await connected(t, "/", options);
    assert.equal(await socket.emitWithAck("echo", "é€😀"), "é€😀");
    assert.deepEqual(await socket.emitWithAck("echo", { a: [1, null, true] }), { a: [1, null, true] });
    assert.equal(await socket.emitWithAck("add", 40, 2), 42);
    const bytes = Buffer.from([0, 1, 0xfe, 0xff]);
    assert.deepEqual(Buffer.from(await socket.emitWithAck("bin", bytes)), bytes);
    const news = Promise.all([next(socket, "news"), next(other, "news")]);
    socket.emit("bcast", { n: 1 });
    assert.deepEqual(await news, [[{ n: 1 }], [{ n: 1 }]]);
    await other.emitWithAck("join", "r");
    const said = next(other, "said");
    socket.emit("say", "r", "to the room");
    assert.deepEqual(await said, ["to the room"]);
  });
}
