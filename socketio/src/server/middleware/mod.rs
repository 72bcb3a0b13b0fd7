//! The middlewares that come with the crate.

mod addresses;
mod rate_limit;

pub use rate_limit::RateLimit;
