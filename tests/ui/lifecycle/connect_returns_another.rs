#![allow(unused)]

use socketio::prelude::*;

struct Chat;

#[namespace("/chat")]
impl Chat {
    fn on_connect() -> Result<u8, Refuse> {
        Ok(1)
    }
}

fn main() {}
