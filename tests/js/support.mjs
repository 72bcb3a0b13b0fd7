// What the tests with JavaScript clients share: the address of the server, sockets that are closed
// after their test, and waiting with a deadline. It holds no test and starts no server.
import assert from "node:assert/strict";
import { io } from "socket.io-client";

export const URL = process.env.SOCKETIO_URL;
if (!URL) throw new Error("SOCKETIO_URL must hold the base URL of a running server");

/** The three ways a client reaches a server; `upgrade` is what a client does when nobody configures it. */
export const TRANSPORTS = {
  polling: { transports: ["polling"] },
  websocket: { transports: ["websocket"] },
  upgrade: { transports: ["polling", "websocket"] },
};

/** Rejects when `promise` takes longer than `ms`, naming what was waited for. */
export function within(promise, what, ms = 5000) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no ${what} within ${ms} ms`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** The arguments of the next `event` of an emitter. */
export function next(emitter, event, ms) {
  return within(new Promise((resolve) => emitter.once(event, (...args) => resolve(args))), `event ${event}`, ms);
}

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** A connection of its own to namespace `nsp`, closed when the test `t` ends. Not yet waited for. */
export function open(t, nsp, options = {}) {
  const socket = io(URL + nsp, { forceNew: true, reconnection: false, ...options });
  t.after(() => socket.disconnect());
  return socket;
}

/** The same, connected; a refusal fails the test. */
export async function connected(t, nsp, options) {
  const socket = open(t, nsp, options);
  await within(
    new Promise((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("connect_error", reject);
    }),
    `connection to ${nsp}`,
  );
  return socket;
}

/** The error with which the server refuses this connection; an accepted one fails the test. */
export async function refused(t, nsp, options) {
  const socket = open(t, nsp, options);
  const error = await within(
    new Promise((resolve, reject) => {
      socket.once("connect_error", resolve);
      socket.once("connect", () => reject(new Error(`${nsp} accepted the connection`)));
    }),
    `refusal by ${nsp}`,
  );
  assert.equal(socket.connected, false);
  return error;
}

/** Resolves when the connection has left polling for WebSocket. */
export async function upgraded(socket) {
  const { engine } = socket.io;
  if (engine.transport.name !== "websocket") await next(engine, "upgrade");
  assert.equal(engine.transport.name, "websocket");
}

/** Every occurrence of `event` from now on, as an array that grows. */
export function record(socket, event) {
  const seen = [];
  socket.on(event, (...args) => seen.push(args));
  return seen;
}
