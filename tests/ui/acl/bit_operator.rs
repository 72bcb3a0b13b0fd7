#![allow(unused)]

use socketio::prelude::*;

#[derive(Default)]
struct Chat;

#[namespace("/chat")]
impl Chat {
    #[acl("a" | "b")]
    fn on_x(&self) {}
}

fn main() {}
