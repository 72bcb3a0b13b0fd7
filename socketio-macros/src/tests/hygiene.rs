//! Generated code must mean the same in every module, so it names every item by an absolute path.

use proc_macro2::{TokenStream, TokenTree};

use super::expand;

/// Names of the prelude, of the standard library and of our own crate that a user's module may lack or have shadowed.
const BANNED: [&str; 24] = [
    "Arguments",
    "AsRef",
    "Box",
    "Context",
    "Default",
    "Err",
    "From",
    "FromContext",
    "FromPayload",
    "Into",
    "None",
    "Ok",
    "Option",
    "Ending",
    "PhantomData",
    "ReplyTo",
    "Result",
    "Run",
    "Some",
    "String",
    "Table",
    "core",
    "socketio",
    "std",
];

/// Every banned identifier that does not follow `::`.
fn bare(tokens: TokenStream, found: &mut Vec<String>) {
    let mut colons = 0;
    for token in tokens {
        match token {
            TokenTree::Ident(ident) => {
                if colons < 2 && BANNED.iter().any(|banned| ident == banned) {
                    found.push(ident.to_string());
                }
                colons = 0;
            }
            TokenTree::Punct(punct) if punct.as_char() == ':' => {
                colons += 1;
            }
            TokenTree::Group(group) => {
                bare(group.stream(), found);
                colons = 0;
            }
            _ => colons = 0,
        }
    }
}

#[test]
fn every_name_is_absolute() {
    let source = r#"
        #[namespace("/x", emits = Said, acl("a" || Role::B && !"c"), rename_all = "camelCase")]
        impl Chat {
            fn on_connect(&mut self, a: &A, b: B) {}
            fn on_now(&self, a: &A, b: B) -> C {}
            #[acl(if b.c == self.d)]
            async fn on_later(&mut self, a: &A, b: B) -> C {}
            #[cfg(x)]
            #[fallback]
            #[acl]
            fn rest(&self, b: B) {}
            #[server_event]
            fn reload(a: &A, b: B) -> C {}
            fn on_disconnect(self, a: &A) {}
        }
        #[namespace("/y")]
        struct Y;
        #[derive(Event)]
        enum Said { A, B(u8), C { d: u8 } }
        #[derive(Grant)]
        enum Role { A, B }
    "#;
    let mut found = Vec::new();
    bare(expand(source), &mut found);
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn a_renamed_crate_is_named_throughout() {
    let source = r#"
        #[namespace("/x", crate = other::path, emits = Said)]
        impl Chat {
            async fn on_later(&mut self, a: &A, b: B) -> C {}
            #[server_event]
            fn reload(a: &A, b: B) -> C {}
        }
        #[namespace("/y", crate = other::path)]
        struct Y;
        #[derive(Event)]
        #[event(crate = other::path)]
        enum Said { C { d: u8 } }
        #[derive(Grant)]
        #[grant(crate = other::path)]
        enum Role { A }
    "#;
    let expanded = expand(source).to_string();
    assert!(!expanded.contains("socketio"), "{expanded}");
    assert!(expanded.contains("other :: path :: __private"));
    assert!(expanded.contains("\"other::path::__private::serde\""));
}
