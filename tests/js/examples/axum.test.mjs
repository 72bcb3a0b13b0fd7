// The example `axum` with the official client: routes and sockets on one port, and a route that speaks to the sockets.
import assert from "node:assert/strict";
import { test } from "node:test";
import { TRANSPORTS, URL, next, open } from "../support.mjs";

for (const [name, options] of Object.entries(TRANSPORTS)) {
  test(`a notice reaches clients over ${name}`, async (t) => {
    const socket = open(t, "/news", options);
    assert.deepEqual(await next(socket, "notice"), ["welcome"]);
    const notice = next(socket, "notice");
    const answer = await fetch(`${URL}/notice`, { method: "POST", body: `over ${name} é€😀` });
    assert.equal(answer.status, 200);
    assert.match(await answer.text(), /^told [1-9]\d*\n$/);
    assert.deepEqual(await notice, [`over ${name} é€😀`]);
  });
}

test("the page and unknown routes are axum's", async () => {
  const page = await fetch(`${URL}/`);
  assert.equal(page.status, 200);
  assert.match(await page.text(), /<html/i);
  assert.equal((await fetch(`${URL}/nowhere`)).status, 404);
});
