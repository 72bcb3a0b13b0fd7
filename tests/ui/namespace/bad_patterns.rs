#![allow(unused)]

use socketio::prelude::*;

#[derive(Default)]
struct Chat;

#[namespace("/a{b}/{}/{c}/{c}/d}/{1}")]
impl Chat {
    fn on_x(&self) {}
}

fn main() {}
