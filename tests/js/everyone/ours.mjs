// The client that the server carries, in Node, as members of the mixed room.
import WebSocket from "ws";
import { attend, stay, wanted } from "./member.mjs";
import { io } from "../../../socketio/src/server/client/socketio.js";

for (const [version, transport] of wanted()) {
  const chat = io(`${process.env.SOCKETIO_URL}/chat`, { WebSocket, transports: [transport] });
  attend(`${version} ${transport}`, chat, () => transport);
}
stay();
