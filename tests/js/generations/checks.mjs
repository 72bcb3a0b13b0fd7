// What every client must be able to do, written for the API that all of them have in common. Used in
// Node and, as it is, in browsers: it imports nothing. `make` is how a client is made: see node.mjs.

const DELIMITERS = "\u2028\u2029\ufffd\u001e \n\r \\n \\\\n \" ' </script> : 42[] 4:4 b4AQ== %20 + & = # ?";
const TEXTS = ["plain", "é", "é€😀", "ÿ\u0080", "日本語", "𝒳😀", DELIMITERS, `é${DELIMITERS}😀`];

/** Rejects when `promise` takes longer than `ms`, naming what was waited for. */
export function within(promise, what, ms = 15000) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no ${what} within ${ms} ms`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

const next = (emitter, event) =>
  within(new Promise((resolve) => emitter.once(event, (...args) => resolve(args))), `event ${event}`);

/** Emits and waits for the acknowledgement; gives its first argument, or all of several. */
export const call = (socket, event, ...args) =>
  within(
    new Promise((resolve) => socket.emit(event, ...args, (...answer) => resolve(answer.length > 1 ? answer : answer[0]))),
    `acknowledgement of ${event}`,
  );

/** What a client of any version reports for a refused connection. */
const refusal = (socket) =>
  within(
    new Promise((resolve, reject) => {
      socket.on("connect", () => reject(new Error("was accepted")));
      socket.on("connect_error", resolve);
      socket.on("error", resolve);
    }),
    "refusal",
  );

/** Its message. */
const refused = (socket) => refusal(socket).then((error) => (typeof error === "string" ? error : error.message));

/** What /banned says of everyone. */
const BANNED = { code: "banned", until: "môrgen" };

function same(found, expected, what) {
  const [a, b] = [JSON.stringify(found), JSON.stringify(expected)];
  if (a !== b) throw new Error(`${what}: ${a} instead of ${b}`);
}

const bytes = (data) => [...new Uint8Array(data instanceof ArrayBuffer ? data : data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength))];

/** A burst of numbers, both ways. */
const COUNT = 25;
const NUMBERS = [...Array(COUNT).keys()];

/**
 * The checks in their order, all on one connection. Each gets the socket of `/` and the client: `old` is true up to
 * 2.5, `binary` makes a binary value, `heard` tells how many heartbeats there were.
 */
export const CHECKS = {
  async who(socket, client) {
    const [protocol, , id, auth] = await call(socket, "who");
    same(protocol, client.old ? 3 : 4, "protocol");
    // 1.0 knows no id of its own in Node but that of its connection.
    same(client.version.startsWith("1.") ? socket.io.engine.id : socket.id, id, "the client's id");
    same(auth, { name: client.name }, "auth");
  },
  async echo(socket) {
    same(await call(socket, "echo", 1, { a: [true, null] }), [1, { a: [true, null] }], "acknowledgement");
  },
  async ask(socket) {
    socket.once("question", (text, answer) => answer(`${text}: because 😀`));
    same(await call(socket, "ask", "why é"), "why é: because 😀", "answer");
  },
  async unicode(socket) {
    for (const text of TEXTS) {
      same(await call(socket, "echo", text), text, "acknowledged text");
      const back = next(socket, "back");
      socket.emit("back", text, { [text]: text });
      same(await back, [text, { [text]: text }], "event");
    }
  },
  async "burst up"(socket) {
    for (const number of NUMBERS) socket.emit("tick", number);
    same(await call(socket, "ticks"), NUMBERS, "ticks");
  },
  async "burst down"(socket) {
    const heard = [];
    const all = within(
      new Promise((resolve) => {
        socket.on("tock", (number) => heard.push(number) === COUNT && resolve());
      }),
      "burst",
    );
    socket.emit("burst", COUNT);
    await all;
    same(heard, NUMBERS, "tocks");
  },
  async binary(socket, client) {
    const values = [1, 2, 3, 0, 255, 128, 30];
    const echo = await call(socket, "echo", { data: client.binary(values), more: [client.binary([]), "é"] });
    same([bytes(echo.data), bytes(echo.more[0]), echo.more[1]], [values, [], "é"], "acknowledged bytes");
    const back = next(socket, "back");
    socket.emit("back", client.binary(values), "é", client.binary([4]));
    const [first, text, second] = await back;
    same([bytes(first), text, bytes(second)], [values, "é", [4]], "bytes in an event");
    // Text goes on as before.
    same(await call(socket, "echo", "é€"), "é€", "text after bytes");
  },
  async error(socket) {
    same(await call(socket, "fail"), { error: { code: "nope", message: "not tödäy" } }, "answer");
    same((await call(socket, "nobody")).error.code, "not_found", "an unknown event");
  },
  async acl(socket) {
    same((await call(socket, "secret")).error.code, "forbidden", "before");
    await call(socket, "promote");
    same(await call(socket, "secret"), "granted", "after");
  },
  async chat(socket, client) {
    const chat = socket.io.socket("/chat");
    client.chat = chat;
    const [one, other] = [`one ${client.name}`, `other ${client.name}`];
    await call(chat, "join", one);
    await call(chat, "join", other);
    const heard = [];
    chat.on("said", (text) => heard.push(text));
    chat.emit("shout", one, "é 1");
    chat.emit("say", one, "not for me");
    await call(chat, "leave", one);
    chat.emit("shout", one, "not there");
    chat.emit("shout", other, "2");
    await call(chat, "leave", other);
    same(heard, ["é 1", "2"], "heard in rooms");
    if (client.old && !client.version.startsWith("1.")) same(await call(chat, "id"), chat.id, "the id in /chat");
  },
  async token(socket, client) {
    if (!client.old) return false;
    // Up to 2.5, a namespace is entered with a query.
    const token = socket.io.socket("/token?token=" + encodeURIComponent("é&="));
    token.nsp = "/token";
    same(await call(token, "ping_me"), "pong", "answer in /token");
  },
  async refusal(socket, client) {
    // A refused client of some versions tells all of its sockets; this one gets none of that.
    const fresh = client.open("/token");
    same(await refused(fresh), "wörd missing", "refusal");
    fresh.disconnect();
    const banned = client.open("/banned");
    const error = await refusal(banned);
    same(client.old ? error : [error.message, error.data], client.old ? BANNED : ["not yöu", BANNED], "refusal with data");
    banned.disconnect();
    const nowhere = client.open("/nowhere");
    same(await refused(nowhere), "Invalid namespace", "unknown namespace");
    nowhere.disconnect();
    same(await call(socket, "echo", 2), 2, "the first connection");
  },
  async whisper(socket, client) {
    const id = client.version.startsWith("1.") ? socket.io.engine.id : socket.id;
    const heard = next(socket, "whispered");
    client.observer.emit("whisper", id, "psst é");
    same(await heard, ["psst é"], "whisper");
  },
  async heartbeat(socket, client) {
    const before = client.beats();
    await within(
      new Promise((resolve) => {
        const timer = setInterval(() => {
          if (client.beats() < before + 3) return;
          clearInterval(timer);
          resolve();
        }, 20);
      }),
      "three heartbeats",
      30000,
    );
    same(await call(socket, "echo", 3), 3, "after heartbeats");
  },
  async transport(socket, client) {
    const expected = client.transport === "upgrade" ? "websocket" : client.wire ?? client.transport;
    same(socket.io.engine.transport.name, client.transport === "upgrade" ? "websocket" : client.engineName ?? expected, "transport");
    same((await call(socket, "who"))[1], expected, "the server's transport");
  },
  async leave(socket, client) {
    client.chat.disconnect();
    for (let left = []; left.length === 0; ) {
      left = await call(socket, "left");
      if (left.length) same(left, ["client namespace disconnect"], "reason");
    }
    // And back again. A socket of 1.0 that was disconnected hears nothing any more: it needs another connection.
    if (client.version.startsWith("1.0")) {
      client.chat = client.open("/chat");
      await next(client.chat, "connect");
    } else (client.chat.connect ?? client.chat.open).call(client.chat);
    await call(client.chat, "join", `again ${client.name}`);
  },
  async kick(socket, client) {
    const end = next(client.chat, "disconnect");
    client.chat.emit("kick");
    const [reason] = await end;
    same(reason, "io server disconnect", "the client's reason");
    if (!client.version.startsWith("1.0")) {
      same(await call(socket, "left"), ["server namespace disconnect"], "the server's reason");
    }
    same(await call(socket, "echo", 4), 4, "the first namespace");
  },
  async disconnect(socket, client) {
    const end = next(socket, "disconnect");
    socket.disconnect();
    same((await end)[0], "io client disconnect", "the client's reason");
    const reason = await call(client.observer, "end_of", client.name);
    const reasons = ["client namespace disconnect", "transport close"];
    if (!reasons.includes(reason)) throw new Error(`the server's reason: ${reason}`);
  },
};

/** Runs all checks on one client; gives the errors by check, `null` for none. */
export async function judge(client) {
  const results = {};
  let lost;
  const socket = client.open("/");
  try {
    await next(socket, "connect");
    results.connect = null;
    socket.on("disconnect", (reason) => (lost = reason));
  } catch (error) {
    results.connect = String(error.message ?? error);
    return results;
  }
  for (const [name, check] of Object.entries(CHECKS)) {
    if (lost !== undefined) {
      results[name] = `connection lost: ${lost}`;
      continue;
    }
    try {
      // `false`: there is nothing to check.
      if ((await check(socket, client)) !== false) results[name] = null;
    } catch (error) {
      results[name] = String(error.message ?? error);
    }
  }
  socket.disconnect();
  return results;
}
