#[namespace("/hooks")]
impl Hooked {
    #[before]
    fn may(&self, socket: &Socket, event: &EventName) -> Result<(), Error> {
        Ok(())
    }

    #[before]
    async fn may_later(limit: &State<Limit>) {}

    #[after]
    fn seen(&self, event: &EventName, outcome: &Outcome) {}

    #[on_error]
    fn told(error: &Error, event: &EventName) -> Error {
        error.clone()
    }

    fn on_say(&self) {}
}
