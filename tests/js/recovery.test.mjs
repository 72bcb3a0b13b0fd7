// The official client of 4.8 with connection state recovery, through a proxy that cuts. The servers are those of tests/recovery/clients.rs.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { Manager, io } from "socket.io-client";
import { proxy } from "./cuts.mjs";
import { URL as SERVER, within } from "./support.mjs";

const { SHORT_URL, SMALL_URL } = process.env;

after(() => setTimeout(() => process.exit(), 200).unref());

const next = (socket, event) =>
  within(new Promise((resolve) => socket.once(event, (...args) => resolve(args))), `event ${event}`);

/** What the server knows of a client: recovered, rooms, grants, a value of the connection, a value of its data. */
const whoami = (socket) => within(new Promise((resolve) => socket.emit("whoami", (...answer) => resolve(answer))), "answer");

/** A client on a connection of its own, which hears everything. */
function client(t, url, options = {}) {
  const socket = io(url, { forceNew: true, reconnectionDelay: 5, reconnectionDelayMax: 10, ...options });
  t.after(() => socket.disconnect());
  return hears(socket);
}

/** Keeps what the client hears in `heard`, without the offsets. */
function hears(socket) {
  socket.heard = [];
  socket.onAny((...args) => {
    if (typeof args.at(-1) === "function") args.pop();
    else assert.match(args.pop(), /^[\w-]{4}\.\d+$/, "an offset");
    socket.heard.push(args);
  });
  return socket;
}

/** A client that is never cut, and makes the server say things. */
async function driver(t, url = SERVER) {
  const socket = io(url, { forceNew: true, transports: ["websocket"] });
  t.after(() => socket.disconnect());
  await next(socket, "connect");
  return {
    say: (room, event, ...args) => socket.emitWithAck("say", room, event, ...args),
    volatile: (room, event, ...args) => socket.emitWithAck("volatile", room, event, ...args),
    ask: (room, event, ...args) => socket.emitWithAck("ask", room, event, ...args),
    burst: (room, event, from, to) => socket.emitWithAck("burst", room, event, from, to),
  };
}

/** A member of a room with a name, and what it is known by. */
async function member(t, url, room, options) {
  const socket = client(t, url, options);
  await next(socket, "connect");
  await socket.emitWithAck("join", room);
  await socket.emitWithAck("name", room);
  return [socket, await whoami(socket), socket.id];
}

let rooms = 0;
const unique = () => `room ${++rooms}`;

for (const transports of [["websocket"], ["polling"], ["polling", "websocket"]]) {
  for (const how of ["cut", "freeze"]) {
    test(`${transports.join(" to ")}, ${how}: id, rooms, data and missed events come back, in order and once`, async (t) => {
      const [network, server, room] = [await proxy(t, SERVER), await driver(t), unique()];
      const [socket, before, id] = await member(t, network.url, room, { transports });
      await server.say(room, "seen", 1);
      while (socket.heard.length < 1) await next(socket, "seen");
      network[how]();
      await server.say(room, "missed", 2);
      await server.say(id, "to it alone", "text", Buffer.from([1, 2, 3]));
      await server.say("another room", "not for it");
      await server.volatile(room, "not kept", "text");
      await server.say(room, "missed", { n: 3 });
      network.open();
      await next(socket, "connect");
      assert.equal(socket.recovered, true);
      assert.equal(socket.id, id);
      assert.deepEqual(await whoami(socket), [true, ...before.slice(1)]);
      await server.say(room, "live", 4);
      const expected = [["seen", 1], ["missed", 2], ["to it alone", "text", Buffer.from([1, 2, 3])], ["missed", { n: 3 }], ["live", 4]];
      while (socket.heard.length < expected.length) await next(socket, "live");
      assert.deepEqual(socket.heard, expected);
    });
  }
}

describe("what comes before the cut", () => {
  test("the middle of a frame", async (t) => {
    const [network, server, room] = [await proxy(t, SERVER), await driver(t), unique()];
    const [socket, , id] = await member(t, network.url, room, { transports: ["websocket"] });
    network.cutAfter(1000);
    const text = "x".repeat(20_000);
    const gone = next(socket, "disconnect");
    await server.say(room, "long", text);
    await gone;
    assert.deepEqual(socket.heard, []);
    network.open();
    await next(socket, "connect");
    assert.deepEqual([socket.recovered, socket.id, socket.heard], [true, id, [["long", text]]]);
  });

  test("acknowledged and volatile events", async (t) => {
    const [network, server, room] = [await proxy(t, SERVER), await driver(t), unique()];
    const [socket, , id] = await member(t, network.url, room, { transports: ["websocket"] });
    socket.on("ask", (text, answer) => answer(text));
    await server.say(room, "one");
    assert.deepEqual(await server.ask(room, "ask", "text"), ["text"]);
    await server.volatile(room, "tick");
    await server.volatile(room, "tick", "text");
    while (socket.heard.length < 4) await next(socket, "tick");
    network.cut();
    await server.say(room, "two");
    network.open();
    await next(socket, "connect");
    assert.deepEqual([socket.recovered, socket.id], [true, id]);
    assert.deepEqual(socket.heard, [["one"], ["ask", "text"], ["tick"], ["tick", "text"], ["two"]]);
  });

  test("nothing at all", async (t) => {
    const network = await proxy(t, SERVER);
    const socket = client(t, network.url, { transports: ["websocket"] });
    await next(socket, "connect");
    const { id } = socket;
    network.cut();
    network.open();
    await next(socket, "connect");
    assert.deepEqual([socket.recovered, socket.id], [true, id]);
  });
});

test("two namespaces of one connection", async (t) => {
  const [network, server, room] = [await proxy(t, SERVER), await driver(t), unique()];
  const manager = new Manager(network.url, { transports: ["websocket"], reconnectionDelay: 5, reconnectionDelayMax: 10 });
  const other = await driver(t, `${SERVER}/other`);
  const sockets = [hears(manager.socket("/")), hears(manager.socket("/other"))];
  t.after(() => sockets.forEach((socket) => socket.disconnect()));
  await Promise.all(sockets.map((socket) => next(socket, "connect")));
  await Promise.all(sockets.map((socket) => socket.emitWithAck("join", room)));
  const ids = sockets.map((socket) => socket.id);
  network.cut();
  await server.say(room, "root", 1);
  await other.say(room, "other", 2);
  network.open();
  await Promise.all(sockets.map((socket) => next(socket, "connect")));
  assert.deepEqual(sockets.map((socket) => [socket.recovered, socket.id]), ids.map((id) => [true, id]));
  assert.deepEqual(sockets.map((socket) => socket.heard), [[["root", 1]], [["other", 2]]]);
});

describe("a new session, and no error", () => {
  const fresh = async (socket, id) => {
    await next(socket, "connect");
    assert.equal(socket.recovered, false);
    assert.notEqual(socket.id, id);
    assert.deepEqual((await whoami(socket))[1], []);
  };

  test("too late", async (t) => {
    const network = await proxy(t, SHORT_URL);
    const [socket, , id] = await member(t, network.url, unique());
    network.cut();
    // A hundred times as long as the server keeps it.
    setTimeout(() => network.open(), 100);
    await fresh(socket, id);
  });

  test("after disconnect by the client", async (t) => {
    const [socket, , id] = await member(t, SERVER, unique());
    socket.disconnect();
    socket.connect();
    await fresh(socket, id);
  });

  test("after disconnect by the server", async (t) => {
    const [socket, , id] = await member(t, SERVER, unique());
    const gone = next(socket, "disconnect");
    socket.emit("bye");
    assert.equal((await gone)[0], "io server disconnect");
    socket.connect();
    await fresh(socket, id);
  });

  test("with made-up values", async (t) => {
    const network = await proxy(t, SERVER);
    const [socket, , id] = await member(t, network.url, unique());
    for (const auth of [{ pid: "a".repeat(20), offset: "abcd.1" }, { pid: 7, offset: {} }, { pid: "__proto__", offset: null }]) {
      socket.auth = auth;
      network.cut();
      network.open();
      await fresh(socket, id);
    }
  });

  test("past the bound of the log", async (t) => {
    const [network, server, room] = [await proxy(t, SMALL_URL), await driver(t, SMALL_URL), unique()];
    const [socket, , id] = await member(t, network.url, room);
    network.cut();
    await server.burst(room, "n", 0, 20);
    network.open();
    await next(socket, "connect");
    assert.deepEqual([socket.recovered, socket.id, socket.heard.length], [true, id, 20]);
    network.cut();
    await server.burst(room, "n", 20, 41);
    network.open();
    await fresh(socket, id);
    assert.equal(socket.heard.length, 20);
  });
});

for (const transports of [["websocket"], ["polling"], ["polling", "websocket"]]) {
  test(`${transports.join(" to ")}: nothing is lost or doubled over many cuts under traffic`, async (t) => {
    const CUTS = 25;
    const [network, server, room] = [await proxy(t, SERVER), await driver(t), unique()];
    const [socket, , id] = await member(t, network.url, room, { transports });
    let [sent, over] = [0, false];
    const traffic = (async () => {
      while (!over) {
        // One in three is for the client alone.
        await server.burst(sent % 3 === 0 ? id : room, "n", sent, sent + 7);
        sent += 7;
      }
    })();
    let recovered = 0;
    for (let n = 0; n < CUTS; n++) {
      if (n % 3 === 0) network.cutAfter(1 + ((n * 977) % 5000));
      else network[n % 3 === 1 ? "cut" : "freeze"]();
      if (socket.connected) await next(socket, "disconnect");
      network.open();
      await next(socket, "connect");
      recovered += socket.recovered && socket.id === id;
    }
    over = true;
    await traffic;
    await server.say(room, "end");
    while (socket.heard.at(-1)?.[0] !== "end") await next(socket, "end");
    assert.equal(recovered, CUTS);
    assert.deepEqual(socket.heard.slice(0, -1).map(([, n]) => n), Array.from({ length: sent }, (_, n) => n));
    t.diagnostic(`${sent} events, ${CUTS} cuts`);
  });
}
