#![allow(unused)]

use socketio::prelude::*;

#[derive(Default)]
struct Chat;

#[namespace("/chat")]
impl Chat {
    #[acl(self.owner == id)]
    fn on_x(&self, id: u8) {}
}

fn main() {}
