// Published clients that say nothing until the server emits `leave`, on which they disconnect. What happens to them is
// counted by the server, in `tests/generations/quiet.rs`; with RECONNECT they come back when they lose their connection.
import { createRequire } from "node:module";
import { stay, wanted } from "./member.mjs";
import { CLIENTS } from "../legacy/shims.mjs";

const require = createRequire(new URL("../generations/", import.meta.url));
const TRANSPORTS = { upgrade: ["polling", "websocket"] };
const back = Boolean(process.env.RECONNECT);

for (const [version, transport] of wanted()) {
  const transports = TRANSPORTS[transport] ?? [transport];
  let socket;
  if (version < "1") {
    const options = { transports, "force new connection": true, reconnect: back, "reconnection limit": 1000 };
    socket = CLIENTS[version]().connect(process.env.SOCKETIO_URL, { ...options, "max reconnection attempts": 100 });
    socket.on("error", () => {});
    // All clients of a version share one list of transports, into which each writes its own until it has chosen.
    await new Promise((resolve) => socket.once("connect", resolve));
  } else {
    const library = require(`client-${version}`);
    const options = { transports, forceNew: true, reconnection: back, reconnectionDelayMax: 1000 };
    socket = (library.io ?? library)(process.env.SOCKETIO_URL, options);
  }
  socket.on("leave", () => socket.disconnect());
}
stay();
