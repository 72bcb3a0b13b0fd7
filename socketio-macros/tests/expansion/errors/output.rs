//! Generated from `input.rs` by the test `snapshots`.

impl Wrong {
    #[allow(unused)]
    fn on_a(x: u8) {
        body
    }
    fn on_b(&self, x: &str) {}
}
const _: () = {
    use ::socketio::__private as __rt;
    impl __rt::HasPath for Wrong {
        const PATH: &'static str = "/wrong";
    }
    impl __rt::Namespace for Wrong {
        const TABLE: __rt::Table<Self> = ::core::panic!();
    }
};
::core::compile_error! {
    "unknown option `emit`, expected one of: `emits`, `acl`, `rename_all`, `manual`, `crate`"
}
::core::compile_error! {
    "`on_a` needs a receiver: `&self` or `&mut self`"
}
::core::compile_error! {
    "a payload argument is owned: use `String`\nnote: `&T` arguments are lent by the server, and `str` is the client's"
}
::core::compile_error! {
    "event `twice` is handled twice"
}
::core::compile_error! {
    "`twice` was first handled here"
}
