#![allow(unused)]

use socketio::Try;
use socketio::prelude::*;

struct Plain;

#[derive(Default)]
struct Chat;

#[namespace("/chat")]
impl Chat {
    fn on_right(&self, a: Option<u8>, b: Try<u8>, c: Option<u8>) {}
    fn on_lent(&self, n: &Try<u8>) {}
    fn on_inside(&self, n: Option<Try<u8>>) {}
    fn on_plain(&self, n: Try<Plain>) {}
    fn on_result(&self, n: Result<u8, Error>) {}
}

fn main() {}
