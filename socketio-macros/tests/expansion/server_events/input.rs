#[namespace("/cache")]
impl Cache {
    #[server_event("reload")]
    fn on_reload(server: &Handle, hits: &State<Hits>, cause: String) -> u64 {
        0
    }

    #[server_event]
    fn clear() {}
}
