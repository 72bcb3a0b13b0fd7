#![allow(unused)]

use socketio::prelude::*;

use socketio::{Context, FromContext};

#[derive(serde::Deserialize)]
struct CurrentUser;

impl FromContext for CurrentUser {
    async fn from_context(_: &Context) -> Result<Self, Error> {
        Ok(CurrentUser)
    }
}

type Alias = CurrentUser;

#[derive(Default)]
struct Chat;

#[namespace("/chat")]
impl Chat {
    fn on_x(&self, user: CurrentUser) {}

    fn on_y(&self, user: Alias) {}
}

fn main() {}
