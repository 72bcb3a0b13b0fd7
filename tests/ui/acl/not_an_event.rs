#![allow(unused)]

use socketio::prelude::*;

#[derive(Default)]
struct Chat;

#[namespace("/chat")]
impl Chat {
    #[acl("admin")]
    fn helper(&self) {}

    fn on_x(&self) {}
}

fn main() {}
