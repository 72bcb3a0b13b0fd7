// The client 2.5 in a room of a server with recovery, beside one of 4.8: events have no offset, and a cut is the end of its session. The
// server is that of tests/recovery/clients.rs.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { after, test } from "node:test";
import { within } from "./checks.mjs";

const URL = process.env.SOCKETIO_URL;
if (!URL) throw new Error("SOCKETIO_URL must hold the base URL of a running server");

const require = createRequire(import.meta.url);
const next = (emitter, event) =>
  within(new Promise((resolve) => emitter.once(event, (...args) => resolve(args))), `event ${event}`);
const ask = (socket, ...args) => within(new Promise((resolve) => socket.emit(...args, resolve)), `answer to ${args[0]}`);

after(() => setTimeout(() => process.exit(), 200).unref());

for (const transport of ["polling", "websocket"]) {
  test(`2.5.0 ${transport}`, async (t) => {
    const connect = async (version) => {
      const library = require(`client-${version}`);
      const io = library.io ?? library;
      const socket = io(URL, { forceNew: true, reconnectionDelay: 5, reconnectionDelayMax: 10, transports: [transport] });
      t.after(() => socket.disconnect());
      await next(socket, "connect");
      await ask(socket, "join", "mixed");
      return socket;
    };
    const [old, recent] = [await connect("2.5.0"), await connect("4.8.4")];
    const heard = [next(old, "said"), next(recent, "said")];
    recent.emit("say", "mixed", "said", "é", Buffer.from([1]), "text");
    const [of_old, of_recent] = await Promise.all(heard);
    assert.deepEqual(of_old, ["é", Buffer.from([1]), "text"]);
    assert.deepEqual(of_recent.slice(0, -1), ["é", Buffer.from([1]), "text"]);
    assert.match(of_recent.at(-1), /^[\w-]{4}\.\d+$/);

    const { id } = old;
    const gone = next(old, "disconnect");
    old.io.engine.close();
    await gone;
    await next(old, "connect");
    assert.notEqual(old.id, id);
    assert.equal(await ask(old, "whoami"), false);
  });
}
