// The example `chat` with the official client: coming in, rooms, lines, refusals, a moderator. Its page is tested in browser.test.mjs.
import assert from "node:assert/strict";
import { test } from "node:test";
import { URL, TRANSPORTS, next, open, refused } from "../support.mjs";

const enter = async (t, nick, options = {}) => {
  const socket = open(t, "/chat", { auth: { nick, ...options.auth }, ...options.transports && { transports: options.transports } });
  const [you] = await next(socket, "you");
  return { socket, you };
};

test("two people talk in a room", async (t) => {
  const { socket: ann, you } = await enter(t, "Ann", TRANSPORTS.polling);
  assert.deepEqual(you, { nick: "Ann", moderator: false });
  const { socket: bob } = await enter(t, "Bob", TRANSPORTS.websocket);
  assert.equal(await ann.emitWithAck("join", "tea"), "tea");
  const joined = next(ann, "joined");
  assert.equal(await bob.emitWithAck("join", "tea"), "tea");
  assert.deepEqual(await joined, ["Bob"]);
  const line = next(ann, "line");
  assert.equal(await bob.emitWithAck("message", "hello é€😀"), 1);
  assert.deepEqual(await line, [{ from: "Bob", text: "hello é€😀" }]);
  const left = next(ann, "left");
  bob.disconnect();
  assert.deepEqual(await left, ["Bob"]);
});

test("a nickname is taken once, and names are checked", async (t) => {
  await enter(t, "Carol");
  assert.equal((await refused(t, "/chat", { auth: { nick: "carol" } })).data.code, "taken");
  assert.ok((await refused(t, "/chat", { auth: { nick: "" } })).data.code);
  assert.equal((await refused(t, "/chat", { auth: {} })).data.code, "bad_request");
});

test("only a moderator shows people the door", async (t) => {
  const { socket: dave } = await enter(t, "Dave");
  const { socket: eve, you } = await enter(t, "Eve", { auth: { secret: "xyzzy" } });
  assert.equal(you.moderator, true);
  assert.equal((await dave.emitWithAck("kick", "Eve")).error.code, "forbidden");
  const [kicked, gone] = [next(dave, "kicked"), next(dave, "disconnect")];
  await eve.emitWithAck("kick", "Dave");
  assert.deepEqual(await kicked, [{ by: "Eve" }]);
  assert.deepEqual((await gone)[0], "io server disconnect");
});

test("the page is served", async () => {
  assert.equal((await fetch(URL)).status, 200);
});
