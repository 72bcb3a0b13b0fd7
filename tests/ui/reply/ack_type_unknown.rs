#![allow(unused)]

use socketio::prelude::*;

#[derive(Default)]
struct Chat;

#[namespace("/chat")]
impl Chat {
    async fn on_x(&self, socket: &Socket) -> Result<(), Error> {
        socket.emit_with_ack("sure?", ()).await?;
        Ok(())
    }
}

fn main() {}
