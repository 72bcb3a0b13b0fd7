//! The members of the mixed room: which clients they are, and the programs that they run in.

use std::process::{Child, Command, Stdio};

use serde_json::json;
use tests::{npm, tests_dir, tools};

/// The versions from 1.0 on.
const MODERN: &[&str] = &["1.0.6", "1.7.4", "2.0.4", "2.5.0", "3.1.3", "4.8.4"];

/// Those from before.
const LEGACY: &[&str] = &["0.7.11", "0.8.7", "0.9.17"];

/// The members in Node by the script below `tests/js/everyone` that they are in: versions, each over each transport.
const NODE: [(&str, &[&str], &[&str]); 3] = [
    ("before_1_0.mjs", LEGACY, &["xhr-polling", "websocket"]),
    ("since_1_0.mjs", MODERN, &["polling", "websocket", "upgrade"]),
    ("ours.mjs", &["ours"], &["polling", "websocket"]),
];

/// Those that Chromium is needed for. There is no JSONP in 4.x.
const PAGES: [(&[&str], &[&str]); 3] = [
    (LEGACY, &["jsonp-polling", "htmlfile"]),
    (MODERN, &["xhr"]),
    (&["1.0.6", "1.7.4", "2.0.4", "2.5.0", "3.1.3"], &["jsonp"]),
];

/// The members of a script, as `version transport`.
fn names(versions: &[&str], transports: &[&str]) -> Vec<String> {
    versions.iter().flat_map(|version| transports.iter().map(move |over| format!("{version} {over}"))).collect()
}

/// The members of one script; they leave when this is dropped.
pub(crate) struct Company(Child);

impl Company {
    fn of(script: &str, names: &[String], url: &str) -> Self {
        Self::with(script, names, url, None)
    }

    fn with(script: &str, names: &[String], url: &str, option: Option<(&str, &str)>) -> Self {
        let mut command = Command::new("node");
        command
            .current_dir(tests_dir().join("js/everyone"))
            .arg(script)
            .env("SOCKETIO_URL", url)
            .env("MEMBERS", json!(names).to_string())
            .env("NODE_NO_WARNINGS", "1")
            .envs(option)
            .envs(tools::chromium().map(|path| ("CHROMIUM", path)))
            .stdin(Stdio::piped());
        Self(command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}")))
    }
}

impl Drop for Company {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

/// Starts these as clients that say nothing; with `back` they reconnect.
pub(crate) fn idle(names: &[String], url: &str, back: bool) -> Company {
    for folder in ["js/generations", "js/legacy"] {
        npm::installed_in(folder);
    }
    Company::with("idle.mjs", names, url, back.then_some(("RECONNECT", "1")))
}

/// Starts all of them, for the server at `url`; gives their names.
pub(crate) fn start(url: &str) -> (Vec<Company>, Vec<String>) {
    for folder in ["js", "js/generations", "js/legacy"] {
        npm::installed_in(folder);
    }
    let mut scripts = NODE.map(|(script, versions, transports)| (script, names(versions, transports))).to_vec();
    if tools::present("one_room_with_every_client, its pages", &["chromium"]) {
        let pages = PAGES.iter().flat_map(|(versions, transports)| names(versions, transports)).collect();
        scripts.push(("pages.mjs", pages));
    }
    let companies = scripts.iter().map(|(script, names)| Company::of(script, names, url)).collect();
    (companies, scripts.into_iter().flat_map(|(_, names)| names).collect())
}
