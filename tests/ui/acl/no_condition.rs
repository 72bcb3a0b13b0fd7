#![allow(unused)]

use socketio::prelude::*;

#[derive(Default)]
struct Chat;

#[namespace("/chat")]
impl Chat {
    #[acl("a", if)]
    fn on_x(&self) {}

    #[acl("a", "b")]
    fn on_y(&self) {}
}

fn main() {}
