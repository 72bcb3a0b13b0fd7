//! The forms of coming and going.

#[namespace("/constructor")]
impl Constructor {
    async fn on_connect(socket: &Socket, login: Login) -> Result<Self, Refuse> {}
    async fn on_disconnect(self, socket: &Socket) {}
}

#[namespace("/method")]
impl Method {
    fn on_connect(&mut self, socket: &Socket) {}
    fn on_disconnect(&mut self, reason: &DisconnectReason) {}
}

#[namespace("/conditional", manual)]
impl Conditional {
    #[cfg(unix)]
    fn on_connect() -> Self {}
    #[cfg(windows)]
    fn on_disconnect(&self) {}
}
