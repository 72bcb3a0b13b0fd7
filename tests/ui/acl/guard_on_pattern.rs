#![allow(unused)]

use socketio::prelude::*;

#[derive(Default)]
struct Chat;

#[namespace("/chat")]
impl Chat {
    #[acl(if x > 1)]
    fn on_x(&self, (x, y): (u8, u8)) {}
}

fn main() {}
