//! The channels of `@socket.io/redis-adapter`.

use std::sync::Arc;

use crate::adapter::redis::link::{Channel, Mode};

/// The names of the channels of this node.
#[derive(Clone, Debug)]
pub(super) struct Channels {
    /// The prefix of all names: the option `key`.
    pub(super) key: Arc<str>,
    /// The name of this node on the wire: 6 characters.
    pub(super) uid: Arc<str>,
    /// Whether answers go to the channel of the node that has asked.
    pub(super) specific: bool,
}

/// What a channel is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use<'a> {
    /// Events: for one room, or for any sockets.
    Broadcast {
        room: Option<&'a str>,
    },
    Request,
    Response,
}

impl Channels {
    /// Where events are published: on the channel of the room if there is exactly one.
    pub(super) fn broadcast(&self, namespace: &str, room: Option<&str>) -> String {
        match room {
            Some(room) => format!("{}#{namespace}#{room}#", self.key),
            None => format!("{}#{namespace}#", self.key),
        }
    }

    /// Where requests are published. Its subscribers are counted.
    pub(super) fn request(&self, namespace: &str) -> String {
        format!("{}-request#{namespace}#", self.key)
    }

    /// Where answers are published, with or without a channel for each asker.
    pub(super) fn response(&self, namespace: &str, asker: Option<&str>) -> String {
        match asker {
            Some(asker) => format!("{}-response#{namespace}#{asker}#", self.key),
            None => format!("{}-response#{namespace}#", self.key),
        }
    }

    /// What a node subscribes to for a namespace.
    pub(super) fn subscriptions(&self, namespace: &str) -> [Channel; 4] {
        [
            Channel::prefix(&self.broadcast(namespace, None)),
            Channel::new(Mode::Plain, self.request(namespace)),
            Channel::new(Mode::Plain, self.response(namespace, None)),
            Channel::new(Mode::Plain, self.response(namespace, Some(&self.uid))),
        ]
    }

    /// What a channel of the namespace is for. `None` for a channel that is none of Node's.
    pub(super) fn use_of<'a>(&self, mode: Mode, namespace: &str, channel: &'a str) -> Option<Use<'a>> {
        if mode == Mode::Pattern {
            let room = channel.strip_prefix(&*self.broadcast(namespace, None))?;
            return match room.strip_suffix('#') {
                Some(room) => Some(Use::Broadcast { room: Some(room) }),
                None if room.is_empty() => Some(Use::Broadcast { room: None }),
                None => None,
            };
        }
        if channel == self.request(namespace) { Some(Use::Request) } else { Some(Use::Response) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_are_those_of_node() {
        let channels = Channels { key: "socket.io".into(), uid: "Sl3mVr".into(), specific: false };
        assert_eq!(channels.broadcast("/", Some("room1")), "socket.io#/#room1#");
        assert_eq!(channels.broadcast("/chat", None), "socket.io#/chat#");
        assert_eq!(channels.request("/chat"), "socket.io-request#/chat#");
        assert_eq!(channels.response("/chat", None), "socket.io-response#/chat#");
        assert_eq!(channels.response("/chat", Some("Sl3mVr")), "socket.io-response#/chat#Sl3mVr#");
        let of = |channel| channels.use_of(Mode::Pattern, "/", channel);
        assert_eq!(of("socket.io#/#a#b#"), Some(Use::Broadcast { room: Some("a#b") }));
        assert_eq!(of("socket.io#/#"), Some(Use::Broadcast { room: None }));
        assert_eq!(of("socket.io#/#x"), None);
    }
}
