// The example `cluster` as a server alone, without a broker: its commands as its own clients see them. Servers on brokers are tested in
// tests/fleet.
import assert from "node:assert/strict";
import { test } from "node:test";
import { connected, next, record } from "../support.mjs";

test("commands of a server alone", async (t) => {
  const [a, b] = [await connected(t, "/"), await connected(t, "/")];
  const chat = await connected(t, "/chat");
  for (const client of [a, b, chat]) assert.equal(await client.emitWithAck("join", "red"), true);
  assert.equal(await b.emitWithAck("set", "name", { first: "Ada" }), true);
  const me = await b.emitWithAck("whoami");
  assert.deepEqual(me, { id: b.id, server: "A", recovered: false, rooms: me.rooms, data: { name: { first: "Ada" } } });
  assert.deepEqual(new Set(me.rooms), new Set([b.id, "red"]));

  const [one, other, elsewhere] = [record(a, "event"), record(b, "event"), record(chat, "event")];
  await a.emitWithAck("room", "red", "event", 1, Buffer.from("bytes"));
  await a.emitWithAck("to", "red", "event", 2);
  await a.emitWithAck("except", a.id, "event", 3);
  await a.emitWithAck("volatile", null, "event", 4);
  await a.emitWithAck("burst", "red", "event", 2);
  const end = next(b, "end");
  await a.emitWithAck("all", "end");
  await end;
  assert.deepEqual(one.map(([n]) => n), [1, 4, 0, 1]);
  assert.deepEqual(other.map(([n]) => n), [1, 2, 3, 4, 0, 1]);
  assert.deepEqual(other[0], [1, Buffer.from("bytes")]);
  assert.deepEqual(elsewhere, []);

  b.on("ask", (n, answer) => answer(n + 1, "more"));
  assert.deepEqual(await a.emitWithAck("ask", b.id, "ask", 7), { answers: [8], missing: 0 });
  assert.deepEqual(await a.emitWithAck("ask", "nobody", "ask", 7), { answers: [], missing: 0 });
  assert.equal(await a.emitWithAck("count", "red"), 2);
  assert.deepEqual((await a.emitWithAck("fetch", b.id)).map(({ id }) => id), [b.id]);
  assert.deepEqual(await a.emitWithAck("sse_ask", "quiz", 1), { answers: [] });

  await a.emitWithAck("joinall", "red", "blue");
  await a.emitWithAck("leaveall", b.id, "red");
  assert.deepEqual([await a.emitWithAck("count", "red"), await a.emitWithAck("count", "blue")], [1, 2]);
  const reason = next(b, "disconnect");
  assert.equal(await a.emitWithAck("kick", b.id, false), true);
  assert.deepEqual((await reason)[0], "io server disconnect");
  const refused = await a.emitWithAck("join", "x".repeat(5000));
  assert.match(refused.error, /room/);
});
