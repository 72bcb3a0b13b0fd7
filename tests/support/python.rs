//! A folder below `tests` with Python tests, and a virtual environment in it with the packages of its `requirements.txt`,
//! made on first use. What they test is said in each of those files.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{tests_dir, tools};

/// Runs `tests/<folder>/<file>` against the server at `url`; `false` when Python cannot make a virtual
/// environment here, which is reported as a skipped `test`.
///
/// # Panics
/// With the whole output when a test in it fails, or when the packages cannot be installed.
pub fn run(test: &str, folder: &str, file: &str, url: &str) -> bool {
    let folder = tests_dir().join(folder);
    let Some(python) = installed(test, &folder) else { return false };
    let mut command = Command::new(python);
    command.current_dir(&folder).args(["-B", file, "-v"]).env("SOCKETIO_URL", url);
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{file} against {url}:\n{text}");
    println!("{text}");
    true
}

/// The interpreter of the environment in the folder `tests`, with everything installed; `None` when Python cannot make one here, which is
/// reported as a skipped `test`.
///
/// # Panics
/// When the packages cannot be installed.
pub fn installed(test: &str, tests: &Path) -> Option<PathBuf> {
    let folder = tests.join("venv");
    let python = folder.join("bin/python");
    let guard = File::create(std::env::temp_dir().join("socketio-tests-venv.lock")).expect("a lock file");
    guard.lock().expect("the lock on the virtual environment");

    let requirements = tests.join("requirements.txt");
    let wanted = fs::read(&requirements).expect("requirements.txt");
    let stamp = folder.join("installed.txt");
    if fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Some(python);
    }
    // Debian ships `python3` without `ensurepip`: then there is no environment to be had.
    let made = Command::new("python3").args(["-m", "venv"]).arg(&folder).output();
    if !made.is_ok_and(|output| output.status.success()) {
        tools::skip(test, "python3 has no working venv module");
        return None;
    }
    let output = Command::new(&python)
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"])
        .arg(&requirements)
        .output()
        .unwrap_or_else(|error| panic!("pip install: {error}"));
    assert!(output.status.success(), "pip install:\n{}", String::from_utf8_lossy(&output.stderr));
    fs::write(&stamp, wanted).expect("the stamp of the installed packages");
    Some(python)
}
