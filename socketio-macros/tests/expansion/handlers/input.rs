//! The forms of a handler.

#[namespace("/chat", emits = Said, rename_all = "kebab-case")]
impl Chat {
    const LIMIT: usize = 3;

    /// Without arguments.
    ///
    /// Two paragraphs.
    pub fn on_ping(&self) {}

    fn on_now(&mut self, socket: &Socket, text: String, r#type: Option<u8>) -> Result<u64, Error> {
        Ok(self.count)
    }

    #[cfg(feature = "slow")]
    #[doc = include_str!("slow.md")]
    #[event("very slow", "slow:est")]
    async fn on_slow_one(&self, Point { x, y }: Point, rest: Rest<Self>, ack: Ack<u8>) {}

    #[fallback]
    async fn other(&mut self, event: &EventName, args: Rest<Value>) -> impl Serialize {}

    fn helper(&self) {}
}
