//! Reads messages. What cannot be read is an error, and costs no more memory than its own size in proportion.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde_json::value::RawValue;

use super::json::failure_text;
use super::message::{Body, Message, Opts, Request};
use crate::adapter::Room;
use crate::adapter::remote::{AckFailure, PresenceChanged, PresenceReport, Reply, SocketInfo};
use crate::engine::Id;
use crate::packet::{Kind, Packet, Payload, Text};

/// The longest time that a request of another node may take.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// Why a message could not be read; for the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Garbage(String);

impl Garbage {
    pub(super) fn new(reason: impl fmt::Display) -> Self {
        Self(reason.to_string())
    }
}

impl fmt::Display for Garbage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<serde_json::Error> for Garbage {
    fn from(error: serde_json::Error) -> Self {
        Self::new(error)
    }
}

#[derive(serde::Deserialize)]
struct Envelope<'a> {
    #[serde(rename = "type")]
    kind: u64,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
    #[serde(borrow, default)]
    uid: Cow<'a, str>,
    nsp: Option<String>,
}

impl Message {
    /// Reads a message in JSON, in which placeholders stand for the attachments. Messages of emitters may lack the namespace: then it is that of
    /// the packet, or else that of the channel. `None` if the type is not known.
    pub(crate) fn read(json: &str, attachments: Vec<Bytes>, channel: Option<&str>) -> Result<Option<Self>, Garbage> {
        let Envelope { kind, data, uid, nsp } = serde_json::from_str(json)?;
        let data = data.map_or("{}", RawValue::get);
        Self::of_parts(kind, &uid, nsp.as_deref(), data, attachments, channel)
    }

    /// The same of its fields; `data` is JSON, `{}` if the message has none.
    pub(crate) fn of_parts(
        kind: u64,
        uid: &str,
        namespace: Option<&str>,
        data: &str,
        attachments: Vec<Bytes>,
        channel: Option<&str>,
    ) -> Result<Option<Self>, Garbage> {
        let named;
        let namespace = match namespace {
            Some(namespace) => namespace,
            None => {
                let of_packet = if kind == 3 { serde_json::from_str::<WithNamespace>(data).ok() } else { None };
                named = of_packet.and_then(|data| data.packet.nsp);
                named.as_deref().or(channel).ok_or_else(|| Garbage::new("no namespace"))?
            }
        };
        if uid.is_empty() {
            return Err(Garbage::new("no uid"));
        }
        let body = body(kind, namespace, data, attachments)?;
        Ok(body.map(|body| Self { uid: Arc::from(uid), namespace: Arc::from(namespace), body }))
    }
}

#[derive(serde::Deserialize)]
struct WithNamespace {
    packet: OnlyNamespace,
}

#[derive(serde::Deserialize)]
struct OnlyNamespace {
    nsp: Option<String>,
}

fn body(kind: u64, namespace: &str, data: &str, attachments: Vec<Bytes>) -> Result<Option<Body>, Garbage> {
    Ok(Some(match kind {
        1 => Body::InitialHeartbeat { node: serde_json::from_str::<Alive>(data)?.node },
        2 => Body::Heartbeat { node: serde_json::from_str::<Alive>(data)?.node },
        3 => {
            let Broadcast { packet, opts, request_id, ours } = serde_json::from_str(data)?;
            let packet = event(namespace, packet.data, attachments)?;
            Body::Broadcast { packet, opts: opts.into(), request: request_id.map(|id| Request { id, ours }) }
        }
        4 | 5 => {
            let Rooms { opts, rooms } = serde_json::from_str(data)?;
            let (opts, rooms) = (opts.into(), rooms.into_iter().map(|name| name.0).collect());
            if kind == 4 { Body::Join { opts, rooms } } else { Body::Leave { opts, rooms } }
        }
        6 => {
            let Disconnect { opts, close } = serde_json::from_str(data)?;
            Body::Disconnect { opts: opts.into(), close }
        }
        7 | 101 => {
            let Fetch { opts, request_id: request } = serde_json::from_str(data)?;
            let opts = opts.into();
            if kind == 7 { Body::Fetch { opts, request } } else { Body::Count { opts, request } }
        }
        8 => {
            let Sockets { request_id: request, sockets } = serde_json::from_str(data)?;
            // Sockets with an id of another form are not addressable here.
            Body::FetchReply { request, sockets: sockets.into_iter().filter_map(Socket::info).collect() }
        }
        9 => {
            let ServerEvent { packet, request_id, ours } = serde_json::from_str(data)?;
            let packet = event(namespace, packet, attachments)?;
            Body::ServerEvent { packet, request: request_id.map(|id| Request { id, ours }) }
        }
        10 | 12 => {
            let Answer { request_id: request, packet, more, socket } = serde_json::from_str(data)?;
            let reply = reply(packet, &more, attachments);
            if kind == 10 {
                Body::ServerEventReply { request, reply }
            } else {
                Body::Ack { request, socket: socket.as_deref().and_then(Id::parse), reply }
            }
        }
        11 => {
            let ClientCount { request_id: request, client_count: count } = serde_json::from_str(data)?;
            Body::ClientCount { request, count }
        }
        13 => Body::Close,
        100 => {
            let Failure { request_id: request, failure, socket } = serde_json::from_str(data)?;
            let known = [AckFailure::Timeout, AckFailure::Disconnected, AckFailure::TooMany];
            let failure = known.into_iter().find(|known| failure_text(*known) == failure);
            let socket = socket.as_deref().and_then(Id::parse);
            Body::AckFailed { request, socket, failure: failure.unwrap_or(AckFailure::Disconnected) }
        }
        102 => {
            let Count { request_id: request, count } = serde_json::from_str(data)?;
            Body::CountReply { request, count }
        }
        103 => Body::Unhandled { request: serde_json::from_str::<Unhandled>(data)?.request_id },
        104 => {
            let Presence { node, all, changes } = serde_json::from_str(data)?;
            let changes = changes.into_iter().map(|Changed { room, user, present }| PresenceChanged {
                room: room.map(Room::from),
                user,
                present,
            });
            Body::Presence(PresenceReport { node, namespace: namespace.into(), all, changes: changes.collect() })
        }
        _ => return Ok(None),
    }))
}

/// The event of `["name", …]`.
fn event(namespace: &str, data: &RawValue, attachments: Vec<Bytes>) -> Result<Packet, Garbage> {
    let kind = if attachments.is_empty() { Kind::Event } else { Kind::BinaryEvent };
    if !data.get().starts_with('[') {
        return Err(Garbage::new("the packet is no event"));
    }
    let payload = Payload::new(Text::from(data.get()), 0).with_attachments(attachments);
    Ok(Packet::translated(kind, payload, namespace, None))
}

/// `packet` and the arguments behind it, as a list.
fn reply(packet: Option<&RawValue>, more: &[&RawValue], attachments: Vec<Bytes>) -> Reply {
    let arguments: Vec<&str> = packet.into_iter().chain(more.iter().copied()).map(RawValue::get).collect();
    Reply::new(format!("[{}]", arguments.join(",")), attachments)
}

#[derive(serde::Deserialize)]
struct Alive {
    node: Option<Arc<str>>,
}

#[derive(serde::Deserialize)]
struct EventPacket<'a> {
    #[serde(borrow)]
    data: &'a RawValue,
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Broadcast<'a> {
    #[serde(borrow)]
    packet: EventPacket<'a>,
    #[serde(default)]
    opts: WrittenOpts,
    request_id: Option<Arc<str>>,
    #[serde(default)]
    ours: bool,
}

#[derive(serde::Deserialize)]
struct Rooms {
    #[serde(default)]
    opts: WrittenOpts,
    rooms: Vec<Name>,
}

#[derive(serde::Deserialize)]
struct Disconnect {
    #[serde(default)]
    opts: WrittenOpts,
    #[serde(default)]
    close: bool,
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Fetch {
    #[serde(default)]
    opts: WrittenOpts,
    request_id: Arc<str>,
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Sockets<'a> {
    request_id: Arc<str>,
    #[serde(borrow)]
    sockets: Vec<Socket<'a>>,
}

#[derive(serde::Deserialize)]
struct Socket<'a> {
    id: String,
    #[serde(borrow)]
    handshake: Option<&'a RawValue>,
    #[serde(default)]
    rooms: Vec<Name>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
}

impl Socket<'_> {
    fn info(self) -> Option<SocketInfo> {
        let json = |value: Option<&RawValue>| {
            let object = value.map(RawValue::get).filter(|json| json.starts_with('{'));
            Arc::from(object.unwrap_or("{}"))
        };
        let mut info = SocketInfo::new(Id::parse(&self.id)?, self.rooms.into_iter().map(|name| name.0).collect());
        info.handshake = json(self.handshake);
        info.data = json(self.data);
        Some(info)
    }
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct ServerEvent<'a> {
    #[serde(borrow)]
    packet: &'a RawValue,
    request_id: Option<Arc<str>>,
    #[serde(default)]
    ours: bool,
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    request_id: Arc<str>,
    /// `null` is an argument; an absent one is none.
    #[serde(borrow, default, deserialize_with = "present")]
    packet: Option<&'a RawValue>,
    #[serde(borrow, default)]
    more: Vec<&'a RawValue>,
    socket: Option<String>,
}

fn present<'de: 'a, 'a, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'a RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct ClientCount {
    request_id: Arc<str>,
    client_count: usize,
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Failure {
    request_id: Arc<str>,
    failure: String,
    socket: Option<String>,
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Count {
    request_id: Arc<str>,
    count: usize,
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Unhandled {
    request_id: Arc<str>,
}

#[derive(serde::Deserialize)]
struct Presence {
    node: Arc<str>,
    all: bool,
    changes: Vec<Changed>,
}

#[derive(serde::Deserialize)]
struct Changed {
    room: Option<String>,
    user: Arc<str>,
    present: bool,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct WrittenOpts {
    rooms: Vec<Name>,
    except: Vec<Name>,
    flags: Option<Flags>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Flags {
    volatile: Option<bool>,
    timeout: Option<f64>,
}

impl From<WrittenOpts> for Opts {
    fn from(WrittenOpts { rooms, except, flags }: WrittenOpts) -> Self {
        let names = |names: Vec<Name>| names.into_iter().map(|name| name.0).collect();
        let flags = flags.unwrap_or_default();
        let timeout = flags.timeout.filter(|ms| *ms >= 0.0);
        let timeout =
            timeout.map(|ms| Duration::try_from_secs_f64(ms / 1000.0).map_or(LONGEST, |time| time.min(LONGEST)));
        Self { rooms: names(rooms), except: names(except), volatile: flags.volatile.unwrap_or_default(), timeout }
    }
}

/// The name of a room. Node's programs use numbers too, which are as good as their text.
struct Name(Room);

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Names;

        impl Visitor<'_> for Names {
            type Value = Name;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a room")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Name, E> {
                Ok(Name(Room::from(text)))
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Name, E> {
                Ok(Name(Room::from(number.to_string())))
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Name, E> {
                Ok(Name(Room::from(number.to_string())))
            }

            fn visit_f64<E: de::Error>(self, number: f64) -> Result<Name, E> {
                Ok(Name(Room::from(number.to_string())))
            }
        }

        deserializer.deserialize_any(Names)
    }
}
