// The clients from 1.0 to 4.x in Node, as members of the mixed room.
import { createRequire } from "node:module";
import { attend, stay, wanted } from "./member.mjs";

const require = createRequire(new URL("../generations/", import.meta.url));
const TRANSPORTS = { polling: ["polling"], websocket: ["websocket"], upgrade: ["polling", "websocket"] };

for (const [version, transport] of wanted()) {
  const library = require(`client-${version}`);
  const options = { forceNew: true, reconnection: false, transports: TRANSPORTS[transport] };
  const chat = (library.io ?? library)(`${process.env.SOCKETIO_URL}/chat`, options);
  attend(`${version} ${transport}`, chat, () => chat.io.engine.transport.name);
}
stay();
