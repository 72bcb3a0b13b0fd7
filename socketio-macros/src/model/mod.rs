//! Converts syntax to meaning, or to errors. A value of these types is valid, so that `expand` cannot fail.

pub(crate) mod argument;
pub(crate) mod event;
pub(crate) mod grant;
pub(crate) mod handler;
pub(crate) mod hook;
pub(crate) mod lifecycle;
pub(crate) mod names;
pub(crate) mod namespace;
pub(crate) mod server_event;
pub(crate) mod signature;
pub(crate) mod types;
