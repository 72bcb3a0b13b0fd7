use socketio::prelude::*;

#[derive(Default)]
struct Chat;

#[namespace("/chat")]
#[limit]
impl Chat {
    #[limit(10)]
    fn on_a(&self) {}

    #[limit("10/s", bust = 20)]
    fn on_b(&self) {}

    #[limit("10/s", burst = 0)]
    fn on_c(&self) {}

    #[limit("10/s", burst = "20")]
    fn on_d(&self) {}

    #[limit("10/s", burst = 20, 3)]
    fn on_e(&self) {}

    #[limit("10/s")]
    #[limit("100/min")]
    fn on_f(&self) {}
}

fn main() {}
