// The official client with `retries` and `ackTimeout`, through a proxy that loses events, loses answers, and cuts connections in
// between. That each event was handled once is checked by `tests/delivery/retries.rs`, whose server this is.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import net from "node:net";
import { test } from "node:test";
import { io } from "socket.io-client";
import { URL as SERVER, within } from "./support.mjs";

const EVENTS = 40;
const EVENT = /42\d+\["(order|often)",.*?"n":(\d+)/;
const ANSWER = /43\d+\[(\d+)\]/;

/** The payload of a client's WebSocket frame in text; frames of these tests are shorter than 126 bytes and come one by one. */
function unmasked(chunk) {
  if (chunk[0] !== 0x81 || (chunk[1] & 0x80) === 0) return chunk.toString("latin1");
  const mask = chunk.subarray(2, 6);
  return Buffer.from(chunk.subarray(6).map((byte, at) => byte ^ mask[at % 4])).toString("latin1");
}

/** What is done to the event `n` the first time, and the second time where two things are lost. */
const FAULTS = [
  [],
  ["event lost"],
  ["answer lost"],
  ["cut before the event"],
  ["cut after the event"],
  ["cut before the answer"],
  ["answer lost", "cut before the answer"],
  ["cut after the event", "answer lost"],
];

/** A TCP proxy before the server. `done` counts which faults have been done. */
async function proxy(t, transport) {
  const { hostname, port } = new URL(SERVER);
  const left = Array.from({ length: EVENTS }, (_, n) => [...FAULTS[n % FAULTS.length]]);
  const done = {};
  const take = (n, ...kinds) => {
    // A polling answer or request cannot be left out without its connection: it is cut instead.
    if (!left[n] || !kinds.includes(left[n][0])) return undefined;
    const kind = left[n].shift();
    done[kind] = (done[kind] ?? 0) + 1;
    return kind;
  };
  const server = net.createServer((client) => {
    const upstream = net.connect(port, hostname);
    const cut = () => [client, upstream].forEach((socket) => socket.destroy());
    const drop = () => transport === "websocket" || cut();
    for (const socket of [client, upstream]) {
      socket.setNoDelay(true).on("error", cut).on("close", cut);
    }
    client.on("data", (chunk) => {
      const event = EVENT.exec(unmasked(chunk));
      const fault = event && take(Number(event[2]), "event lost", "cut before the event", "cut after the event");
      if (fault === "event lost") return drop();
      if (fault === "cut before the event") return cut();
      // The server has all of it, and finds nobody to answer.
      if (fault === "cut after the event") return upstream.end(chunk, () => client.destroy());
      upstream.write(chunk);
    });
    upstream.on("data", (chunk) => {
      const answer = ANSWER.exec(chunk.toString("latin1"));
      const fault = answer && take(Number(answer[1]) / 10, "answer lost", "cut before the answer");
      if (fault === "answer lost") return drop();
      if (fault) return cut();
      client.write(chunk);
    });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  return { url: `http://127.0.0.1:${server.address().port}`, done, left };
}

async function run(t, user, event, transport) {
  const { url, done, left } = await proxy(t, transport);
  const socket = io(url, {
    transports: [transport],
    auth: { user },
    retries: 20,
    ackTimeout: 400,
    reconnectionDelay: 10,
    reconnectionDelayMax: 50,
  });
  t.after(() => socket.disconnect());
  const answers = Array.from({ length: EVENTS }, (_, n) =>
    within(new Promise((resolve, reject) => {
      socket.emit(event, { _id: randomUUID(), n }, (error, answer) => (error ? reject(error) : resolve(answer)));
    }), `answer to ${n}`, 60_000));
  assert.deepEqual(await Promise.all(answers), Array.from({ length: EVENTS }, (_, n) => n * 10));
  // All that was to be lost was lost.
  assert.deepEqual(left.flat(), []);
  assert.deepEqual(done, {
    "event lost": 5,
    "answer lost": 15,
    "cut before the event": 5,
    "cut after the event": 10,
    "cut before the answer": 10,
  });
}

test("websocket", (t) => run(t, "websocket", "order", "websocket"));
test("polling", (t) => run(t, "polling", "order", "polling"));
test("the same without `once`", (t) => run(t, "often", "often", "websocket"));
