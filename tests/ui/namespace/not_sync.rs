#![allow(unused)]

use socketio::prelude::*;

use std::rc::Rc;

#[derive(Default)]
struct Chat(Rc<u8>);

#[namespace("/chat")]
impl Chat {
    fn on_x(&self) {}
}

fn main() {}
