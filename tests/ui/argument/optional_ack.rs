#![allow(unused)]

use socketio::prelude::*;

mod receipt {
    #[derive(serde::Deserialize)]
    pub struct Ack(u8);
}

#[derive(Default)]
struct Chat;

#[namespace("/chat")]
impl Chat {
    fn on_x(&self, job: String, ack: Option<Ack<u8>>) {}

    fn on_z(&self, receipt: Option<receipt::Ack>) {}
}

fn main() {}
