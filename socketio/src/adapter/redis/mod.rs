//! Nodes that reach each other through Redis, with the wire formats of the Node server's adapters.
//!
//! `link` is the connection to a server or a cluster, `classic` and `sharded` are the two formats of `@socket.io/redis-adapter`,
//! `streams` is that of `@socket.io/redis-streams-adapter`.

mod builder;
mod classic;
mod link;
mod python;
mod sharded;
mod streams;
#[cfg(test)]
mod testing;

pub use builder::Redis;
pub use python::PythonRedis;
pub use sharded::{ShardedRedis, SubscriptionMode};
pub use streams::RedisStreams;
