//! The wire format of `@socket.io/redis-adapter`: publish and subscribe.
//!
//! `channels` are its channels, `codec` its messages, `old` the requests of older servers, `strangers` names for answers without one, and `wire` connects these
//! with Redis.

mod channels;
mod codec;
mod old;
mod strangers;
#[cfg(test)]
mod tests;
mod wire;

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock, Weak};

use super::link::{Link, LinkOptions, Received};
use crate::adapter::cluster::{Engine, Options, new_uid};
use crate::adapter::{BoxFuture, Health, Node};
use crate::error::Error;
use crate::log::warn_rarely;
use channels::{Channels, Use};
use codec::Incoming;
use wire::Wire;

/// The adapter of one server. Cheap to clone.
#[derive(Clone)]
pub(super) struct Classic(Arc<Inner>);

struct Inner {
    engine: Engine<Wire>,
    /// The namespaces by what is subscribed to for them.
    namespaces: RwLock<HashMap<Arc<str>, Arc<str>>>,
}

impl Classic {
    /// `specific`: answers go to the channel of the server that has asked.
    pub(super) fn new(options: Options, link: LinkOptions, key: &str, specific: bool) -> Self {
        // 6 characters, as Node has them; nodes of one cluster hardly have the same.
        let uid: Arc<str> = crate::engine::Id::random().map_or_else(
            |_| new_uid().get(..6).unwrap_or("rustio").into(),
            |id| id.as_str().get(..6).unwrap_or("rustio").into(),
        );
        let channels = Channels { key: key.into(), uid: uid.clone(), specific };
        Self(Arc::new_cyclic(|inner: &Weak<Inner>| {
            let inner = inner.clone();
            let receiver = move |received: Received| {
                if let Some(inner) = inner.upgrade() {
                    inner.receive(&received);
                }
            };
            let wire = Wire::new(Link::new(link, Arc::new(receiver)), channels);
            Inner { engine: Engine::new(Arc::new(wire), uid, options), namespaces: RwLock::default() }
        }))
    }

    pub(super) fn engine(&self) -> &Engine<Wire> {
        &self.0.engine
    }

    fn wire(&self) -> &Wire {
        self.0.engine.link()
    }

    pub(super) async fn start(&self, node: Node) -> Result<(), Error> {
        self.0.engine.start(node).await.map_err(Error::start)
    }

    pub(super) async fn stop(&self) {
        self.0.engine.stop().await;
        self.wire().link.close();
    }

    pub(super) fn health(&self) -> Health {
        self.wire().link.health(self.0.engine.health())
    }

    pub(super) fn open_namespace(&self, path: &Arc<str>) {
        let channels = self.wire().channels.subscriptions(path);
        {
            let mut namespaces = self.0.namespaces.write().unwrap_or_else(PoisonError::into_inner);
            namespaces.extend(channels.iter().map(|channel| (channel.name.clone(), path.clone())));
        }
        channels.into_iter().for_each(|channel| self.wire().link.subscribe(channel));
        self.0.engine.open_namespace(path);
    }

    pub(super) fn close_namespace(&self, path: &Arc<str>) {
        self.0.engine.close_namespace(path);
        let mut namespaces = self.0.namespaces.write().unwrap_or_else(PoisonError::into_inner);
        for channel in self.wire().channels.subscriptions(path) {
            namespaces.remove(&channel.name);
            self.wire().link.unsubscribe(channel);
        }
    }

    pub(super) fn settled(&self) -> Option<BoxFuture<'static, ()>> {
        self.wire().link.settled()
    }
}

impl Inner {
    fn receive(&self, received: &Received) {
        let namespace = {
            let namespaces = self.namespaces.read().unwrap_or_else(PoisonError::into_inner);
            namespaces.get(&*received.subscription).cloned()
        };
        let (Some(namespace), Some(node)) = (namespace, self.engine.node()) else { return };
        let wire = self.engine.link();
        let Some(channel) = wire.channels.use_of(received.mode, &namespace, &received.channel) else { return };
        // What is for rooms of others is not even decoded.
        if let Use::Broadcast { room: Some(room) } = channel
            && !node.has_members(&namespace, Some(room))
        {
            return;
        }
        match Channels::decode(channel, &namespace, &received.payload) {
            Ok(Some(Incoming::Message(message))) => {
                if let Some(message) = wire.named(message) {
                    self.engine.receive(message, None);
                }
            }
            Ok(Some(Incoming::Old { request, asker, kind })) => {
                tokio::spawn(old::answer(self.engine.clone(), namespace, request, asker, kind));
            }
            Ok(None) => {}
            Err(error) => {
                let (channel, bytes) = (&received.channel, received.payload.len());
                warn_rarely!(%error, %channel, bytes, "a message on a channel of the cluster cannot be read");
            }
        }
    }
}
