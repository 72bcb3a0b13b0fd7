//! What the macros say to a user who is wrong, and that they are silent to one who is right. See `ui/README.md`.
//!
//! `TRYBUILD=overwrite cargo test -p tests --test ui` writes the messages anew; look at every difference.

#[test]
fn ui() {
    let cases = trybuild::TestCases::new();
    cases.pass("ui/pass/*.rs");
    for group in ["namespace", "handler", "argument", "reply", "acl", "event", "grant", "lifecycle"] {
        cases.compile_fail(format!("ui/{group}/*.rs"));
    }
}
