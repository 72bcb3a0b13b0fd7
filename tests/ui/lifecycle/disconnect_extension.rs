#![allow(unused)]

use socketio::prelude::*;
use socketio::{Extension, Handle};

#[derive(Clone)]
struct User;

#[derive(Default)]
struct Chat;

#[namespace("/chat")]
impl Chat {
    fn on_disconnect(self, server: &Handle, maybe: &Option<Extension<User>>, user: &Extension<User>) {}
}

fn main() {}
