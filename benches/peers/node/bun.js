// socket.io over @socket.io/bun-engine. PORT says where.
import { Server as Engine } from "@socket.io/bun-engine";
import { Server } from "socket.io";
import { register } from "./events.js";

const io = new Server();
const engine = new Engine({ path: "/socket.io/" });
io.bind(engine);
register(io);
Bun.serve({ ...engine.handler(), hostname: "127.0.0.1", port: Number(process.env.PORT), idleTimeout: 60 });
