#![allow(unused)]

use socketio::prelude::*;

#[derive(Default)]
struct Chat;

#[namespace("/chat")]
impl Chat {
    fn on_connect() -> Self {
        Chat
    }

    fn on_connect(&self) {}
}

fn main() {}
