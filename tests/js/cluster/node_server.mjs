// A Socket.IO server of Node with the commands of `examples/cluster`, on the published adapters: the peer that the Rust servers are tested
// with. Its options are those of the example.
import { createServer } from "node:http";
import { parseArgs } from "node:util";
import { Server } from "socket.io";
import { adapter } from "./adapters.mjs";

const { values: options } = parseArgs({
  options: {
    port: { type: "string" },
    adapter: { type: "string" },
    url: { type: "string" },
    key: { type: "string", default: "" },
    name: { type: "string" },
    recovery: { type: "string" },
    "subscription-mode": { type: "string", default: "dynamic" },
    streams: { type: "string", default: "1" },
  },
});
const NAME = options.name;
const ASK_TIMEOUT = 2000;

const { create, close } = await adapter(options);
const http = createServer();
const io = new Server(http, {
  adapter: create,
  connectionStateRecovery: options.recovery && {
    maxDisconnectionDuration: Number(options.recovery) * 1000,
    skipMiddlewares: true,
  },
});

/** Takes the acknowledgement out of the arguments of an event, if it wants one. */
const acknowledgement = (args) => (typeof args.at(-1) === "function" ? args.pop() : () => {});

/** The clients of a room, of the whole namespace when it is null. */
const target = (nsp, room) => (room === null ? nsp : nsp.to(room));

/** The commands; those that wait for other servers are in `LONG`. */
const COMMANDS = {
  whoami: (socket) => ({
    id: socket.id,
    server: NAME,
    recovered: socket.recovered,
    rooms: [...socket.rooms],
    data: socket.data,
  }),
  join: async (socket, room) => void (await socket.join(room)),
  leave: async (socket, room) => void (await socket.leave(room)),
  set: (socket, key, value) => void (socket.data[key] = value),
  room: ({ nsp }, room, ...event) => void target(nsp, room).emit(...event),
  burst: ({ nsp }, room, event, n) => {
    for (let i = 0; i < n; i++) target(nsp, room).emit(event, i);
  },
  to: (socket, room, ...event) => void socket.to(room).emit(...event),
  all: ({ nsp }, ...event) => void nsp.emit(...event),
  except: ({ nsp }, room, ...event) => void nsp.except(room).emit(...event),
  local: ({ nsp }, ...event) => void nsp.local.emit(...event),
  volatile: ({ nsp }, room, ...event) => void target(nsp.volatile, room).emit(...event),
  kick: ({ nsp }, room, close) => void nsp.in(room).disconnectSockets(close),
  joinall: ({ nsp }, room, other) => void nsp.in(room).socketsJoin(other),
  leaveall: ({ nsp }, room, other) => void nsp.in(room).socketsLeave(other),
  sse: ({ nsp }, ...event) => void nsp.serverSideEmit(...event),
};

const LONG = {
  ask: ({ nsp }, room, ...event) =>
    new Promise((resolve) => {
      const answer = (error, answers) => resolve({ answers, missing: error ? null : 0 });
      target(nsp.timeout(ASK_TIMEOUT), room).emit(...event, answer);
    }),
  fetch: async ({ nsp }, room) => {
    const sockets = await (room === null ? nsp : nsp.in(room)).fetchSockets();
    return sockets.map(({ id, rooms, data }) => ({ id, rooms: [...rooms], data }));
  },
  count: async ({ nsp }, room) => (await (room === null ? nsp : nsp.in(room)).fetchSockets()).length,
  sse_ask: ({ nsp }, ...event) =>
    new Promise((resolve) => {
      nsp.serverSideEmit(...event, (error, answers) => {
        resolve(error ? { answers: answers ?? [], error: error.message } : { answers });
      });
    }),
};

for (const nsp of [io.of("/"), io.of("/chat")]) {
  nsp.on("connection", (socket) => {
    // Commands of one client take effect in their order.
    let last = Promise.resolve();
    const run = async (command, args, ack) => {
      try {
        const value = await command(socket, ...args);
        ack(value === undefined ? true : value);
      } catch (error) {
        ack({ error: error.message });
      }
    };
    for (const [name, command] of Object.entries(COMMANDS)) {
      socket.on(name, (...args) => {
        const ack = acknowledgement(args);
        last = last.then(() => run(command, args, ack));
      });
    }
    for (const [name, command] of Object.entries(LONG)) {
      socket.on(name, (...args) => {
        const ack = acknowledgement(args);
        last = last.then(() => void run(command, args, ack));
      });
    }
  });
  for (const event of ["news", "quiz"]) {
    nsp.on(event, (...args) => {
      const ack = acknowledgement(args);
      nsp.local.emit("sse", event, ...args);
      ack([NAME, ...args]);
    });
  }
}

process.on("SIGTERM", () => {
  setTimeout(() => process.exit(1), 4000).unref();
  io.close(async () => {
    await close();
    process.exit(0);
  });
});

http.listen(Number(options.port), "127.0.0.1");
