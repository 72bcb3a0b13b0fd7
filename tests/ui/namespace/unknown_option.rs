#![allow(unused)]

use socketio::prelude::*;

#[derive(Default)]
struct Chat;

#[namespace("/chat", emit = Said)]
impl Chat {
    fn on_x(&self) {}
}

fn main() {}
