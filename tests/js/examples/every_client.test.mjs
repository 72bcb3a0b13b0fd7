// The example `every_client` with the official client of today: the room, and the pages. The room with clients of every generation is
// in tests/generations.
import assert from "node:assert/strict";
import { test } from "node:test";
import { TRANSPORTS, URL, next, open } from "../support.mjs";

test("guests on every transport hear each other", async (t) => {
  const guests = [];
  for (const options of Object.values(TRANSPORTS)) {
    const socket = open(t, "/room", options);
    const [{ from, generation }] = await next(socket, "you");
    assert.match(from, /^guest \d+$/);
    assert.equal(generation, "3.x and 4.x");
    guests.push({ socket, from });
  }
  assert.equal(new Set(guests.map((guest) => guest.from)).size, guests.length);
  for (const { socket, from } of guests) {
    const heard = Promise.all(guests.map((guest) => next(guest.socket, "said")));
    await socket.emitWithAck("say", `${from} says é€😀`);
    for (const [said] of await heard) {
      assert.deepEqual(said, { from, generation: "3.x and 4.x", text: `${from} says é€😀` });
    }
  }
  const refused = await guests[0].socket.emitWithAck("say", "  ");
  assert.equal(refused.error.code, "bad_text");
});

test("the pages are served, whether their clients are installed or not", async () => {
  for (const path of ["/", "/ours", "/0.9", "/2.x", "/4.x", "/room.js", "/room.css", "/socket.io/socketio.js"]) {
    const answer = await fetch(URL + path);
    assert.equal(answer.status, 200, path);
    assert.ok((await answer.text()).length > 0, path);
  }
});
