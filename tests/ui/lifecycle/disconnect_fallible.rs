#![allow(unused)]

use socketio::prelude::*;
use socketio::{Context, FromContext};

struct User;

impl FromContext for User {
    async fn from_context(_: &Context) -> Result<Self, Error> {
        Err(Error::new("login", "log in first"))
    }
}

#[derive(Default)]
struct Chat;

#[namespace("/chat")]
impl Chat {
    fn on_disconnect(self, socket: &Socket, user: &User, maybe: &Option<User>) {}
}

fn main() {}
