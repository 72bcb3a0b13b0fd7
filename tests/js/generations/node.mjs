// The Node builds of the published clients, each over each transport.
import { createRequire } from "node:module";
import { judge } from "./checks.mjs";
import { report } from "./report.mjs";

const URL = process.env.SOCKETIO_URL;
if (!URL) throw new Error("SOCKETIO_URL must hold the base URL of a running server");
/** Only rows whose name contains this. */
const ONLY = process.env.ONLY ?? "";

const require = createRequire(import.meta.url);
const VERSIONS = ["1.0.6", "1.7.4", "2.0.4", "2.5.0", "3.1.3", "4.8.4"];
const TRANSPORTS = {
  polling: ["polling"],
  websocket: ["websocket"],
  upgrade: ["polling", "websocket"],
};

/** A client of one version over one transport: what `checks.mjs` asks of a client. */
function client(version, transport, observer) {
  const library = require(`client-${version}`);
  const io = library.io ?? library;
  const old = version < "3";
  const name = `${version} ${transport}`;
  let beats = 0;
  return {
    version,
    transport,
    name,
    old,
    observer,
    beats: () => beats,
    open(nsp) {
      const who = old ? { query: { name } } : { auth: { name } };
      const socket = io(URL + nsp, { forceNew: true, reconnection: false, transports: TRANSPORTS[transport], ...who });
      // Up to 2.5 it is the client that asks.
      const watch = () => socket.io.engine.on("packet", ({ type }) => (beats += type === (old ? "pong" : "ping")));
      if (socket.io.engine) watch();
      else socket.io.on("open", watch);
      return socket;
    },
    binary(values) {
      const buffer = Buffer.from(values);
      // A client of 1.0 asks it for memory that the buffers of its time did not have, and misreads that.
      if (version.startsWith("1.0")) Object.defineProperty(buffer, "buffer", { value: undefined });
      return buffer;
    },
  };
}

const observer = client("4.8.4", "websocket").open("/");
const names = VERSIONS.flatMap((version) => Object.keys(TRANSPORTS).map((transport) => [version, transport]));
const chosen = names.filter((name) => name.join(" ").includes(ONLY));
const rows = await Promise.all(
  chosen.map(async ([version, transport]) => {
    const one = client(version, transport, observer);
    return { name: one.name, results: await judge(one) };
  }),
);
observer.disconnect();
process.exit(report("node", rows) ? 1 : 0);
