#![allow(unused)]

use socketio::prelude::*;

struct MyErr;

#[derive(Default)]
struct Chat;

#[namespace("/chat")]
impl Chat {
    fn on_x(&self) -> Result<u8, MyErr> {
        Err(MyErr)
    }
}

fn main() {}
