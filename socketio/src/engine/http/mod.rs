//! HTTP: a request comes in by `service` and `route`, opens a session (`handshake`), polls (`polling`) or changes the transport (`upgrade`,
//! `accept`), and its response is `pending` until it is known. `v1` serves clients of 0.7 to 0.9.

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
