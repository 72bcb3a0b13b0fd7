#![allow(unused)]

use socketio::prelude::*;

use std::rc::Rc;

#[derive(Default)]
struct Chat;

#[namespace("/chat")]
impl Chat {
    async fn on_e(&self) {
        let r = Rc::new(1);
        std::future::ready(()).await;
        drop(r);
    }
}

fn main() {}
