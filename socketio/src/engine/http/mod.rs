//! A request's way in, and its answer.

pub(crate) mod accept;
pub(crate) mod body;
pub(crate) mod context;
pub(crate) mod handshake;
pub(crate) mod pending;
pub(crate) mod polling;
pub(crate) mod query;
pub(crate) mod refusal;
pub(crate) mod reply;
pub(crate) mod route;
pub(crate) mod service;
pub(crate) mod upgrade;
#[cfg(feature = "legacy")]
pub(crate) mod v1;
