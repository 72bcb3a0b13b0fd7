//! Answers on their way to the client: acknowledgements and the event `error`. What a handler's return value means is in `reply`.

use serde::Serialize;
use serde::ser::SerializeStruct;

use crate::error::{Error, code};
use crate::packet::{self, Written};
use crate::socket::Socket;

/// The object that stands for a failure in an acknowledgement.
struct ErrorObject<'a>(&'a Error);

impl Serialize for ErrorObject<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("ErrorObject", 1)?;
        out.serialize_field("error", self.0)?;
        out.end()
    }
}

/// The argument of the event `error`.
#[derive(Serialize)]
struct ErrorEvent<'a> {
    code: &'a str,
    message: &'a str,
    event: &'a str,
}

pub(super) fn write_ack(socket: &Socket, id: u64, value: &impl Serialize) -> Result<Written, Error> {
    let message = packet::write::ack(socket.path(), id, value).map_err(Error::internal)?;
    socket.inner().nsp.fits(message).map_err(Error::internal)
}

pub(super) fn send_ack(socket: &Socket, id: u64, value: &impl Serialize) {
    match write_ack(socket, id, value) {
        Ok(message) => socket.inner().send(message, false),
        Err(error) => send_error_ack(socket, id, &error),
    }
}

pub(super) fn send_error_ack(socket: &Socket, id: u64, error: &Error) {
    log(socket, None, error);
    match write_ack(socket, id, &ErrorObject(error)) {
        Ok(message) => socket.inner().send(message, false),
        Err(error) => tracing::error!(namespace = socket.path(), %error, "an error cannot be written"),
    }
}

/// Answers a failed event: in its acknowledgement, or else as event `error`.
pub(super) fn send_failure(socket: &Socket, id: Option<u64>, event: &str, error: &Error) {
    if let Some(id) = id {
        return send_error_ack(socket, id, error);
    }
    log(socket, Some(event), error);
    if socket.inner().nsp.shared.settings.emit_errors {
        socket.emit("error", ErrorEvent { code: error.code(), message: error.public_message(), event });
    }
}

fn log(socket: &Socket, event: Option<&str>, error: &Error) {
    let (namespace, id) = (socket.path(), socket.id());
    if error.code() == code::INTERNAL {
        tracing::error!(namespace, socket = %id, event, %error, "event failed");
    } else {
        tracing::debug!(namespace, socket = %id, event, %error, "event refused");
    }
}
