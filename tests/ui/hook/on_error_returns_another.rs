#![allow(unused)]

use socketio::prelude::*;
use socketio::{EventName, Outcome};

#[derive(Default)]
struct Chat;

#[namespace("/chat")]
impl Chat {
    #[on_error]
    fn told(error: &Error) -> Result<(), Error> {
        Ok(())
    }

    fn on_a(&self) {}
}

fn main() {}
