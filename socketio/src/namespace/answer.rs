//! Writes and sends answers: acknowledgements and the event `error`. `reply` turns a handler's return value into an
//! answer.

use serde::Serialize;
use serde::ser::SerializeStruct;

use crate::error::Error;
use crate::packet::{self, Written};
use crate::socket::Socket;

/// The argument of an acknowledgement that reports an error: `{"error": ..}`.
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
    let packet = packet::write::ack(socket.path(), id, value).map_err(Error::internal)?;
    socket.inner().nsp.fits(&packet).map_err(Error::internal)?;
    Ok(packet)
}

pub(super) fn send_ack(socket: &Socket, id: u64, event: &str, value: &impl Serialize) {
    match write_ack(socket, id, value) {
        Ok(message) => socket.inner().send(message, false),
        Err(error) => send_failure(socket, Some(id), event, error),
    }
}

/// Answers a failed event in its acknowledgement, or else with the event `error`. `#[on_error]` maps the error first.
pub(super) fn send_failure(socket: &Socket, id: Option<u64>, event: &str, error: Error) {
    send_mapped(socket, id, event, error);
}

/// Does the same as [`send_failure`], and returns the mapped error, which was sent.
pub(super) fn send_mapped(socket: &Socket, id: Option<u64>, event: &str, error: Error) -> Error {
    let (error, exit) = socket.inner().report(event, error);
    match id {
        Some(id) => match write_ack(socket, id, &ErrorObject(&error)) {
            Ok(message) => socket.inner().send(message, false),
            Err(error) => tracing::error!(namespace = socket.path(), event, %error, "an error cannot be written"),
        },
        None if socket.inner().nsp.shared.settings.emit_errors => {
            socket.emit("error", ErrorEvent { code: error.code(), message: error.public_message(), event });
        }
        None => {}
    }
    socket.inner().exit(exit);
    error
}

/// Logs an error that is not sent to the client. `#[on_error]` maps the error first.
pub(super) fn only_log(socket: &Socket, event: &str, error: Error) {
    let (_, exit) = socket.inner().report(event, error);
    socket.inner().exit(exit);
}
