#![allow(unused)]

use socketio::prelude::*;

#[derive(Default)]
struct Chat;

#[namespace("/chat")]
impl Chat {
    fn on_connect(name: String, age: u8) -> Self {
        Chat
    }
}

fn main() {}
