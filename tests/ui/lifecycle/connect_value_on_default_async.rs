#![allow(unused)]

use socketio::prelude::*;

#[derive(Default)]
struct Chat;

#[namespace("/chat")]
impl Chat {
    async fn on_connect(&mut self) -> Self {
        Chat
    }
}

fn main() {}
