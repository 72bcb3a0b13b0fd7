// Published clients that say nothing for as long as the process lives. What happens to them is counted by the server, in
// `tests/generations/quiet.rs`; they do not come back when they lose their connection.
import { createRequire } from "node:module";
import { stay, wanted } from "./member.mjs";
import { CLIENTS } from "../legacy/shims.mjs";

const require = createRequire(new URL("../generations/", import.meta.url));
const TRANSPORTS = { upgrade: ["polling", "websocket"] };

for (const [version, transport] of wanted()) {
  const transports = TRANSPORTS[transport] ?? [transport];
  if (version < "1") {
    const options = { transports, "force new connection": true, reconnect: false };
    const socket = CLIENTS[version]().connect(process.env.SOCKETIO_URL, options);
    socket.on("error", () => {});
    // All clients of a version share one list of transports, into which each writes its own until it has chosen.
    await new Promise((resolve) => socket.on("connect", resolve));
  } else {
    const library = require(`client-${version}`);
    (library.io ?? library)(process.env.SOCKETIO_URL, { forceNew: true, reconnection: false, transports });
  }
}
stay();
