// socket.io as most people run it: Node.js and ws, without native add-ons. PORT says where.
import { createServer } from "node:http";
import { Server } from "socket.io";
import { register } from "./events.js";

const http = createServer();
register(new Server(http));
http.listen({ host: "127.0.0.1", port: Number(process.env.PORT), backlog: 4096 });
