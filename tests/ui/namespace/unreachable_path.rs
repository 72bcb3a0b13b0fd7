#![allow(unused)]

use socketio::prelude::*;

#[derive(Default)]
struct Chat;

#[namespace("/a,b?c")]
impl Chat {
    fn on_x(&self) {}
}

fn main() {}
