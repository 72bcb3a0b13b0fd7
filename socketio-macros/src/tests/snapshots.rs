//! The code that the macros generate, formatted: `tests/expansion/NAME/input.rs` becomes `output.rs`.
//!
//! After a change, look at what `UPDATE_EXPANSION=1 cargo test -p socketio-macros` has changed.

use std::path::Path;
use std::{env, fs};

use super::expand;

fn snapshot(name: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/expansion").join(name);
    let input = fs::read_to_string(folder.join("input.rs")).expect("there is an input");
    let expanded = expand(&input);
    let file = syn::parse2(expanded).expect("an expansion is Rust");
    let actual = format!("//! Generated from `input.rs` by the test `snapshots`.\n\n{}", prettyplease::unparse(&file));
    let output = folder.join("output.rs");
    if env::var_os("UPDATE_EXPANSION").is_some() {
        fs::write(&output, &actual).expect("the output can be written");
    }
    let expected = fs::read_to_string(&output).unwrap_or_default();
    assert!(actual == expected, "the expansion of `{name}` has changed:\n{actual}");
}

/// One test per folder, and a test that every folder has one.
macro_rules! snapshots {
    ($($name:ident)*) => {
        $(#[test] fn $name() { snapshot(stringify!($name)); })*

        #[test]
        fn every_folder_is_a_test() {
            let names = [$(stringify!($name)),*];
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/expansion");
            for entry in fs::read_dir(folder).expect("there are snapshots") {
                let name = entry.expect("an entry").file_name();
                assert!(names.iter().any(|known| name == **known), "{name:?} is no test");
            }
        }
    };
}

snapshots! { acl errors generic grants handlers hooks lifecycle server_events struct_place typed_events }
