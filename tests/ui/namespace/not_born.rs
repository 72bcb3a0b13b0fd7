#![allow(unused)]

use socketio::prelude::*;

struct Chat {
    nick: String,
}

#[namespace("/chat")]
impl Chat {
    fn on_x(&self) {}
}

fn main() {}
