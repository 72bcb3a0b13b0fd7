#![allow(unused)]

use socketio::prelude::*;

#[derive(Default)]
struct Chat;

#[namespace("/chat", manual, manual, "/other", rename_all = "Title Case", acl = 1)]
impl Chat {
    fn on_x(&self) {}
}

fn main() {}
