//! Wrong input gives all errors and the user's item; never a panic and never empty output.

use std::str::FromStr;

use proc_macro2::TokenStream;

use super::expand;
use crate::expand::{event, grant, namespace};

fn tokens(source: &str) -> TokenStream {
    TokenStream::from_str(source).expect("tokens")
}

fn errors(source: &str) -> usize {
    expand(source).to_string().matches("compile_error").count()
}

#[test]
fn all_errors_of_one_impl_are_told() {
    let source = r#"
        #[namespace("chat", emit = X, "again", acl(a | b))]
        impl<T> Chat<T> {
            fn on_a(x: u8) {}
            fn on_b(self, x: &str, y: &mut Y, z: impl Copy) {}
            #[acl(self.x == 1)] #[event()]
            fn on_c<U>(&self) {}
            #[acl] fn helper(&self) {}
            #[event("c", "connect")] fn on_d(&self) {}
            #[fallback] fn e(&self) {}
            #[fallback] fn f(&self) {}
            #[acl] fn on_connect(a: A, b: B) {}
            fn on_disconnect(why: String) {}
        }
    "#;
    // chat, emit, again, |; <T>; on_a; &str, &mut, impl; condition, name, <U>; helper; connect; two fallbacks (2);
    // acl, two values, returns nothing; payload, receiver.
    assert_eq!(errors(source), 21, "{}", expand(source));
}

#[test]
fn the_users_item_survives_every_error() {
    let items = [
        "impl Chat { fn on_a(x: u8) { 1 + } }",
        "enum Chat { A }",
        "impl Clone for Chat { fn on_a() {} }",
        "fn free() {}",
    ];
    for item in items {
        let expanded = namespace(tokens("\"no slash\""), tokens(item)).to_string();
        assert!(expanded.starts_with(&tokens(item).to_string()), "{expanded}");
        assert!(expanded.contains("compile_error"));
    }
}

#[test]
fn bodies_and_other_members_are_not_looked_at() {
    let item = r#"impl Chat {
        const A: [u8; { 1 + 1 }] = if X { [0; 2] } else { [1; 2] };
        const F: fn(u8) -> u8 = |x| { x };
        some_macro! { on_x }
        other_macro!(y);
        pub(crate) const unsafe extern "C" fn helper() { new syntax ~ here }
        fn on_a(&self) { also <- here }
    }"#;
    let expanded = namespace(tokens("\"/x\""), tokens(item)).to_string();
    assert!(expanded.starts_with(&tokens(item).to_string()), "{expanded}");
    assert!(!expanded.contains("compile_error"), "{expanded}");
}

#[test]
fn odd_input_is_an_error() {
    let arguments = [
        "",
        ",",
        "\"/x\",",
        "\"/x\" manual",
        "= = =",
        "crate",
        "crate = 1",
        "acl(",
        "acl()",
        "rename_all = \"x\"",
        "emits",
        "1",
    ];
    let items = [
        "",
        "impl",
        "impl Chat",
        "impl Chat { fn on_a(self) {} }",
        "impl Chat { fn }",
        "struct",
        "struct S",
        "impl Chat { fn on_a(&self); }",
        "#[x] pub",
    ];
    for argument in arguments.iter().filter_map(|text| TokenStream::from_str(text).ok()) {
        for item in items {
            let expanded = namespace(argument.clone(), tokens(item)).to_string();
            assert!(expanded.contains("compile_error"), "{argument} on {item}: {expanded}");
        }
    }
    for item in ["", "union U { a: u8 }", "fn f() {}", "enum E { #[event(ack = u8)] #[grant(\"a\", b)] A(u8) }"] {
        assert!(event(tokens(item)).to_string().contains("compile_error"), "{item}");
        assert!(grant(tokens(item)).to_string().contains("compile_error"), "{item}");
    }
}

#[test]
fn a_namespace_needs_no_handlers() {
    assert_eq!(errors("#[namespace(\"/ticker\")] impl Ticker {}"), 0);
    assert_eq!(errors("#[namespace(\"/ticker\")] impl Ticker { fn helper(&self) {} }"), 0);
}

#[test]
fn paths_are_checked() {
    for good in ["/", "/chat", "/a/b/", "/org/{id}", "/{a}/{b}/c", "/ä b"] {
        assert_eq!(errors(&format!("#[namespace({good:?})] impl C {{ fn on_a(&self) {{}} }}")), 0, "{good}");
    }
    for bad in ["", "chat", "/{id", "/id}", "/{}", "/a{b}", "/{a}b", "/{a}/{a}", "/{a b}", "/{1}", "/a,b", "/a?b"] {
        assert_eq!(errors(&format!("#[namespace({bad:?})] impl C {{ fn on_a(&self) {{}} }}")), 1, "{bad}");
    }
}
