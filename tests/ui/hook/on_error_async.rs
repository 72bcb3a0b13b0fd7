#![allow(unused)]

use socketio::prelude::*;
use socketio::{EventName, Outcome};

#[derive(Default)]
struct Chat;

#[namespace("/chat")]
impl Chat {
    #[on_error]
    async fn told(error: &Error) -> Error {
        error.clone()
    }

    fn on_a(&self) {}
}

fn main() {}
