//! Programs that some tests need and a machine may not have. Nothing is installed here.

use std::env;
use std::fs;
use std::io::{self, Write as _};
use std::path::PathBuf;

/// Set to anything but `0` or nothing, this variable turns every skipped test into a failed one.
pub const REQUIRE_ALL: &str = "SOCKETIO_REQUIRE_ALL";

/// The full path of a program, searched for in `PATH` and where Debian keeps daemons: `/usr/sbin` and the folders of PostgreSQL's versions.
pub fn find(program: &str) -> Option<PathBuf> {
    let mut folders: Vec<PathBuf> = env::split_paths(&env::var_os("PATH")?).collect();
    folders.push("/usr/sbin".into());
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    folders.extend(versions.map(|version| version.path().join("bin")));
    folders.into_iter().map(|folder| folder.join(program)).find(|path| path.is_file())
}

/// The Chromium of this machine, under whichever name it goes by.
pub fn chromium() -> Option<PathBuf> {
    ["chromium", "chromium-browser", "google-chrome", "chrome"].iter().find_map(|name| find(name))
}

/// Whether `test` may run. If a tool is missing it says so on standard output and the test should return.
///
/// # Panics
/// When a tool is missing although [`REQUIRE_ALL`] is set.
pub fn present(test: &str, tools: &[&str]) -> bool {
    let missing = tools.iter().find(|tool| match **tool {
        "chromium" => chromium().is_none(),
        tool => find(tool).is_none(),
    });
    missing.is_none_or(|tool| skip(test, &format!("{tool} is missing")))
}

/// Reports `test` as skipped for `reason`; always `false`.
///
/// # Panics
/// When [`REQUIRE_ALL`] is set.
pub fn skip(test: &str, reason: &str) -> bool {
    let strict = env::var(REQUIRE_ALL).is_ok_and(|value| !matches!(value.as_str(), "" | "0"));
    assert!(!strict, "{test}: {reason}, and {REQUIRE_ALL} is set");
    // Not `println!`, which the test harness keeps to itself while a test passes.
    let _ = writeln!(io::stdout(), "skipped: {test}: {reason}");
    false
}
