//! Floor 6: the server. The builder, the accept loop on hyper, the same thing as a `tower` service or layer, and the way down.

mod admission;
mod builder;
mod connection;
mod core;
mod delivery;
#[cfg(feature = "legacy")]
mod flash;
mod handle;
mod layer;
mod listen;
mod node;
mod pages;
mod port;
mod service;
mod timeouts;

pub use builder::Server;
pub use handle::{Handle, NoSocket};
pub use layer::{Layer, LayerBody, Layered};
pub use listen::{Bound, BoundEngine};
pub use service::Service;

pub(crate) use self::core::Core;
