//! The messages of `@socket.io/redis-adapter`, made of those of the cluster protocol and read into them.
//!
//! Messages of our own have types from 100 on, and fields that Node does not know: its servers ignore both.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::channels::{Channels, Use};
use crate::adapter::Room;
use crate::adapter::cluster::{Body, EMITTER, Garbage, Message, json, to_json, to_msgpack};
use crate::adapter::redis::link::{Mode, Outgoing};
use crate::engine::Id;
use crate::packet::quoted;

/// The types of requests.
const SOCKETS: u64 = 0;
const ALL_ROOMS: u64 = 1;
const JOIN: u64 = 2;
const LEAVE: u64 = 3;
const DISCONNECT: u64 = 4;
const FETCH: u64 = 5;
const SERVER_EVENT: u64 = 6;
const BROADCAST: u64 = 7;
const CLIENT_COUNT: u64 = 8;
const ACK: u64 = 9;

/// What is added to the types of the cluster protocol that this protocol does not have.
const OURS: u64 = 200;

/// A message of another node.
#[derive(Debug)]
pub(super) enum Incoming {
    Message(Message),
    /// A request of an older server: it is answered here, because the cluster protocol has none like it.
    Old {
        request: Arc<str>,
        asker: Arc<str>,
        kind: OldRequest,
    },
}

/// What older servers ask.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum OldRequest {
    /// The ids of the sockets in these rooms.
    Sockets(Vec<Room>),
    /// All rooms that have members.
    Rooms,
    /// One socket joins a room (`true`) or leaves it, if it is of this node.
    Move { socket: Id, room: Room, join: bool },
    /// One socket is disconnected, if it is of this node.
    Disconnect { socket: Id, close: bool },
}

impl Channels {
    /// A message as Node writes it, with its channel. `asker` is the node that it answers.
    ///
    /// # Errors
    /// If the message has values that cannot be written.
    pub(super) fn encode(&self, message: &Message, asker: Option<&str>) -> Result<Outgoing, String> {
        let (uid, namespace) = (quoted(&message.uid), &*message.namespace);
        let data = || message.body.json().unwrap_or_else(|| "{}".to_owned());
        let attachments = message.body.attachments();
        let (channel, payload) = match &message.body {
            Body::Broadcast { packet, opts, request: None } => {
                let room = if let [room] = &opts.rooms[..] { Some(&**room) } else { None };
                let packet = event(packet.data(), namespace);
                let text = format!("[{uid},{packet},{}]", json::opts(opts));
                (self.broadcast(namespace, room), to_msgpack(&text, attachments)?)
            }
            Body::Broadcast { packet, opts, request: Some(request) } => {
                let (packet, id) = (event(packet.data(), namespace), quoted(&request.id));
                let (opts, ours) = (json::opts(opts), request.ours);
                let text = format!(
                    r#"{{"uid":{uid},"requestId":{id},"type":{BROADCAST},"packet":{packet},"opts":{opts},"ours":{ours}}}"#
                );
                (self.request(namespace), to_msgpack(&text, attachments)?)
            }
            Body::ServerEvent { packet, request } => {
                let event = packet.data();
                let text = match request {
                    Some(request) => {
                        let (id, ours) = (quoted(&request.id), request.ours);
                        format!(
                            r#"{{"uid":{uid},"requestId":{id},"type":{SERVER_EVENT},"data":{event},"ours":{ours}}}"#
                        )
                    }
                    None => format!(r#"{{"uid":{uid},"type":{SERVER_EVENT},"data":{event}}}"#),
                };
                (self.request(namespace), text_or_binary(text, attachments)?)
            }
            Body::ServerEventReply { request, reply } => {
                let arguments: Vec<&RawValue> = serde_json::from_str(reply.json()).unwrap_or_default();
                let mut text = format!(r#"{{"uid":{uid},"type":{SERVER_EVENT},"requestId":{}"#, quoted(request));
                if let Some((first, more)) = arguments.split_first() {
                    let more: Vec<&str> = more.iter().map(|argument| argument.get()).collect();
                    // Node reads the first one only.
                    text.push_str(&format!(r#","data":{},"more":[{}]"#, first.get(), more.join(",")));
                }
                text.push('}');
                // Node's servers expect this answer on the channel of all, whatever the option says.
                (self.response(namespace, None), text_or_binary(text, attachments)?)
            }
            Body::Ack { .. } => {
                let text = join(&format!(r#""uid":{uid},"type":{ACK}"#), &data());
                (self.answer(namespace, asker), to_msgpack(&text, attachments)?)
            }
            body => {
                let kind = match body {
                    Body::Join { .. } => JOIN,
                    Body::Leave { .. } => LEAVE,
                    Body::Disconnect { .. } => DISCONNECT,
                    Body::Fetch { .. } => FETCH,
                    Body::ClientCount { .. } => CLIENT_COUNT,
                    // Its answers have no type, and nobody looks at this one.
                    Body::FetchReply { .. } => FETCH,
                    other => OURS + u64::from(other.kind()),
                };
                let channel = match body.answers() {
                    Some(_) => self.answer(namespace, asker),
                    None => self.request(namespace),
                };
                (channel, join(&format!(r#""uid":{uid},"type":{kind}"#), &data()).into())
            }
        };
        Ok(Outgoing { mode: Mode::Plain, channel: channel.into(), payload })
    }

    fn answer(&self, namespace: &str, asker: Option<&str>) -> String {
        self.response(namespace, asker.filter(|_| self.specific))
    }

    /// Reads a message. `None` if its type is not known, or if it is an event of another namespace.
    ///
    /// # Errors
    /// If it is no message of this protocol.
    pub(super) fn decode(channel: Use<'_>, namespace: &str, payload: &Bytes) -> Result<Option<Incoming>, Garbage> {
        let (text, attachments) = to_json(payload)?;
        if let Use::Broadcast { .. } = channel {
            let (uid, packet, opts): (Cow<'_, str>, &RawValue, &RawValue) = serde_json::from_str(&text)?;
            let named: Named = serde_json::from_str(packet.get())?;
            if named.nsp.as_deref().unwrap_or("/") != namespace {
                return Ok(None);
            }
            let data = format!(r#"{{"packet":{},"opts":{}}}"#, packet.get(), opts.get());
            let message = Message::of_parts(3, &uid, Some(namespace), &data, attachments, None)?;
            return Ok(message.map(Incoming::Message));
        }
        let head: Head = serde_json::from_str(&text)?;
        let uid = head.uid.as_deref().unwrap_or(EMITTER);
        let response = channel == Use::Response;
        if !response && let Some(old) = head.old(uid) {
            return Ok(old);
        }
        let renamed;
        let (kind, data) = match (head.kind, response) {
            (Some(JOIN), false) => (4, &text),
            (Some(LEAVE), false) => (5, &text),
            (Some(DISCONNECT), false) => (6, &text),
            (Some(FETCH), false) => (7, &text),
            (Some(SERVER_EVENT), _) => {
                // The event, or the answer to one, is in another field.
                let rest = text.strip_prefix('{').unwrap_or_default();
                renamed = match head.data {
                    Some(packet) => format!(r#"{{"packet":{},{rest}"#, packet.get()),
                    None => text.clone(),
                };
                (if response { 10 } else { 9 }, &renamed)
            }
            (Some(BROADCAST), false) => (3, &text),
            (Some(CLIENT_COUNT), true) => (11, &text),
            (Some(ACK), true) => (12, &text),
            (Some(kind), _) if kind > OURS => (kind - OURS, &text),
            (_, true) if head.sockets.is_some() => (8, &text),
            _ => return Ok(None),
        };
        let message = Message::of_parts(kind, uid, Some(namespace), data, attachments, None)?;
        Ok(message.map(Incoming::Message))
    }
}

/// A packet with its namespace, without which Node takes it for one of `/`.
fn event(data: &str, namespace: &str) -> String {
    format!(r#"{{"type":2,"data":{data},"nsp":{}}}"#, quoted(namespace))
}

/// An object of these fields, and of those of an object.
fn join(fields: &str, object: &str) -> String {
    match object.strip_prefix('{') {
        Some("}") | None => format!("{{{fields}}}"),
        Some(rest) => format!("{{{fields},{rest}"),
    }
}

fn text_or_binary(text: String, attachments: &[Bytes]) -> Result<Bytes, String> {
    if attachments.is_empty() { Ok(text.into()) } else { to_msgpack(&text, attachments) }
}

#[derive(Deserialize)]
struct Named {
    nsp: Option<String>,
}

/// The fields that tell what a request or an answer is.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Head<'a> {
    #[serde(borrow)]
    uid: Option<Cow<'a, str>>,
    #[serde(rename = "type")]
    kind: Option<u64>,
    request_id: Option<Arc<str>>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
    #[serde(borrow)]
    sockets: Option<&'a RawValue>,
    #[serde(borrow)]
    opts: Option<&'a RawValue>,
    sid: Option<String>,
    room: Option<String>,
    rooms: Option<Vec<serde_json::Value>>,
    #[serde(default)]
    close: Option<bool>,
}

impl Head<'_> {
    /// A request of an older server. `Some(None)`: it is one, and not for this node.
    #[expect(clippy::option_option, reason = "an old request may concern sockets that cannot exist here")]
    fn old(&self, uid: &str) -> Option<Option<Incoming>> {
        let kind = match self.kind? {
            SOCKETS => OldRequest::Sockets(self.rooms.iter().flatten().map(room).collect()),
            ALL_ROOMS => OldRequest::Rooms,
            kind @ (JOIN | LEAVE | DISCONNECT) if self.opts.is_none() => {
                let Some(socket) = self.sid.as_deref().and_then(Id::parse) else { return Some(None) };
                match (kind, &self.room) {
                    (DISCONNECT, _) => OldRequest::Disconnect { socket, close: self.close.unwrap_or_default() },
                    (_, Some(room)) => OldRequest::Move { socket, room: Room::from(room), join: kind == JOIN },
                    (_, None) => return Some(None),
                }
            }
            _ => return None,
        };
        let Some(request) = self.request_id.clone() else { return Some(None) };
        Some(Some(Incoming::Old { request, asker: uid.into(), kind }))
    }
}

/// The name of a room, which may be a number in JavaScript.
fn room(name: &serde_json::Value) -> Room {
    name.as_str().map_or_else(|| Room::from(name.to_string()), Room::from)
}
