// Two official clients with the proxy of `tests/packets/relay.rs` between them: what one sends in `/left` arrives at the other in `/right`.
import assert from "node:assert/strict";
import { test, describe } from "node:test";
import { TRANSPORTS, connected, next } from "./support.mjs";

for (const [name, options] of Object.entries(TRANSPORTS)) {
  describe(name, () => {
    test("events, attachments and acknowledgements pass in both directions", async (t) => {
      const left = await connected(t, "/left", options);
      const right = await connected(t, "/right", options);
      const args = ["é€😀\"\\\n", { nested: [1, null, Buffer.from("one")] }, [Buffer.alloc(4000, 7)], true];
      const there = next(right, "said");
      left.emit("said", ...args);
      assert.deepEqual(await there, args);
      const back = next(left, "plain");
      right.emit("plain");
      assert.deepEqual(await back, []);

      right.on("ask", (number, answer) => answer(number + 1, Buffer.from("two")));
      assert.deepEqual(
        await new Promise((resolve) => left.emit("ask", 41, (...answer) => resolve(answer))),
        [42, Buffer.from("two")],
      );
    });

    test("a packet over the proxy's limits ends its sender's connection, and no other", async (t) => {
      const right = await connected(t, "/right", options);
      for (const attachments of [[1, 1, 1], [3000, 3000]]) {
        const sender = await connected(t, "/left", options);
        const closed = next(sender, "disconnect");
        sender.emit("files", ...attachments.map((size) => Buffer.alloc(size)));
        await closed;
        assert.equal(right.connected, true);
      }
      const left = await connected(t, "/left", options);
      const there = next(right, "after");
      left.emit("after", 1);
      assert.deepEqual(await there, [1]);
    });
  });
}
