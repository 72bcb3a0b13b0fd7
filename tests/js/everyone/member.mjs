// A member of the mixed room of `tests/generations/everyone.rs`, for the API that all clients since 0.7 have in common. It
// imports nothing, because it also runs in pages. It judges nothing either: it does as the server says, and reports.

/** Enters the room with `chat`, a socket of any client in `/chat`; `transport` tells what its connection goes over. */
export function attend(name, chat, transport) {
  let heard = [];
  const call = (event, ...args) => new Promise((resolve) => chat.emit(event, ...args, resolve));
  const plain = (text) => {
    if (typeof text === "string") return text;
    const bytes = text instanceof ArrayBuffer ? new Uint8Array(text) : text;
    return { bytes: Array.from(bytes) };
  };
  chat.on("said", ({ from, text }) => heard.push([from, plain(text)]));
  // The server waits for the answers, so each of them comes after what it stands for.
  chat.on("speak", async (text, answer) => {
    await call("say", "mixed", { from: name, text });
    answer(name);
  });
  chat.on("leave", async (names, answer) => {
    if (names.includes(name)) await call("leave", "mixed");
    answer(name);
  });
  chat.on("report", (_, answer) => {
    answer({ name, transport: transport(), heard });
    heard = [];
  });
  chat.emit("join", "mixed");
}

/** The clients that this process is to be, as `[version, transport]`. */
export const wanted = () => JSON.parse(process.env.MEMBERS).map((name) => name.split(" "));

/** Keeps the process until its standard input ends, however its parent does. */
export const stay = (clean = () => {}) =>
  process.stdin
    .on("end", async () => {
      await clean();
      process.exit(0);
    })
    .resume();
