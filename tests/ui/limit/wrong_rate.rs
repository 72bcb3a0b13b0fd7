use socketio::prelude::*;

#[derive(Default)]
struct Chat;

#[namespace("/chat")]
impl Chat {
    #[limit("10 per second")]
    fn on_a(&self) {}

    #[limit("10/day")]
    fn on_b(&self) {}

    #[limit("/s")]
    fn on_c(&self) {}

    #[limit("0/s")]
    fn on_d(&self) {}

    #[limit("1/0s")]
    fn on_e(&self) {}

    #[limit("1/25h")]
    fn on_f(&self) {}

    #[limit("5000000000/s")]
    fn on_g(&self) {}

    #[limit("-1/s")]
    fn on_h(&self) {}
}

fn main() {}
