//! The packages of `tests/js`, installed from its lock file on first use, and its tests run by
//! `node --test`. What they test is said in each of those files.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::Command;

use crate::{tests_dir, tools};

/// Runs `tests/js/<file>` against the server at `url`.
///
/// # Panics
/// With the whole output when a test in it fails, or when the packages cannot be installed.
pub fn run(file: &str, url: &str, environment: &[(&str, &str)]) {
    run_in("js", file, "spec", url, environment);
}

/// The same for a file of another folder below `tests`, which has packages of its own. `reporter` prints the results.
///
/// # Panics
/// As [`run`].
pub fn run_in(folder: &str, file: &str, reporter: &str, url: &str, environment: &[(&str, &str)]) {
    let folder = installed_in(folder);
    let mut command = Command::new("node");
    command
        .current_dir(&folder)
        .args(["--test", &format!("--test-reporter={reporter}"), file])
        .env("SOCKETIO_URL", url)
        .envs(environment.iter().copied());
    if let Some(chromium) = tools::chromium() {
        command.env("CHROMIUM", chromium);
    }
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let text = String::from_utf8_lossy(&output.stdout);
    println!("{text}");
    assert!(output.status.success(), "{file} against {url}:\n{text}\n{}", String::from_utf8_lossy(&output.stderr));
}

/// `tests/js` with its `node_modules` as the lock file wants them.
///
/// # Panics
/// When `npm ci` fails.
pub fn installed() -> PathBuf {
    installed_in("js")
}

/// The same for another folder below `tests`.
///
/// # Panics
/// When `npm ci` fails.
pub fn installed_in(folder: &str) -> PathBuf {
    let folder = tests_dir().join(folder);
    // Test binaries run side by side; the first installs, the others wait here. The lock lives in
    // the temporary folder because `npm ci` empties `node_modules`.
    let guard = File::create(std::env::temp_dir().join("socketio-tests-npm.lock")).expect("a lock file");
    guard.lock().expect("the lock on the npm packages");

    let wanted = fs::read(folder.join("package-lock.json")).expect("package-lock.json");
    let stamp = folder.join("node_modules/.installed");
    if fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return folder;
    }
    let output = Command::new("npm")
        .current_dir(&folder)
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
        .output()
        .unwrap_or_else(|error| panic!("npm ci: {error}"));
    assert!(
        output.status.success(),
        "npm ci:\n{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    fs::write(&stamp, wanted).expect("the stamp of the installed packages");
    folder
}
