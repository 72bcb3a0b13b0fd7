//! Syntax to meaning, or errors. What these types hold is right: nothing below this floor can fail.

pub(crate) mod argument;
pub(crate) mod event;
pub(crate) mod grant;
pub(crate) mod handler;
pub(crate) mod hook;
pub(crate) mod lifecycle;
pub(crate) mod names;
pub(crate) mod namespace;
pub(crate) mod signature;
pub(crate) mod types;
