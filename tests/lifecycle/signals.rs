//! Signals to a server in a process of its own, the example `chat`, with the official client connected: every `on_disconnect` runs, and the
//! process ends with code 0. The clients are in `tests/js/signals.test.mjs`, which sends the signal.

use std::io::Read as _;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use tests::{npm, programs, tools};

/// Killed at the end of the test, if it is still there.
struct Chat(Child);

impl Drop for Chat {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn ends_with(signal: &str) {
    let command = Command::new(programs::built("chat")).env("PORT", "0").stdout(Stdio::piped()).spawn();
    let mut chat = Chat(command.expect("the chat"));
    let mut output = BufReader::new(chat.0.stdout.take().expect("its output"));
    let mut line = String::new();
    while !line.contains("the chat is at ") {
        line.clear();
        assert!(output.read_line(&mut line).expect("a line") > 0, "the chat has ended");
    }
    let url = line.rsplit("at ").next().expect("its address").trim();
    let process = chat.0.id().to_string();
    npm::run("signals.test.mjs", url, &[("SERVER_PROCESS", &process), ("SIGNAL", signal)]);
    // Until the process has ended.
    let mut log = String::new();
    output.read_to_string(&mut log).expect("the rest of its output");
    assert_eq!(chat.0.wait().expect("its end").code(), Some(0), "{log}");
    let at = |text: &str| log.find(text).unwrap_or_else(|| panic!("{text} is not in the log after {signal}:\n{log}"));
    let closed = at("the chat is closed");
    for nick in ["Ann", "Bob"] {
        // Colours stand between the words.
        let left = log.lines().find(|line| line.contains("left") && line.contains(nick));
        let left = left.unwrap_or_else(|| panic!("{nick} has no `on_disconnect` after {signal}:\n{log}"));
        assert!(at(left) < closed, "`on_stop` ran before `on_disconnect`:\n{log}");
    }
}

#[test]
fn ctrl_c_and_sigterm_run_every_on_disconnect_of_the_chat() {
    if tools::present("signals", &["node", "npm"]) {
        ends_with("SIGINT");
        ends_with("SIGTERM");
    }
}
