//! Generated from `input.rs` by the test `snapshots`.

/// Kept.
#[cfg(unix)]
#[derive(Default)]
pub struct Here {
    field: u8,
}
#[cfg(unix)]
#[allow(deprecated)]
const _: () = {
    impl ::socketio::__private::HasPath for Here {
        const PATH: &'static str = "/here/{id}";
    }
    fn _table() -> ::socketio::__private::Table<Here> {
        <Here as ::socketio::__private::Namespace>::TABLE
    }
};
struct There<T>(T);
#[allow(deprecated)]
const _: () = {};
