#![allow(unused)]

use socketio::prelude::*;

#[namespace("/one")]
#[derive(Default)]
struct Chat;

#[namespace("/two")]
impl Chat {
    fn on_x(&self) {}
}

fn main() {}
