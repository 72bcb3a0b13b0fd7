#![allow(unused)]

use socketio::prelude::*;

type All = Rest<u8>;

#[derive(Default)]
struct Chat;

#[namespace("/chat")]
impl Chat {
    fn on_x(&self, rest: Rest<u8>, last: u8) {}

    fn on_y(&self, all: All, last: Option<u8>) {}
}

fn main() {}
