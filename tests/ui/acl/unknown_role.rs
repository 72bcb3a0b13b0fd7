#![allow(unused)]

use socketio::prelude::*;

#[derive(Grant)]
enum Role {
    Admin,
}

#[derive(Default)]
struct Chat;

#[namespace("/chat")]
impl Chat {
    #[acl(Role::Admn)]
    fn on_x(&self, socket: &Socket) {}
}

fn main() {}
