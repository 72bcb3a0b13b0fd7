// The clients from 0.7 to 0.9 in Node, as members of the mixed room.
import { attend, stay, wanted } from "./member.mjs";
import { CLIENTS } from "../legacy/shims.mjs";

for (const [version, transport] of wanted()) {
  const options = { transports: [transport], "force new connection": true, reconnect: false };
  const chat = CLIENTS[version]().connect(`${process.env.SOCKETIO_URL}/chat`, options);
  attend(`${version} ${transport}`, chat, () => chat.socket.transport.name);
  // All clients of a version share one list of transports, into which each writes its own until it has chosen.
  await new Promise((resolve) => chat.on("connect", resolve));
}
stay();
