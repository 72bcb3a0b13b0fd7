// The client 0.9 when the server ends its stay in a namespace. The server is that of tests/lifecycle/clients.rs; what is told to newer
// clients is in ../generations/lifecycle.test.mjs.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { CLIENTS } from "./shims.mjs";

const URL = process.env.SOCKETIO_URL;
if (!URL) throw new Error("SOCKETIO_URL must hold the base URL of a running server");

const within = (promise, what, ms = 8000) => {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no ${what} within ${ms} ms`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
};
const next = (socket, event) => within(new Promise((resolve) => socket.once(event, (...args) => resolve(args))), event);
const tolerate = (emitter) => {
  emitter.on("error", () => {});
  return emitter;
};

// Their timers go on after they have left, and would keep this process for a minute.
after(() => setTimeout(() => process.exit(), 200).unref());

for (const transport of ["websocket", "xhr-polling"]) {
  describe(`0.9.17 ${transport}`, () => {
    const root = async (t) => {
      const socket = CLIENTS["0.9.17"]().connect(URL, { transports: [transport], "force new connection": true, reconnect: false });
      tolerate(socket.socket);
      tolerate(socket);
      t.after(() => socket.socket.disconnect());
      await next(socket, "connect");
      return socket;
    };
    const enter = async (t) => {
      const main = await root(t);
      const life = tolerate(main.socket.of("/life"));
      await next(life, "connect");
      return { main, life };
    };
    const story = async (life, event, ...args) => {
      const seen = [];
      for (const name of ["banned", "auth_expiring", "auth_expired"]) life.on(name, (...data) => seen.push([name, ...data]));
      const gone = next(life, "disconnect");
      life.emit(event, ...args, (...answer) => seen.push(answer));
      await gone;
      return seen;
    };

    test("acknowledged first, and the other namespace goes on", async (t) => {
      const { main, life } = await enter(t);
      assert.deepEqual(await story(life, "bye"), [[1]]);
      assert.equal(main.socket.connected, true);
    });

    test("an event says why the client is sent away", async (t) => {
      const { life } = await enter(t);
      assert.deepEqual(await story(life, "ban"), [["banned", { until: 7 }], [2]]);
    });

    test("before the connection is confirmed it is a refusal", async (t) => {
      const main = await root(t);
      const life = tolerate(main.socket.of("/life?how=banned"));
      const failed = next(tolerate(main.socket.of("/life")), "connect_failed");
      assert.ok(life);
      assert.deepEqual(await failed, ["unauthorized"]);
    });

    test("close ends the whole connection", async (t) => {
      const { main, life } = await enter(t);
      const ended = next(main, "disconnect");
      assert.deepEqual(await story(life, "close"), [[3]]);
      await ended;
    });

    test("a token that expires is announced, then the client is disconnected", async (t) => {
      const { life } = await enter(t);
      const seen = (await story(life, "expire", 30)).filter((entry) => entry.length > 0);
      assert.deepEqual(seen.map(([name]) => name), ["auth_expiring", "auth_expired"]);
    });
  });
}
