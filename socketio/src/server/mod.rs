//! Floor 6: the server. Its builder, the accept loop on hyper, the `tower` service and layer, and the shutdown.

mod accept;
mod admission;
mod bound;
mod builder;
mod cluster;
mod connection;
mod core;
mod delivery;
#[cfg(feature = "legacy")]
mod flash;
mod handle;
mod hooks;
mod layer;
mod middleware;
mod node;
mod pages;
mod port;
mod service;
mod stopping;
mod timeouts;
mod workers;

pub use bound::{Bound, BoundEngine};
pub use builder::Server;
pub use cluster::Cluster;
pub use handle::Handle;
pub use layer::{Layer, LayerBody, Layered};
pub use middleware::{EventLog, MessageLog, RateLimit};
pub use service::Service;

pub(crate) use self::core::Core;
