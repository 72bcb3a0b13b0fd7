#![allow(unused)]

use socketio::prelude::*;

struct Plain;

#[derive(Default)]
struct Chat;

#[namespace("/chat")]
impl Chat {
    fn on_x(&self) -> Plain {
        Plain
    }

    async fn on_y(&self) -> Result<Plain, Error> {
        Ok(Plain)
    }
}

fn main() {}
