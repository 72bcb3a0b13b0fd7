#![allow(unused)]

use socketio::prelude::*;

#[derive(Default)]
struct Chat;

#[namespace("/chat")]
impl Chat {
    #[fallback]
    fn one(&self) {}

    #[fallback]
    fn two(&self) {}
}

fn main() {}
