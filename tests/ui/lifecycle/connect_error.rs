#![allow(unused)]

use socketio::prelude::*;

struct MyErr;

#[derive(Default)]
struct Chat;

#[namespace("/chat")]
impl Chat {
    fn on_connect() -> Result<Self, MyErr> {
        Ok(Chat)
    }
}

fn main() {}
