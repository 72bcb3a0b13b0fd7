// Published clients under remote control. Commands come as JSON lines on standard input, what happens goes to standard output as JSON lines:
// the answer to a command has its `id`, everything else a `client`. Bytes are `{"$bytes": BASE64}`.
import { createInterface } from "node:readline";
import { Emitter } from "@socket.io/redis-emitter";
import { createClient } from "redis";
import { Manager } from "socket.io-client";

const clients = new Map();
const managers = new Map();

const write = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

function pack(value) {
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString("base64") };
  if (value instanceof ArrayBuffer) return { $bytes: Buffer.from(value).toString("base64") };
  if (Array.isArray(value)) return value.map(pack);
  if (value === undefined) return { $undefined: true };
  if (value && typeof value === "object") return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, pack(v)]));
  return value;
}

function unpack(value) {
  if (Array.isArray(value)) return value.map(unpack);
  if (value && typeof value === "object") {
    if ("$bytes" in value) return Buffer.from(value.$bytes, "base64");
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, unpack(v)]));
  }
  return value;
}

const COMMANDS = {
  /** A client of `nsp` at `url`; clients of the same `manager` share a connection. */
  connect({ client, url, nsp, manager, options }) {
    let connection = managers.get(manager);
    if (!connection) {
      connection = new Manager(url, { reconnectionDelay: 100, reconnectionDelayMax: 400, autoConnect: false, ...options });
      managers.set(manager, connection);
    }
    const socket = connection.socket(nsp, options);
    clients.set(client, socket);
    // What it presents as if it had been connected before.
    if (options.session) ({ pid: socket._pid, offset: socket._lastOffset } = options.session);
    socket.on("connect", () => {
      write({ client, connected: { id: socket.id, recovered: socket.recovered } });
    });
    socket.on("disconnect", (reason) => write({ client, disconnected: reason }));
    socket.on("connect_error", (error) => write({ client, refused: error.message }));
    socket.onAny((event, ...args) => {
      const ack = typeof args.at(-1) === "function" ? args.pop() : undefined;
      write({ client, event, args: pack(args) });
      const answer = socket.answers?.[event];
      if (ack && answer !== undefined) ack(unpack(answer));
    });
    socket.connect();
  },
  /** From now on `event` is acknowledged with `value`; without one it is not acknowledged. */
  answer({ client, event, value }) {
    const socket = clients.get(client);
    socket.answers = { ...socket.answers, [event]: value };
  },
  async ack({ client, event, args }) {
    return pack(await clients.get(client).emitWithAck(event, ...unpack(args)));
  },
  emit({ client, event, args }) {
    clients.get(client).emit(event, ...unpack(args));
  },
  /** The transport of a client's connection; one that is to be upgraded is waited for. */
  async transport({ client, expected }) {
    const { engine } = clients.get(client).io;
    if (engine.transport.name !== expected) await new Promise((resolve) => engine.once("upgrade", resolve));
    return engine.transport.name;
  },
  disconnect({ client }) {
    clients.get(client).disconnect();
  },
  reconnect({ client }) {
    clients.get(client).connect();
  },
  /** Replaces what the client would present at the next connection. */
  session({ client, pid, offset }) {
    const socket = clients.get(client);
    if (pid !== undefined) socket._pid = pid;
    if (offset !== undefined) socket._lastOffset = offset;
    return { pid: socket._pid ?? null, offset: socket._lastOffset ?? null };
  },
  /** What a process that runs no server emits to a room: @socket.io/redis-emitter. */
  async emitter({ url, key, nsp, room, event, args }) {
    const redis = createClient({ url });
    await redis.connect();
    await new Emitter(redis, { key }).of(nsp).to(room).emit(event, ...unpack(args));
    await redis.close();
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { id, op, ...rest } = JSON.parse(line);
  const run = async () => COMMANDS[op](rest);
  run().then(
    (value) => write({ id, value: value ?? null }),
    (error) => write({ id, error: error.message }),
  );
}
process.exit(0);
