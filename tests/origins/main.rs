//! Who may connect, and what the request of an untrusted page carries: origins, credentials, proxies, host names. What a
//! browser would send is written by hand, for every transport and generation; `browser` asks Chromium.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod app;
mod browser;
mod clients;
mod handshake;
mod hosts;
mod pages;
mod proxies;
