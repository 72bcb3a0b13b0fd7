#![allow(unused)]

use socketio::prelude::*;

#[derive(Default)]
struct Chat;

#[namespace("/chat", rename_all = "camelCase")]
impl Chat {
    fn on_connect_error(&self) {}

    fn on_new_listener(&self) {}
}

fn main() {}
