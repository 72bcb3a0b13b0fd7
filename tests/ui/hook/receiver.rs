#![allow(unused)]

use socketio::prelude::*;
use socketio::{EventName, Outcome};

#[derive(Default)]
struct Chat;

#[namespace("/chat")]
impl Chat {
    #[before]
    fn may(&mut self) {}
    #[after]
    fn seen(self) {}
    #[on_error]
    fn told(&self, error: &Error) -> Error {
        error.clone()
    }

    fn on_a(&self) {}
}

fn main() {}
