#![allow(unused)]

use socketio::prelude::*;

#[derive(Default)]
struct Chat;

#[namespace("/chat")]
impl Chat {
    #[acl(public && "admin")]
    fn on_x(&self) {}
}

fn main() {}
