// The example `conformance` with the official client: both namespaces that it serves. The protocol itself is in socketio.test.mjs.
import assert from "node:assert/strict";
import { test } from "node:test";
import { connected, next, open } from "../support.mjs";

for (const nsp of ["/", "/custom"]) {
  test(`${nsp} greets and echoes`, async (t) => {
    const socket = open(t, nsp, { auth: { token: "x" } });
    assert.deepEqual(await next(socket, "auth"), [{ token: "x" }]);
    const back = next(socket, "message-back");
    socket.emit("message", 1, "é€😀", { a: [true] });
    assert.deepEqual(await back, [1, "é€😀", { a: [true] }]);
    assert.equal(await socket.emitWithAck("message-with-ack", "same"), "same");
  });
}

test("the server asks back", async (t) => {
  const socket = await connected(t, "/");
  const asked = next(socket, "emit-with-ack");
  socket.emit("emit-with-ack", 1);
  const [argument, answer] = await asked;
  const heard = next(socket, "emit-with-ack");
  answer(argument, "answered");
  assert.deepEqual(await heard, [1, "answered"]);
});
