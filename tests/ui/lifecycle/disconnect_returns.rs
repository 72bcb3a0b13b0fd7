#![allow(unused)]

use socketio::prelude::*;

#[derive(Default)]
struct Chat;

#[namespace("/chat")]
impl Chat {
    fn on_disconnect(self) -> Result<(), Error> {
        Ok(())
    }
}

fn main() {}
