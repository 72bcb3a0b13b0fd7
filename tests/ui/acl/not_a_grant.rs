#![allow(unused)]

use socketio::prelude::*;

const LIMIT: u8 = 1;

#[derive(Default)]
struct Chat;

#[namespace("/chat")]
impl Chat {
    #[acl(LIMIT)]
    fn on_x(&self) {}
}

fn main() {}
