// The example `ticker`: events that no client has caused, in namespaces without handlers.
import assert from "node:assert/strict";
import { test } from "node:test";
import { TRANSPORTS, URL, connected, next, record, refused } from "../support.mjs";

test("prices come to everyone, on every transport, without being asked for", async (t) => {
  const all = await Promise.all(Object.values(TRANSPORTS).map((options) => connected(t, "/ticker", options)));
  const heard = await Promise.all(all.map((socket) => next(socket, "price")));
  for (const [{ symbol, price }] of heard) {
    assert.match(symbol, /^[A-Z]+$/);
    assert.ok(Number.isInteger(price) && price > 0, price);
  }
});

test("a namespace per symbol has the prices of that symbol", async (t) => {
  const [all, one] = await Promise.all(["/ticker", "/ticker/ACME"].map((path) => connected(t, path)));
  const [everything, acme] = [record(all, "price"), record(one, "price")];
  while (acme.length < 2) await next(all, "price");
  assert.deepEqual(new Set(acme.map(([{ symbol }]) => symbol)), new Set(["ACME"]));
  assert.ok(everything.some(([{ symbol }]) => symbol !== "ACME"));
});

test("events of clients are answered with not_found, and other namespaces are not open", async (t) => {
  const socket = await connected(t, "/ticker");
  assert.equal((await socket.timeout(3000).emitWithAck("price", 1)).error.code, "not_found");
  assert.equal((await refused(t, "/tickers")).message, "Invalid namespace");
});

test("the page is served", async () => {
  const answer = await fetch(URL);
  assert.equal(answer.status, 200);
  assert.match(await answer.text(), /<title>Ticker<\/title>/);
});
