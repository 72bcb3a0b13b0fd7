#![allow(unused)]

use socketio::prelude::*;

#[derive(Default)]
struct Shop;

#[namespace("/shop")]
impl Shop {
    #[event(twice)]
    fn on_a(&self) {}
    #[event("b", once = "")]
    fn on_b(&self) {}
    #[event(once, once = "id")]
    fn on_c(&self) {}
    #[event(once = 5)]
    fn on_d(&self) {}
    #[event(once)]
    #[fallback]
    fn other(&self) {}
    #[event(once)]
    fn helper(&self) {}
}

fn main() {}
