#![allow(unused)]

use socketio::prelude::*;

#[derive(Default)]
struct Chat;

#[namespace("/chat")]
impl Chat {
    fn on_x(&self, text: impl Into<String>) {}
}

fn main() {}
