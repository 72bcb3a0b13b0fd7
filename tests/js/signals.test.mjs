// The official client in the example `chat`, which is sent a signal: what the clients read, and that they come back to nobody.
// tests/lifecycle/signals.rs looks at the process.
import assert from "node:assert/strict";
import { test } from "node:test";
import { TRANSPORTS, connected, next, record } from "./support.mjs";

const { SERVER_PROCESS, SIGNAL } = process.env;

test(`${SIGNAL} disconnects everybody`, async (t) => {
  const [ann, bob] = await Promise.all([
    connected(t, "/chat", { ...TRANSPORTS.websocket, auth: { nick: "Ann" } }),
    connected(t, "/chat", { ...TRANSPORTS.polling, reconnection: true, reconnectionDelay: 10, auth: { nick: "Bob" } }),
  ]);
  assert.equal(await ann.emitWithAck("join", "tea"), "tea");
  assert.equal(await bob.emitWithAck("join", "tea"), "tea");
  const ends = [next(ann, "disconnect"), next(bob, "disconnect")];
  const attempts = record(bob.io, "reconnect_attempt");
  process.kill(Number(SERVER_PROCESS), SIGNAL);
  // The connection has ended, and not the client's stay: it may come back to another server. The port is closed at once, for a successor:
  // a polling client that was just being answered finds nobody for its next request.
  const [[atAnn], [atBob]] = await Promise.all(ends);
  assert.equal(atAnn, "transport close");
  assert.ok(["transport close", "transport error"].includes(atBob), atBob);
  await next(bob.io, "reconnect_error");
  assert.ok(attempts.length >= 1);
});
