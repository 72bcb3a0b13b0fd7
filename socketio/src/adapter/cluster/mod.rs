//! The cluster protocol of Node's `ClusterAdapter`, for the adapters that speak it: sharded Redis, Redis Streams, Postgres and NATS.
//!
//! `message` is what nodes tell each other, `json` and `msgpack` how it is written, `queue` what waits to be published, `peers` who is there,
//! `requests` what was asked, and `engine` connects these with the `Node`. A [`Link`] is what differs between the brokers.

#![allow(dead_code, unused_imports, reason = "the adapters that use it follow")]

mod backoff;
mod link;
mod message;
mod queue;

pub(crate) use backoff::Backoff;
pub(crate) use link::Link;
pub(crate) use message::{Body, EMITTER, Message, Opts, Request};
pub(crate) use queue::{Failed, Queue, QueueLimits, Transport};
