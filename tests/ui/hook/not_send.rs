#![allow(unused)]

use socketio::prelude::*;
use socketio::{EventName, Outcome};

#[derive(Default)]
struct Chat;

#[namespace("/chat")]
impl Chat {
    #[before]
    async fn may(&self) {
        let held = std::rc::Rc::new(1);
        std::future::ready(()).await;
        drop(held);
    }

    fn on_a(&self) {}
}

fn main() {}
