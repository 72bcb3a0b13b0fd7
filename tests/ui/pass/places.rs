//! The path on the struct, on the impl, in modules and functions, for types of every visibility.

#![deny(warnings)]

use socketio::{Grant, Server, namespace};

/// Path on the struct.
#[namespace("/a")]
#[derive(Default)]
pub struct A;

#[namespace]
impl A {
    fn on_x(&self) {}
}

/// Attribute on both, path on the impl.
#[namespace]
#[derive(Default)]
struct B;

#[namespace("/b/{id}")]
impl B {
    fn on_x(&self) {}
}

mod inner {
    #[derive(Default)]
    pub(super) struct C;
}

#[namespace("/c", manual)]
impl inner::C {
    fn on_x(&self) {}
}

#[namespace("/absent")]
#[cfg(any())]
impl Absent {
    fn on_x(&self) {}
}

#[derive(Grant, PartialEq)]
enum Role {
    Admin,
    #[grant("editor")]
    Editor,
}

#[derive(Grant)]
struct Owner;

const GUEST: &str = "guest";

fn main() {
    #[derive(Default)]
    struct Local;

    #[namespace("/local", manual)]
    impl Local {
        #[acl(Role::Admin || Owner && GUEST)]
        fn on_x(&self) {}
    }

    let _ = Server::empty().mount::<Local>().mount::<inner::C>();
    assert_eq!(Role::Admin.name(), "Role::Admin");
    assert_eq!(Role::Editor.name(), "editor");
    assert_eq!(Owner.name(), "Owner");
}
