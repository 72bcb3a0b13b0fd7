#![allow(unused)]

use socketio::prelude::*;

#[derive(Default)]
struct Chat;

#[namespace("/chat")]
impl Chat {
    #[cfg_attr(all(), acl("admin"))]
    fn on_x(&self) {}
}

fn main() {}
