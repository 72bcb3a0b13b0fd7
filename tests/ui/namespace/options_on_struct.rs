#![allow(unused)]

use socketio::prelude::*;

#[namespace("/chat", acl, emits = String, manual)]
#[derive(Default)]
struct Chat;

#[namespace]
impl Chat {
    fn on_x(&self) {}
}

fn main() {}
