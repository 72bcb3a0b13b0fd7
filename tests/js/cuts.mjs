// A TCP proxy before a server, which cuts what passes through it.
import { once } from "node:events";
import net from "node:net";

/** A proxy before the server at `url`; it ends with the test `t`. */
export async function proxy(t, url) {
  const { hostname, port } = new URL(url);
  const pairs = new Set();
  let shut = false;
  // How many bytes still pass to the client before everything is cut; `undefined`: all.
  let left;
  const end = ({ client, server }) => {
    client.destroy();
    server.destroy();
  };
  const cut = () => {
    pairs.forEach(end);
    pairs.clear();
  };
  const listener = net.createServer((client) => {
    if (shut) return client.destroy();
    const server = net.connect(Number(port), hostname);
    const pair = { client, server, frozen: false };
    pairs.add(pair);
    client.setNoDelay();
    client.on("data", (chunk) => server.write(chunk));
    server.on("data", (chunk) => {
      if (pair.frozen) return;
      if (left === undefined) return client.write(chunk);
      const part = chunk.subarray(0, left);
      left -= part.length;
      if (left > 0) return client.write(part);
      left = undefined;
      shut = true;
      // The first part of a frame arrives, and nothing else.
      client.write(part, () => cut());
    });
    for (const socket of [client, server]) {
      socket.on("error", () => {});
      socket.on("close", () => {
        // The server does not notice that a frozen connection has lost its client.
        if (!pair.frozen) end(pair);
        pairs.delete(pair);
      });
    }
  });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  t.after(() => {
    shut = true;
    frozen.forEach(end);
    cut();
    listener.close();
  });
  const frozen = [];
  return {
    url: `http://127.0.0.1:${listener.address().port}`,
    /** Ends all connections, and refuses new ones until `open`. */
    cut() {
      shut = true;
      cut();
    },
    /** The same when `bytes` more have passed to the client. */
    cutAfter(bytes) {
      left = bytes;
    },
    /** Ends the connections of the clients, and keeps those of the server. */
    freeze() {
      shut = true;
      for (const pair of pairs) {
        pair.frozen = true;
        frozen.push(pair);
        pair.client.destroy();
      }
      pairs.clear();
    },
    open() {
      shut = false;
    },
  };
}
