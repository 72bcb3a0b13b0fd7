//! The messages of python-socketio's managers, as JSON, and the envelope in which nodes of ours talk to each other on the same channel.
//!
//! Python knows `emit`, `callback`, `disconnect`, `enter_room`, `leave_room` and `close_room`, and ignores every other method. So everything
//! that it cannot say travels as `cluster`: the messages of the cluster protocol.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::adapter::Room;
use crate::adapter::cluster::{Body, EMITTER, Message, Opts};
use crate::adapter::remote::Reply;
use crate::packet::{Kind, Packet, Payload, Text, forward, quoted};

/// What arrived.
pub(super) enum Incoming {
    /// A message for the engine.
    Message(Message),
    /// An event whose acknowledgements are wanted.
    Call { packet: Packet, opts: Opts, callback: Callback },
    /// The acknowledgement of one socket to a request of this node.
    Answer { request: Arc<str>, reply: Reply },
}

/// Where acknowledgements go. The asker gets its values back as they came.
pub(super) struct Callback {
    host: Arc<str>,
    room: Box<RawValue>,
    namespace: Box<RawValue>,
    id: Box<RawValue>,
    /// Whether the asker is a node of ours, which reads attachments of acknowledgements too.
    ours: bool,
}

/// The fields of all methods.
#[derive(Deserialize)]
struct Fields {
    method: String,
    host_id: Option<Arc<str>>,
    #[serde(default)]
    namespace: Option<Arc<str>>,
    event: Option<String>,
    data: Option<Box<RawValue>>,
    #[serde(default)]
    binary: Option<bool>,
    #[serde(default)]
    room: Value,
    #[serde(default)]
    skip_sid: Value,
    callback: Option<Box<RawValue>>,
    #[serde(default)]
    sid: Value,
    args: Option<Box<RawValue>>,
    /// Ours from here on.
    #[serde(default)]
    ours: bool,
    #[serde(default)]
    volatile: bool,
    #[serde(default)]
    close: bool,
    message: Option<Box<RawValue>>,
    #[serde(default)]
    attachments: Vec<String>,
}

/// Rooms may be numbers in Python, and several rooms a list.
fn rooms(value: Value) -> Vec<Room> {
    match value {
        Value::Null => Vec::new(),
        Value::Array(several) => several.into_iter().flat_map(rooms).collect(),
        Value::String(name) => vec![Room::from(name)],
        other => vec![Room::from(other.to_string())],
    }
}

fn one_or_many(rooms: &[Room]) -> String {
    match rooms {
        [] => "null".to_owned(),
        [room] => quoted(room),
        _ => format!("[{}]", rooms.iter().map(|room| quoted(room)).collect::<Vec<_>>().join(",")),
    }
}

fn encoded(attachments: &[Bytes]) -> impl Iterator<Item = String> {
    attachments.iter().map(|attachment| format!("\"{}\"", BASE64.encode(attachment)))
}

/// The event for the sockets of `opts`. `request` is sent back with each acknowledgement. `None` if the packet is no event.
pub(super) fn emit(host: &str, packet: &Packet, opts: &Opts, request: Option<&str>) -> Option<String> {
    let (event, arguments) = (packet.event_name()?, forward::arguments(packet)?);
    let namespace = quoted(packet.namespace());
    let binary = !packet.attachments().is_empty();
    let data = if binary {
        let parts: Vec<String> = std::iter::once(arguments).chain(encoded(packet.attachments())).collect();
        format!("[{}]", parts.join(","))
    } else {
        arguments
    };
    let callback = request.map_or_else(|| "null".to_owned(), |id| format!("[{},{namespace},1]", quoted(id)));
    Some(format!(
        "{{\"method\":\"emit\",\"event\":{},\"data\":{data},\"binary\":{binary},\"namespace\":{namespace},\"room\":{},\"skip_sid\":{},\
         \"callback\":{callback},\"host_id\":{},\"ours\":true,\"volatile\":{}}}",
        quoted(&event),
        one_or_many(&opts.rooms),
        one_or_many(&opts.except),
        quoted(host),
        opts.volatile,
    ))
}

/// An acknowledgement; `None` if Python could not read it, because it has bytes.
pub(super) fn answer(callback: &Callback, reply: &Reply) -> Option<String> {
    if !callback.ours && !reply.attachments().is_empty() {
        return None;
    }
    let attachments: Vec<String> = encoded(reply.attachments()).collect();
    Some(format!(
        "{{\"method\":\"callback\",\"host_id\":{},\"sid\":{},\"namespace\":{},\"id\":{},\"args\":{},\"attachments\":[{}]}}",
        quoted(&callback.host),
        callback.room.get(),
        callback.namespace.get(),
        callback.id.get(),
        reply.json(),
        attachments.join(","),
    ))
}

/// A message of the cluster protocol: as Python says it, where Python can, else in the envelope. `None` if it cannot be sent.
pub(super) fn message(message: &Message) -> Option<String> {
    let (host, namespace) = (quoted(&message.uid), quoted(&message.namespace));
    let of_socket = |method: &str, fields: String| {
        format!("{{\"method\":\"{method}\",{fields},\"namespace\":{namespace},\"host_id\":{host}}}")
    };
    Some(match &message.body {
        Body::Broadcast { packet, opts, request: None } => emit(&message.uid, packet, opts, None)?,
        Body::Leave { opts, rooms } if opts.except.is_empty() && opts.rooms == *rooms && rooms.len() == 1 => {
            of_socket("close_room", format!("\"room\":{}", quoted(&rooms[0])))
        }
        Body::Join { opts, rooms } | Body::Leave { opts, rooms } if socket(opts).is_some() && rooms.len() == 1 => {
            let join = matches!(message.body, Body::Join { .. });
            let method = if join { "enter_room" } else { "leave_room" };
            of_socket(method, format!("\"sid\":{},\"room\":{}", quoted(socket(opts)?), quoted(&rooms[0])))
        }
        Body::Disconnect { opts, close } if socket(opts).is_some() => {
            of_socket("disconnect", format!("\"sid\":{},\"close\":{close}", quoted(socket(opts)?)))
        }
        body => {
            let attachments: Vec<String> = encoded(body.attachments()).collect();
            let message = message.json();
            let attachments = attachments.join(",");
            format!(
                "{{\"method\":\"cluster\",\"host_id\":{host},\"message\":{message},\"attachments\":[{attachments}]}}"
            )
        }
    })
}

/// The id of the only socket that is meant, if it is only one.
pub(super) fn socket(opts: &Opts) -> Option<&str> {
    match &opts.rooms[..] {
        [room] if opts.except.is_empty() => crate::engine::Id::parse(room).map(|_| room.as_str()),
        _ => None,
    }
}

/// Reads a message. `Ok(None)`: it is of this node, or of a kind that is not known.
///
/// # Errors
/// It is not of this format: pickled by python-socketio before 5.14, for instance.
pub(super) fn decode(bytes: &[u8], own: &str) -> Result<Option<Incoming>, String> {
    let fields: Fields = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    if fields.method == "callback" {
        // The only message with the name of its receiver.
        let request = fields.sid.as_str().filter(|_| fields.host_id.as_deref() == Some(own));
        let (Some(request), Some(args)) = (request, fields.args) else { return Ok(None) };
        let reply = Reply::new(list(&args), decoded(fields.attachments)?);
        return Ok(Some(Incoming::Answer { request: request.into(), reply }));
    }
    if fields.host_id.as_deref() == Some(own) {
        return Ok(None);
    }
    if fields.method == "cluster" {
        let Some(message) = fields.message else { return Ok(None) };
        let message = Message::read(message.get(), decoded(fields.attachments)?, None).map_err(|e| e.to_string())?;
        return Ok(message.map(Incoming::Message));
    }
    let namespace: Arc<str> = fields.namespace.clone().unwrap_or_else(|| "/".into());
    let of_socket = |sid: Value| Opts { rooms: rooms(sid), ..Opts::default() };
    let body = match &*fields.method {
        "emit" => return emitted(fields, namespace).map(Some),
        "disconnect" => Body::Disconnect { opts: of_socket(fields.sid), close: fields.close },
        "enter_room" => Body::Join { opts: of_socket(fields.sid), rooms: rooms(fields.room) },
        "leave_room" => Body::Leave { opts: of_socket(fields.sid), rooms: rooms(fields.room) },
        "close_room" => {
            let rooms = rooms(fields.room);
            Body::Leave { opts: Opts { rooms: rooms.clone(), ..Opts::default() }, rooms }
        }
        _ => return Ok(None),
    };
    // Without a socket or a room the message would be for all of the namespace.
    let named = match &body {
        Body::Join { opts, rooms } | Body::Leave { opts, rooms } => !opts.rooms.is_empty() && !rooms.is_empty(),
        Body::Disconnect { opts, .. } => !opts.rooms.is_empty(),
        _ => true,
    };
    if !named {
        return Err(format!("`{}` names no socket or no room", fields.method));
    }
    Ok(Some(Incoming::Message(Message { uid: EMITTER.into(), namespace, body })))
}

fn emitted(fields: Fields, namespace: Arc<str>) -> Result<Incoming, String> {
    let event = fields.event.ok_or("an `emit` without an event")?;
    let data = fields.data.ok_or("an `emit` without data")?;
    let (arguments, attachments) = if fields.binary == Some(true) {
        let mut parts: Vec<Box<RawValue>> = serde_json::from_str(data.get()).map_err(|error| error.to_string())?;
        if parts.is_empty() {
            return Err("binary data without arguments".to_owned());
        }
        let arguments = parts.remove(0);
        let texts: Result<Vec<String>, _> = parts.iter().map(|part| serde_json::from_str(part.get())).collect();
        (arguments, decoded(texts.map_err(|error| error.to_string())?)?)
    } else {
        (data, Vec::new())
    };
    // Python's `None` is no argument. python-socketio 5.14 does not put a single argument into a list.
    let arguments = match arguments.get() {
        "null" => "[]".to_owned(),
        "[null]" if !fields.ours => "[]".to_owned(),
        list if list.starts_with('[') => list.to_owned(),
        single => format!("[{single}]"),
    };
    let separator = if arguments[1..].trim_start().starts_with(']') { "" } else { "," };
    let data = format!("[{}{separator}{}", quoted(&event), &arguments[1..]);
    let kind = if attachments.is_empty() { Kind::Event } else { Kind::BinaryEvent };
    let payload = Payload::new(Text::from(data), 0).with_attachments(attachments);
    let packet = Packet::translated(kind, payload, &namespace, None);
    let opts =
        Opts { rooms: rooms(fields.room), except: rooms(fields.skip_sid), volatile: fields.volatile, timeout: None };
    let callback = fields.callback.as_deref().map(RawValue::get).filter(|json| *json != "null");
    let Some(callback) = callback else {
        let body = Body::Broadcast { packet, opts, request: None };
        return Ok(Incoming::Message(Message { uid: EMITTER.into(), namespace, body }));
    };
    let parts: Result<[Box<RawValue>; 3], _> = serde_json::from_str(callback);
    let [room, name, id] = parts.map_err(|error| error.to_string())?;
    let host = fields.host_id.ok_or("a callback for nobody")?;
    Ok(Incoming::Call { packet, opts, callback: Callback { host, room, namespace: name, id, ours: fields.ours } })
}

/// A JSON array; a single value becomes an array of it.
fn list(args: &RawValue) -> String {
    let json = args.get();
    if json.starts_with('[') { json.to_owned() } else { format!("[{json}]") }
}

fn decoded(attachments: Vec<String>) -> Result<Vec<Bytes>, String> {
    let decode = |text: String| BASE64.decode(text).map(Bytes::from);
    attachments.into_iter().map(decode).collect::<Result<_, _>>().map_err(|error| error.to_string())
}
