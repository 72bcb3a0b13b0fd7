#![allow(unused)]

use socketio::prelude::*;

use std::borrow::Cow;

#[derive(Default)]
struct Chat;

#[namespace("/chat")]
impl Chat {
    fn on_x(&self, text: Option<&str>) {}

    fn on_y(&self, text: Cow<'_, str>) {}
}

fn main() {}
