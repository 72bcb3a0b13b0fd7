#![allow(unused)]

use socketio::prelude::*;

#[derive(Default)]
struct Chat;

#[namespace("/chat")]
impl Chat {
    fn on_d<'a>(&'a self, socket: &'a Socket) -> &'a str {
        socket.path()
    }
}

fn main() {}
