use socketio::prelude::*;

#[derive(Default)]
struct Chat;

#[namespace("/chat")]
impl Chat {
    #[limit("1/s")]
    fn on_connect(&self) {}

    #[limit("1/s")]
    fn on_disconnect(self) {}

    #[before]
    #[limit("1/s")]
    fn seen(&self) {}

    #[limit("1/s")]
    fn helper(&self) {}
}

fn main() {}
