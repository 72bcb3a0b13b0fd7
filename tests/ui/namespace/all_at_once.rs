#![allow(unused)]

use socketio::prelude::*;

#[derive(Default)]
struct Chat;

#[namespace("chat", emit = Said)]
impl Chat {
    #[acl("a" | "b")]
    fn on_a(x: u8) {}
    fn on_b(self, text: &str) {}
    #[event("connect")]
    fn on_c<T>(&self) {}
    #[acl]
    fn helper(&self) {}
    fn on_d(&self) -> u8 {
        1
    }
}

fn main() {}
