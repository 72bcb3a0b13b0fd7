#![allow(unused)]

use socketio::TypedSocket;
use socketio::prelude::*;

#[derive(Event)]
struct Said(String);

#[derive(Event)]
struct Other;

#[derive(Default)]
struct Chat;

#[namespace("/chat", emits = Said)]
impl Chat {
    fn on_say(&self, socket: &TypedSocket<Self>, text: String) {
        socket.send(Said(text));
        socket.to("room").send(Other);
    }

    async fn on_ask(&self, socket: &TypedSocket<Self>) {
        let _ = socket.call(Other).await;
    }
}

fn main() {}
