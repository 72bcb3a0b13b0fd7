//! What the macros say to a user who is wrong, and that they are silent to one who is right. See `ui/README.md`.
//!
//! `TRYBUILD=overwrite cargo test -p tests --test ui` writes the messages anew; look at every difference.

use std::path::Path;
use std::process::Command;
use std::{env, fs, io};

#[test]
fn ui() {
    let cases = trybuild::TestCases::new();
    cases.pass("ui/pass/*.rs");
    for group in [
        "namespace",
        "handler",
        "argument",
        "reply",
        "acl",
        "event",
        "grant",
        "hook",
        "lifecycle",
        "limit",
        "server_event",
    ] {
        cases.compile_fail(format!("ui/{group}/*.rs"));
    }
}

/// Generated code takes on the edition of the crate it lands in; this workspace's own is 2024.
#[test]
fn edition_2021() -> io::Result<()> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let project = Path::new(env!("CARGO_TARGET_TMPDIR")).join("edition_2021");
    let bins = project.join("src/bin");
    fs::create_dir_all(&bins)?;
    for case in fs::read_dir(here.join("ui/pass"))? {
        let case = case?;
        fs::copy(case.path(), bins.join(case.file_name()))?;
    }
    fs::copy(here.join("../Cargo.lock"), project.join("Cargo.lock"))?;
    let manifest = format!(
        "[package]\nname = \"edition_2021\"\nedition = \"2021\"\n[workspace]\n[dependencies]\n\
         serde = {{ version = \"1\", features = [\"derive\"] }}\nsocketio = {{ path = {:?} }}\n",
        here.join("../socketio")
    );
    fs::write(project.join("Cargo.toml"), manifest)?;
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["check", "--offline", "--quiet", "--bins"]).current_dir(&project).env("CARGO_TARGET_DIR", "target");
    assert!(cargo.status()?.success(), "a case of ui/pass does not compile in edition 2021");
    Ok(())
}
