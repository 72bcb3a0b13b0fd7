#![allow(unused)]

use socketio::prelude::*;

#[derive(Default)]
struct Chat;

#[namespace("/chat")]
impl Chat {
    fn on_x(&self) -> Result<u8, String> {
        Err("no".to_owned())
    }

    fn on_y(&self) -> Result<u8, &'static str> {
        Err("no")
    }
}

fn main() {}
