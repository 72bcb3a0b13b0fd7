//! Writes messages as JSON, as `JSON.stringify` of Node's messages does. Where a message has binary values, the JSON has placeholders.

use serde_json::value::RawValue;

use super::message::{Body, Message, Opts};
use crate::adapter::Room;
use crate::adapter::remote::{AckFailure, PresenceReport, Reply, SocketInfo};
use crate::packet::{Packet, quoted};

impl Message {
    /// The whole message.
    pub(crate) fn json(&self) -> String {
        let mut out = format!("{{\"type\":{}", self.body.kind());
        if let Some(data) = self.body.json() {
            out.push_str(",\"data\":");
            out.push_str(&data);
        }
        out.push_str(",\"uid\":");
        out.push_str(&quoted(&self.uid));
        out.push_str(",\"nsp\":");
        out.push_str(&quoted(&self.namespace));
        out.push('}');
        out
    }
}

/// An object that is being written.
struct Object(String);

impl Object {
    fn new() -> Self {
        Self(String::from("{"))
    }

    /// Appends an entry, whose value is JSON.
    fn raw(mut self, key: &str, json: impl AsRef<str>) -> Self {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        self.0.push('"');
        self.0.push_str(key);
        self.0.push_str("\":");
        self.0.push_str(json.as_ref());
        self
    }

    fn text(self, key: &str, text: &str) -> Self {
        self.raw(key, quoted(text))
    }

    fn number(self, key: &str, number: impl std::fmt::Display) -> Self {
        self.raw(key, number.to_string())
    }

    fn bool(self, key: &str, value: bool) -> Self {
        self.raw(key, if value { "true" } else { "false" })
    }

    fn end(mut self) -> String {
        self.0.push('}');
        self.0
    }
}

fn list(items: impl Iterator<Item = String>) -> String {
    let mut out = String::from("[");
    for item in items {
        if out.len() > 1 {
            out.push(',');
        }
        out.push_str(&item);
    }
    out.push(']');
    out
}

fn rooms(rooms: &[Room]) -> String {
    list(rooms.iter().map(|room| quoted(room)))
}

pub(crate) fn opts(opts: &Opts) -> String {
    let mut flags = Object::new();
    if opts.volatile {
        flags = flags.bool("volatile", true);
    }
    if let Some(timeout) = opts.timeout {
        flags = flags.number("timeout", timeout.as_millis());
    }
    Object::new().raw("rooms", rooms(&opts.rooms)).raw("except", rooms(&opts.except)).raw("flags", flags.end()).end()
}

/// The packet of a broadcast. Servers leave the namespace out, because it is that of the message.
fn event(packet: &Packet) -> String {
    Object::new().number("type", 2).raw("data", packet.data()).end()
}

/// The first argument as `packet`, which is all that Node reads, and the others as `more`.
fn arguments(object: Object, reply: &Reply) -> Object {
    // The JSON was written by this crate, or read by it before.
    let arguments: Vec<&RawValue> = serde_json::from_str(reply.json()).unwrap_or_default();
    let Some((first, more)) = arguments.split_first() else { return object };
    let object = object.raw("packet", first.get());
    if more.is_empty() {
        return object;
    }
    object.raw("more", list(more.iter().map(|argument| argument.get().to_owned())))
}

/// A JSON object, or an empty one: Node does not look for anything else where an object belongs.
fn object(json: &str) -> &str {
    let is_object = json.starts_with('{') && serde_json::from_str::<&RawValue>(json).is_ok();
    if is_object { json } else { "{}" }
}

fn socket(info: &SocketInfo) -> String {
    Object::new()
        .text("id", info.id.as_str())
        .raw("handshake", object(&info.handshake))
        .raw("rooms", rooms(&info.rooms))
        .raw("data", object(&info.data))
        .end()
}

fn presence(report: &PresenceReport) -> String {
    let changes = report.changes.iter().map(|change| {
        let object = Object::new().text("user", &change.user).bool("present", change.present);
        match &change.room {
            Some(room) => object.text("room", room).end(),
            None => object.end(),
        }
    });
    Object::new().text("node", &report.node).bool("all", report.all).raw("changes", list(changes)).end()
}

pub(super) const fn failure_text(failure: AckFailure) -> &'static str {
    match failure {
        AckFailure::Timeout => "timeout",
        AckFailure::Disconnected => "disconnected",
        AckFailure::TooMany => "too many",
    }
}

impl Body {
    /// The type, as a number on the wire.
    pub(crate) fn kind(&self) -> u8 {
        match self {
            Self::InitialHeartbeat { .. } => 1,
            Self::Heartbeat { .. } => 2,
            Self::Broadcast { .. } => 3,
            Self::Join { .. } => 4,
            Self::Leave { .. } => 5,
            Self::Disconnect { .. } => 6,
            Self::Fetch { .. } => 7,
            Self::FetchReply { .. } => 8,
            Self::ServerEvent { .. } => 9,
            Self::ServerEventReply { .. } => 10,
            Self::ClientCount { .. } => 11,
            Self::Ack { .. } => 12,
            Self::Close => 13,
            Self::AckFailed { .. } => 100,
            Self::Count { .. } => 101,
            Self::CountReply { .. } => 102,
            Self::Unhandled { .. } => 103,
            Self::Presence(_) => 104,
        }
    }

    /// The field `data`; `None` for messages without one.
    pub(crate) fn json(&self) -> Option<String> {
        let answer = |request: &str| Object::new().text("requestId", request);
        let object = match self {
            Self::Close => return None,
            Self::InitialHeartbeat { node } | Self::Heartbeat { node } => Object::new().text("node", node.as_deref()?),
            Self::Broadcast { packet, opts, request: None } => {
                Object::new().raw("packet", event(packet)).raw("opts", self::opts(opts))
            }
            Self::Broadcast { packet, opts, request: Some(request) } => {
                let object = Object::new().raw("packet", event(packet)).text("requestId", &request.id);
                let object = object.raw("opts", self::opts(opts));
                if request.ours { object.bool("ours", true) } else { object }
            }
            Self::Join { opts, rooms } | Self::Leave { opts, rooms } => {
                Object::new().raw("opts", self::opts(opts)).raw("rooms", self::rooms(rooms))
            }
            Self::Disconnect { opts, close } => Object::new().raw("opts", self::opts(opts)).bool("close", *close),
            Self::Fetch { opts, request } | Self::Count { opts, request } => {
                Object::new().raw("opts", self::opts(opts)).text("requestId", request)
            }
            Self::FetchReply { request, sockets } => answer(request).raw("sockets", list(sockets.iter().map(socket))),
            Self::ServerEvent { packet, request: None } => Object::new().raw("packet", packet.data()),
            Self::ServerEvent { packet, request: Some(request) } => {
                let object = answer(&request.id).raw("packet", packet.data());
                if request.ours { object.bool("ours", true) } else { object }
            }
            Self::ServerEventReply { request, reply } => arguments(answer(request), reply),
            Self::ClientCount { request, count } => answer(request).number("clientCount", count),
            Self::Ack { request, socket, reply } => {
                let object = arguments(answer(request), reply);
                match socket {
                    Some(socket) => object.text("socket", socket.as_str()),
                    None => object,
                }
            }
            Self::AckFailed { request, socket, failure } => {
                let object = answer(request).text("failure", failure_text(*failure));
                match socket {
                    Some(socket) => object.text("socket", socket.as_str()),
                    None => object,
                }
            }
            Self::CountReply { request, count } => answer(request).number("count", count),
            Self::Unhandled { request } => answer(request),
            Self::Presence(report) => return Some(presence(report)),
        };
        Some(object.end())
    }

    /// The binary values, for which the JSON has placeholders.
    pub(crate) fn attachments(&self) -> &[bytes::Bytes] {
        match self {
            Self::Broadcast { packet, .. } | Self::ServerEvent { packet, .. } => packet.attachments(),
            Self::ServerEventReply { reply, .. } | Self::Ack { reply, .. } => reply.attachments(),
            _ => &[],
        }
    }
}
