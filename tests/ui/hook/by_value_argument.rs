#![allow(unused)]

use socketio::prelude::*;
use socketio::{EventName, Outcome};

#[derive(Default)]
struct Chat;

#[namespace("/chat")]
impl Chat {
    #[before]
    fn may(&self, socket: &Socket, text: String) {}
    #[on_error]
    fn told(error: Error) -> Error {
        error
    }

    fn on_a(&self) {}
}

fn main() {}
