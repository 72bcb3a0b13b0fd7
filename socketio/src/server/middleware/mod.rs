//! The middlewares that come with the crate.

mod addresses;
mod event_log;
mod line;
mod message_log;
mod rate_limit;

pub use event_log::EventLog;
pub use message_log::MessageLog;
pub use rate_limit::RateLimit;
