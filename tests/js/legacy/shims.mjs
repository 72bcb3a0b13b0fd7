// What Node had when the clients of 0.7 and 0.8 were published, and has no more: three things, put back before a client
// is loaded. The clients themselves are as published.
import crypto from "node:crypto";
import { EventEmitter } from "node:events";
import { createRequire } from "node:module";
import net from "node:net";

const require = createRequire(import.meta.url);
const http = require("http");

process.EventEmitter = EventEmitter;

// Strings were bytes.
const { update } = crypto.Hash.prototype;
crypto.Hash.prototype.update = function (data, encoding) {
  return update.call(this, typeof data === "string" && !encoding ? Buffer.from(data, "latin1") : data, encoding);
};

// The only use of it: an upgrade whose request is followed by eight bytes.
http.createClient = (port, host) => {
  const client = new EventEmitter();
  client.end = () => {};
  client.request = (path, headers) => {
    const socket = net.connect(port, host);
    socket.on("error", (error) => client.emit("error", error));
    const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.write(`GET ${path} HTTP/1.1\r\n${head.join("")}\r\n`, "latin1");
    let received = Buffer.alloc(0);
    const read = (chunk) => {
      received = Buffer.concat([received, chunk]);
      const end = received.indexOf("\r\n\r\n");
      if (end < 0) return;
      socket.removeListener("data", read);
      if (!received.subarray(0, 12).equals(Buffer.from("HTTP/1.1 101"))) {
        client.emit("error", new Error(received.subarray(0, end).toString()));
        return;
      }
      client.emit("upgrade", {}, socket, received.subarray(end + 4));
    };
    socket.on("data", read);
    return { write: (data, encoding) => socket.write(data, encoding), end() {} };
  };
  return client;
};

export const CLIENTS = {
  "0.7.11": () => require("socket.io-client-0.7"),
  "0.8.7": () => require("socket.io-client-0.8"),
  "0.9.17": () => require("socket.io-client-0.9"),
};
