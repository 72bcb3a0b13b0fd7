// The measured events, the same for both engines.
export function register(io) {
  io.on("connection", (socket) => {
    socket.on("echo", (...all) => {
      const ack = all.pop();
      ack(...all);
    });
    socket.on("add", (a, b, ack) => ack(a + b));
    socket.on("bin", (data, ack) => ack(data));
    socket.on("bcast", (payload) => io.emit("news", payload));
    socket.on("join", (room) => socket.join(room));
    socket.on("say", (room, payload) => io.to(room).emit("said", payload));
  });
}
