// The published adapters by the names of `--adapter`: what `--url` and `--key` mean for each, and how its connections are closed.
import * as postgres from "@socket.io/postgres-adapter";
import * as redis from "@socket.io/redis-adapter";
import * as streams from "@socket.io/redis-streams-adapter";
import pg from "pg";
import { createClient, createCluster } from "redis";

// A broker that goes away is part of the tests; the client reconnects by itself.
const ignore = () => {};

/** A client of a server, or of a cluster when the address is `redis+cluster://`. */
async function client(url) {
  const cluster = url.startsWith("redis+cluster://");
  const made = cluster
    ? createCluster({ rootNodes: [{ url: url.replace("redis+cluster", "redis") }] })
    : createClient({ url });
  made.on("error", ignore);
  await made.connect();
  return made;
}

async function pubsub(url) {
  const pub = await client(url);
  const sub = pub.duplicate();
  sub.on("error", ignore);
  await sub.connect();
  return { pub, sub, close: async () => void (await Promise.allSettled([pub.destroy?.(), sub.destroy?.()])) };
}

const KINDS = {
  async classic({ url, key }) {
    const { pub, sub, close } = await pubsub(url);
    return { create: redis.createAdapter(pub, sub, { key }), close };
  },
  async sharded({ url, key, "subscription-mode": subscriptionMode }) {
    const { pub, sub, close } = await pubsub(url);
    return { create: redis.createShardedAdapter(pub, sub, { channelPrefix: key, subscriptionMode }), close };
  },
  async streams({ url, key, streams: count }) {
    const pub = await client(url);
    const create = streams.createAdapter(pub, {
      streamName: key,
      channelPrefix: key,
      sessionKeyPrefix: `${key}:session:`,
      streamCount: Number(count),
    });
    return { create, close: async () => {} };
  },
  async postgres({ url, key }) {
    const pool = new pg.Pool({ connectionString: url });
    pool.on("error", ignore);
    // The connection of LISTEN has no listener for errors of its own: without one the process ends with the broker.
    pool.on("connect", (connection) => connection.on("error", ignore));
    return { create: postgres.createAdapter(pool, { channelPrefix: key, errorHandler: ignore }), close: async () => {} };
  },
  async memory() {
    return { create: undefined, close: async () => {} };
  },
};

/** `create` for the option `adapter` of a server, and `close` for its end. */
export function adapter(options) {
  const kind = KINDS[options.adapter];
  if (!kind) throw new Error(`--adapter ${options.adapter}: no such adapter`);
  return kind(options);
}
