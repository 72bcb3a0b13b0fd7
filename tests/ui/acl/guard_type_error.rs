#![allow(unused)]

use socketio::prelude::*;

#[derive(Default)]
struct Chat {
    owner: u8,
}

#[namespace("/chat")]
impl Chat {
    #[acl(if self.owner.nope() || text > 1)]
    fn on_x(&self, text: String) {}

    #[acl(if self.owner)]
    fn on_y(&self, socket: &Socket) {}
}

fn main() {}
