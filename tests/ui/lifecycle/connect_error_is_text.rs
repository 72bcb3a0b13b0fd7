#![allow(unused)]

use socketio::prelude::*;

#[derive(Default)]
struct Chat;

#[namespace("/chat")]
impl Chat {
    fn on_connect(&self) -> Result<(), String> {
        Err("no".to_owned())
    }
}

fn main() {}
