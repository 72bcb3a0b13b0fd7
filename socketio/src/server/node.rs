//! Carries out the actions and questions of other nodes for the clients of this process.

use std::collections::HashMap;
use std::sync::{Arc, Weak};
use std::time::Duration;

use futures_util::Stream as _;
use futures_util::stream::{self, StreamExt as _};
use serde::Serialize;

use super::Handle;
use crate::adapter::remote::LocalNode;
use crate::adapter::{AckFailure, Action, Answer, BoxStream, Question, Reply, Selection};
use crate::error::Error;
use crate::namespace::{Registry, answer, guarded};
use crate::packet::{Packet, forward};
use crate::socket::cluster::local;
use crate::socket::{AckError, FromAck, Target, info};

/// A handler of `Server::server_event`.
type ServerEvent = Box<dyn Fn(&Handle, &Reply) -> Result<Reply, Error> + Send + Sync>;

/// The handlers of events that other nodes emit, by namespace and name.
#[derive(Default)]
pub(super) struct ServerEvents(HashMap<(String, String), ServerEvent>);

impl std::fmt::Debug for ServerEvents {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl ServerEvents {
    /// Adds a handler; `false` if the event has one already.
    pub(super) fn add<A: FromAck, R: Serialize>(
        &mut self,
        path: String,
        event: String,
        handler: impl Fn(&Handle, A) -> R + Send + Sync + 'static,
    ) -> bool {
        let handler = move |handle: &Handle, args: &Reply| {
            answer(&handler(handle, A::from_ack(args.json(), args.attachments())?))
        };
        self.0.insert((path, event), Box::new(handler)).is_none()
    }

    /// Fails if a method with `#[server_event]` has the event of one of the handlers.
    pub(super) fn check(&self, registry: &Registry) -> Result<(), Error> {
        let twice = self.0.keys().find(|(path, event)| registry.has_server_event(path, event));
        twice.map_or(Ok(()), |(path, event)| Err(two_handlers(path, event)))
    }
}

/// The error of the start if an event of other servers has two handlers.
pub(super) fn two_handlers(path: &str, event: &str) -> Error {
    Error::start(format!("two handlers of the server event `{event}` of \"{path}\""))
}

/// The part of a [`Node`](crate::adapter::Node) that acts on this server.
pub(super) struct Local {
    /// Weak: an adapter does not keep its server alive.
    pub(super) registry: Weak<Registry>,
    pub(super) events: ServerEvents,
    pub(super) handle: Handle,
}

impl Local {
    /// Calls the handler of an event of another server. `None` if there is none, or if it has failed, which is logged.
    fn server_event(&self, packet: &Packet) -> Option<Reply> {
        let (path, event) = (packet.namespace(), packet.event_name()?);
        let heard = match self.events.0.get(&(path.to_owned(), event.to_string())) {
            Some(handler) => {
                let args = Reply::new(forward::arguments(packet)?, packet.attachments().to_vec());
                guarded(|| handler(&self.handle, &args))
            }
            None => {
                let registry = self.registry.upgrade()?;
                registry.server_event(&event, packet)?
            }
        };
        heard.inspect_err(|error| tracing::error!(namespace = path, %event, %error, "server event failed")).ok()
    }

    fn target(&self, path: &str, sockets: Selection) -> Option<Target> {
        Some(local(self.registry.upgrade()?.existing(path)?, sockets))
    }
}

impl LocalNode for Local {
    fn apply(&self, action: Action) {
        match action {
            Action::Broadcast { to, packet, offset } => {
                if let Some(target) = self.target(packet.namespace(), to) {
                    target.deliver_packet(&packet, offset);
                }
            }
            Action::Join { namespace, sockets, rooms } => {
                if let Some(target) = self.target(&namespace, sockets) {
                    target.join(rooms);
                }
            }
            Action::Leave { namespace, sockets, rooms } => {
                if let Some(target) = self.target(&namespace, sockets) {
                    target.leave(rooms);
                }
            }
            Action::Disconnect { namespace, sockets, close } => {
                let Some(target) = self.target(&namespace, sockets) else { return };
                if close { target.close() } else { target.disconnect() }
            }
            Action::DisconnectWith { to, packet } => {
                if let Some(target) = self.target(packet.namespace(), to) {
                    target.disconnect_with_packet(&packet);
                }
            }
            Action::ServerEvent { packet } => drop(self.server_event(&packet)),
            Action::Presence(report) => {
                if let Some(registry) = self.registry.upgrade() {
                    registry.apply_presence(report);
                }
            }
        }
    }

    fn answer(&self, question: Question) -> BoxStream<'static, Answer> {
        let answer = match question {
            Question::Sockets { namespace, sockets, .. } => {
                let sockets = self.target(&namespace, sockets).map_or_else(Vec::new, |target| target.sockets());
                let info = sockets.iter().map(info);
                Some(Answer::Sockets(info.collect()))
            }
            Question::Count { namespace, sockets, .. } => {
                Some(Answer::Count(self.target(&namespace, sockets).map_or(0, |target| target.count())))
            }
            Question::Call { to, packet, timeout } => {
                let Some(target) = self.target(packet.namespace(), to) else {
                    return Box::pin(stream::iter([Answer::Asked(0)]));
                };
                let acks = target.call_packet(&packet, timeout);
                let asked = stream::iter([Answer::Asked(acks.size_hint().0)]);
                return Box::pin(asked.chain(acks.map(|(socket, reply)| Answer::Acknowledged {
                    socket: Some(socket),
                    reply: reply.map_err(|error| match error {
                        AckError::Timeout => AckFailure::Timeout,
                        AckError::TooMany => AckFailure::TooMany,
                        _ => AckFailure::Disconnected,
                    }),
                })));
            }
            Question::ServerEvent { packet, .. } => self.server_event(&packet).map(Answer::ServerEvent),
        };
        Box::pin(stream::iter(answer))
    }

    fn has_members(&self, path: &str, room: Option<&str>) -> bool {
        let nsp = self.registry.upgrade().and_then(|registry| registry.existing(path));
        nsp.is_some_and(|nsp| nsp.members.has_members(room))
    }

    fn recovery(&self) -> Option<Duration> {
        Some(self.registry.upgrade()?.shared().recovery.as_ref()?.max_disconnection())
    }

    fn joined(&self, _node: &str) {
        let nsps = self.registry.upgrade().map_or_else(Vec::new, |registry| registry.nsps());
        nsps.iter().for_each(|nsp| nsp.node_joined());
    }

    fn left(&self, node: &str) {
        let nsps = self.registry.upgrade().map_or_else(Vec::new, |registry| registry.nsps());
        nsps.iter().for_each(|nsp| nsp.node_left(node));
    }
}

/// The part of a node that acts on a server which is about to start.
pub(super) fn local_half(registry: &Arc<Registry>, events: ServerEvents, handle: Handle) -> Arc<dyn LocalNode> {
    Arc::new(Local { registry: Arc::downgrade(registry), events, handle })
}
