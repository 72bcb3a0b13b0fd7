//! An impl with errors: it comes back without our attributes, and still counts as a namespace.

#[namespace("/wrong", emit = Said)]
impl Wrong {
    #[acl("admin")]
    #[event("twice")]
    #[allow(unused)]
    fn on_a(x: u8) {
        body
    }

    #[event("twice")]
    fn on_b(&self, x: &str) {}
}
