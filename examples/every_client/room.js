// The room, for a socket of any client. In the JavaScript of 2010, as the oldest of them are.
function room(socket) {
  var state = document.getElementById("state");
  var lines = document.getElementById("lines");
  var text = document.getElementById("text");
  var me = null;

  socket.on("you", function (you) {
    me = you.from;
    state.textContent = "You are " + you.from + ", seen as a client of " + you.generation + ".";
  });
  socket.on("disconnect", function () {
    state.textContent = "connection lost";
  });
  socket.on("said", function (said) {
    var line = document.createElement("li");
    var who = document.createElement("b");
    who.textContent = said.from + " (" + said.generation + ")";
    line.className = said.from === me ? "own" : "";
    line.appendChild(who);
    line.appendChild(document.createTextNode(" " + said.text));
    lines.appendChild(line);
    lines.scrollTop = lines.scrollHeight;
  });
  document.getElementById("form").onsubmit = function () {
    if (/\S/.test(text.value)) socket.emit("say", text.value);
    text.value = "";
    return false;
  };
}
