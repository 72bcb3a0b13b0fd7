#![allow(unused)]

use socketio::prelude::*;
use socketio::{Extension, Handle};

#[derive(Clone)]
struct User;

#[derive(Default)]
struct Chat;

#[namespace("/chat")]
impl Chat {
    fn on_a(&self, server: Handle) {}
    fn on_b(&self, user: Extension<User>) {}
}

fn main() {}
