#![allow(unused)]

use socketio::prelude::*;

#[derive(Default)]
struct Chat;

#[namespace("/chat")]
impl Chat {
    fn on_user_message(&self) {}

    #[event("user message")]
    fn on_other(&self) {}
}

fn main() {}
