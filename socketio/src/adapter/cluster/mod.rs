//! The cluster protocol of Node's `ClusterAdapter`, for the adapters that speak it: sharded Redis, Redis Streams, Postgres and NATS.
//!
//! `message` is what nodes tell each other, `json`, `read` and `codec` how it is written and read, `queue` what waits to be published, `peers` who is
//! there, `requests` what was asked, and `engine` connects these with the `Node`. A [`Link`] is what differs between the brokers.

#![allow(dead_code, unused_imports, reason = "the adapter of each feature uses a part of it")]

mod backoff;
mod codec;
mod engine;
mod heartbeats;
mod inner;
pub(crate) mod json;
mod link;
mod message;
mod options;
mod peers;
mod queue;
mod read;
mod requests;

pub(crate) use backoff::Backoff;
pub(crate) use codec::{to_json, to_msgpack};
pub(crate) use engine::{Engine, new_uid};
pub(crate) use link::{Link, Subscribers};
pub(crate) use message::{Body, EMITTER, Message, Opts, Request};
pub(crate) use options::{Options, cluster_options};
pub(crate) use queue::{Failed, Queue, QueueLimits, Transport};
pub(crate) use read::Garbage;
