// Our own browser client when things go wrong: mostly against a WebSocket made here, for what a
// server rarely does (silence, nonsense, going away). What goes well is in client.test.mjs.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import WebSocket from "ws";
import { io } from "../../socketio/src/server/client/socketio.js";
import { URL, next, record, sleep } from "./support.mjs";

/** A WebSocket class whose server is the test; `sockets` are those made so far. */
function scripted(onopen) {
  const sockets = [];
  class Scripted {
    sent = [];
    constructor(uri) {
      this.uri = uri;
      sockets.push(this);
      setTimeout(() => onopen(this, sockets.length));
    }
    send(packet) {
      this.sent.push(packet);
      if (packet.startsWith?.("40")) this.say(packet.replace(/^40(\/\w+,)?.*/, '40$1{"sid":"s"}'));
    }
    close() {
      this.closed = true;
    }
    say(...packets) {
      for (const data of packets) this.onmessage({ data });
    }
    handshake(pingInterval = 1000, pingTimeout = 1000) {
      this.say(`0${JSON.stringify({ sid: "secret", upgrades: [], pingInterval, pingTimeout, maxPayload: 100 })}`);
    }
  }
  return { Scripted, sockets };
}

function scriptedSocket(t, onopen, options = {}) {
  const { Scripted, sockets } = scripted(onopen);
  const socket = io("http://unreachable.invalid/x", {
    transports: ["websocket"], reconnectionDelay: 10, WebSocket: Scripted, ...options,
  });
  t.after(() => socket.disconnect());
  return { socket, sockets };
}

/** The delays of all timers from now on, as an array that grows. */
function recordDelays(t) {
  const later = setTimeout;
  const delays = [];
  t.mock.method(globalThis, "setTimeout", (callback, ms, ...args) => {
    delays.push(ms);
    return later(callback, ms, ...args);
  });
  return delays;
}

describe("when things go wrong", () => {
  test("a WebSocket that cannot open gives way to polling", async (t) => {
    class Broken {
      constructor() {
        setTimeout(() => this.onerror());
      }
      close() {}
    }
    class Silent {
      close() {}
    }
    for (const WebSocket of [Broken, Silent, null]) {
      const socket = io(URL, { WebSocket, timeout: 200 });
      t.after(() => socket.disconnect());
      assert.equal(await socket.emitWithAck("message-with-ack", 1), 1);
    }
  });

  test("nothing there: connect_error, again and again, with growing delays", async (t) => {
    t.mock.method(Math, "random", () => 0.5);
    const delays = recordDelays(t);
    const socket = io("http://127.0.0.1:9", { WebSocket, reconnectionDelay: 21, reconnectionDelayMax: 51 });
    t.after(() => socket.disconnect());
    for (let i = 0; i < 4; i++) assert.ok((await next(socket, "connect_error"))[0] instanceof Error);
    assert.deepEqual(delays.filter((ms) => [21, 42, 51].includes(ms)), [21, 42, 51, 51]);
  });

  test("a delay varies by half", async (t) => {
    const delays = recordDelays(t);
    for (const [random, delay] of [[0, 20], [0.75, 50]]) {
      t.mock.method(Math, "random", () => random);
      const { socket } = scriptedSocket(t, (ws) => ws.onerror(), { reconnectionDelay: 40 });
      await next(socket, "connect_error");
      assert.ok(delays.includes(delay), `${delays}`);
    }
  });

  test("a server that goes away is found again, and the buffer goes to it", async (t) => {
    const { socket, sockets } = scriptedSocket(t, (ws) => ws.handshake());
    await next(socket, "connect");
    sockets[0].onclose();
    socket.emit("meanwhile", 1);
    assert.equal(socket.connected, false);
    await next(socket, "connect");
    assert.deepEqual(sockets[1].sent, ["40/x,", '42/x,["meanwhile",1]']);
    sockets[0].say('42/x,["ghost"]');
  });

  test("the reasons of a loss", async (t) => {
    const loss = async (break_) => {
      const { socket, sockets } = scriptedSocket(t, (ws) => ws.handshake(), { reconnection: false });
      await next(socket, "connect");
      const reason = next(socket, "disconnect");
      break_(sockets[0]);
      assert.equal(sockets[0].closed, true);
      return (await reason)[0];
    };
    assert.equal(await loss((ws) => ws.onclose()), "transport close");
    assert.equal(await loss((ws) => ws.onerror()), "transport error");
    assert.equal(await loss((ws) => ws.say("1")), "transport close");
    for (const nonsense of [
      "", "9", "4", "4x", "47", "42/x,", "42/x,{}", '42/x,["a"', "42/x,[1]", '42/x,["connect"]', "43/x,1{}", "40/x,",
      new ArrayBuffer(1),
    ]) {
      assert.equal(await loss((ws) => ws.say(nonsense)), "parse error", `${nonsense}`);
    }
    const placeholder = (num) => [`451-/x,["a",{"_placeholder":true,"num":${num}}]`, new ArrayBuffer(1)];
    for (const num of ["1", "-1", '"0"', '"length"', "null"]) {
      assert.equal(await loss((ws) => ws.say(...placeholder(num))), "parse error", num);
    }
    assert.equal(await loss((ws) => ws.say('451-/x,["a",{"_placeholder":true,"num":0}]', '42/x,["b"]')), "parse error");
  });

  test("silence is a ping timeout; pings are answered and keep it alive", async (t) => {
    const { socket, sockets } = scriptedSocket(t, (ws) => ws.handshake(60, 60), { reconnection: false });
    await next(socket, "connect");
    const reason = next(socket, "disconnect");
    for (let i = 0; i < 4; i++) {
      await sleep(60);
      sockets[0].say("2");
    }
    assert.equal(socket.connected, true);
    assert.deepEqual(sockets[0].sent.slice(1), ["3", "3", "3", "3"]);
    assert.deepEqual(await reason, ["ping timeout"]);
  });

  test("a handshake that never comes is a timeout", async (t) => {
    const { socket } = scriptedSocket(t, () => {}, { timeout: 30, reconnection: false });
    assert.equal((await next(socket, "connect_error"))[0].message, "timeout");
  });

  test("after a disconnect by the server nobody tries again until asked", async (t) => {
    const { socket, sockets } = scriptedSocket(t, (ws) => ws.handshake());
    await next(socket, "connect");
    const reason = next(socket, "disconnect");
    sockets[0].say("41/x,");
    assert.deepEqual(await reason, ["io server disconnect"]);
    await sleep(60);
    assert.equal(sockets.length, 1);
    assert.equal(sockets[0].closed, true);
    await next(socket.connect(), "connect");
    assert.equal(sockets.length, 2);
  });

  test("a refusal carries message and data, and a better auth may be tried", async (t) => {
    const { socket, sockets } = scriptedSocket(t, (ws, n) => {
      if (n === 1) ws.send = (packet) => ws.sent.push(packet);
      ws.handshake();
      if (n === 1) ws.say('44/x,{"message":"that nickname is in use","data":{"code":"taken"}}');
    }, { auth: { nick: "a" } });
    const [error] = await next(socket, "connect_error");
    assert.deepEqual([error.message, error.data], ["that nickname is in use", { code: "taken" }]);
    assert.equal(sockets[0].closed, true);
    socket.auth = { nick: "b" };
    await next(socket.connect(), "connect");
    assert.deepEqual(sockets[1].sent, ['40/x,{"nick":"b"}']);
  });

  test("connect does not wait for the next attempt", async (t) => {
    const { socket, sockets } = scriptedSocket(t, (ws, n) => (n === 1 ? ws.onerror() : ws.handshake()), {
      reconnectionDelay: 60_000, reconnectionDelayMax: 60_000,
    });
    await next(socket, "connect_error");
    assert.equal(sockets.length, 1);
    await next(socket.connect(), "connect", 1000);
  });

  test("disconnect ends the attempts", async (t) => {
    const { socket, sockets } = scriptedSocket(t, (ws) => ws.onerror());
    await next(socket, "connect_error");
    socket.disconnect();
    await sleep(60);
    assert.equal(sockets.length, 1);
  });
});
