#![allow(unused)]

use socketio::prelude::*;
use socketio::{EventName, Outcome};

#[derive(Default)]
struct Chat;

#[namespace("/chat")]
impl Chat {
    #[on_error]
    fn told(error: &Error, user: &User, packet: &socketio::packet::Packet) -> Error {
        error.clone()
    }

    fn on_a(&self) {}
}

fn main() {}

struct User;

impl socketio::FromContext for User {
    async fn from_context(_: &socketio::Context) -> Result<Self, Error> {
        Ok(User)
    }
}
