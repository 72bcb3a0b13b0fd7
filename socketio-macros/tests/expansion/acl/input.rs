//! Who may call what.

#[namespace("/locked", acl)]
impl Locked {
    fn on_default(&self) {}

    #[acl(public)]
    fn on_open(&self) {}

    #[acl("a" && !Role::B || ("c"))]
    #[acl(if nick != self.nick && Self::open(socket).await)]
    fn on_more(&mut self, socket: &Socket, mut nick: String, _: u8) {}

    #[fallback]
    #[acl(if self.open)]
    fn rest(&self) {}
}
