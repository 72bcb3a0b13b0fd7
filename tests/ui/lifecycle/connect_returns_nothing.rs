#![allow(unused)]

use socketio::prelude::*;

struct Chat;

#[namespace("/chat")]
impl Chat {
    fn on_connect(socket: &Socket) {}
}

fn main() {}
