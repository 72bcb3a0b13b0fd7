// The example `login` with the official client: the user of the cookie, and one session for routes and handlers.
import assert from "node:assert/strict";
import { test } from "node:test";
import { TRANSPORTS, URL, connected, next, record, refused } from "../support.mjs";

const post = (path, body, cookie) =>
  fetch(URL + path, {
    method: "POST",
    body,
    headers: cookie ? { cookie } : {},
  });

/** Logs in; the answer's cookie, as a browser would send it. */
async function login(name, password) {
  const answer = await post("/login", new URLSearchParams({ name, password }));
  assert.equal(answer.status, 204);
  const [cookie] = answer.headers.getSetCookie();
  assert.match(cookie, /HttpOnly/);
  return cookie.split(";")[0];
}

const lines = async (cookie) => (await fetch(`${URL}/cart`, { headers: { cookie } })).text();

for (const [name, options] of Object.entries(TRANSPORTS)) {
  test(`handlers know the user and share the session over ${name}`, async (t) => {
    const cookie = await login("ada", "lovelace");
    const socket = await connected(t, "/shop", { ...options, extraHeaders: { cookie } });
    assert.equal(await socket.emitWithAck("whoami"), "ada");

    // Saved by the handler, seen by a route.
    assert.equal(await socket.emitWithAck("add", "tea"), 1);
    assert.equal(await lines(cookie), "tea");
    // Changed by a route after the handshake, seen by the handler.
    const cart = next(socket, "cart");
    assert.equal((await post("/cart", "milk", cookie)).status, 204);
    assert.deepEqual(await cart, [["tea", "milk"]]);
    assert.deepEqual(await socket.emitWithAck("cart"), ["tea", "milk"]);
    assert.equal(await socket.emitWithAck("add", "cake"), 3);
    assert.equal(await lines(cookie), "tea\nmilk\ncake");

    // The end of the login ends its sockets, which learn why.
    const told = record(socket, "logged_out");
    const gone = next(socket, "disconnect");
    assert.equal((await post("/logout", undefined, cookie)).status, 204);
    assert.equal((await gone)[0], "io server disconnect");
    assert.equal(told.length, 1);
    const error = await refused(t, "/shop", { ...options, extraHeaders: { cookie } });
    assert.equal(error.data.code, "unauthorized");
  });
}

test("without a login nobody connects, and a wrong password is none", async (t) => {
  assert.equal((await refused(t, "/shop")).data.code, "unauthorized");
  assert.equal((await post("/login", new URLSearchParams({ name: "ada", password: "?" }))).status, 401);
  assert.equal((await refused(t, "/shop", { extraHeaders: { cookie: "id=AAAAAAAAAAAAAAAAAAAAAA" } })).data.code, "unauthorized");
  assert.equal((await post("/cart", "tea")).status, 401);
});

test("sessions are apart", async (t) => {
  const [one, other] = [await login("grace", "hopper"), await login("grace", "hopper")];
  const socket = await connected(t, "/shop", { extraHeaders: { cookie: one } });
  assert.equal(await socket.emitWithAck("add", "tea"), 1);
  assert.equal(await lines(other), "");
});
