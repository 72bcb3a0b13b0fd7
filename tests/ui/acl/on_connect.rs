#![allow(unused)]

use socketio::prelude::*;

#[derive(Default)]
struct Chat;

#[namespace("/chat")]
impl Chat {
    #[acl("admin")]
    fn on_connect(&self) {}
}

fn main() {}
