#![allow(unused)]

use socketio::prelude::*;

#[derive(Default)]
struct Chat;

#[namespace("/chat")]
impl Chat {
    fn on_x(&self, ack: Ack<u8>) -> u64 {
        ack.send(1);
        2
    }

    async fn on_y(&self, ack: Ack<u8>) -> impl serde::Serialize {
        ack.send(1);
        2
    }
}

fn main() {}
