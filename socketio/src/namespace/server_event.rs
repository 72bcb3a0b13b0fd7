//! Methods with `#[server_event]`: called for events that other servers emit, without a socket or an instance.

use std::panic::{AssertUnwindSafe, catch_unwind};

use serde::Serialize;

use super::call::Arguments;
use super::context::FromContext;
use super::method::Method;
use super::refusal::Failure;
use super::requirements::Requirements;
use super::state::State;
use crate::adapter::Reply;
use crate::error::Error;
use crate::packet::{Packet, write};
use crate::socket::States;

/// The answer to another server, or the error that is logged. After an error nothing is answered.
pub type Heard = Result<Reply, Error>;

/// The values that a method with `#[server_event]` may borrow.
pub struct Program<'a>(&'a States);

impl Program<'_> {
    /// A value of the server.
    pub(crate) fn get<T: Send + Sync + 'static>(&self) -> Option<&T> {
        self.0.get()
    }
}

/// A context that needs no socket.
#[diagnostic::on_unimplemented(
    message = "`#[server_event]` cannot borrow `{Self}`",
    label = "another server calls this method, for no client: there is no `{Self}` to lend",
    note = "a method with `#[server_event]` borrows `&Handle` and `&State<T>`",
    note = "if the other server sends it, take it by value: `{Self}`"
)]
pub trait FromServer: FromContext {
    /// Borrows the value.
    ///
    /// # Errors
    /// If the server has no such value. The checks at start have ruled that out.
    fn from_server<'a>(program: &'a Program<'_>) -> Result<&'a Self, Error>;
}

impl<T: Send + Sync + 'static> FromServer for State<T> {
    fn from_server<'a>(program: &'a Program<'_>) -> Result<&'a Self, Error> {
        let missing = || Error::internal(format!("no `{}` was given to `Server::state`", std::any::type_name::<T>()));
        program.get().ok_or_else(missing)
    }
}

/// A `fn` with `#[server_event]`.
pub trait ServerEvent<N: 'static>: Method<N> {
    /// Borrows the contexts and calls the method.
    ///
    /// # Errors
    /// The error that the method returns, or that of a context.
    fn call(program: &Program<'_>, sent: Self::Sent) -> Heard;
}

/// One method with `#[server_event]`.
pub struct ServerRow {
    /// The name of the event.
    pub(super) name: &'static str,
    run: fn(&Program<'_>, &Arguments) -> Heard,
    pub(super) requires: fn(&mut Requirements),
}

impl ServerRow {
    /// The method `M` for the event `name`.
    pub const fn new<N: 'static, M: ServerEvent<N>>(name: &'static str) -> Self {
        Self { name, run: run::<N, M>, requires: M::requires }
    }

    /// Calls the method for an event of another server.
    pub(super) fn hear(&self, states: &States, packet: &Packet) -> Heard {
        (self.run)(&Program(states), &Arguments::event(packet.payload().clone()))
    }
}

fn run<N: 'static, M: ServerEvent<N>>(program: &Program<'_>, args: &Arguments) -> Heard {
    let sent = args.decode::<N, M>(&mut None).map_err(|failure| match failure {
        Failure::Refused(error) => error,
        other => Error::bad_request(other.to_string()),
    })?;
    M::call(program, sent)
}

/// The answer with the value that a handler has returned.
///
/// # Errors
/// If the value cannot be written.
pub(crate) fn answer<T: Serialize>(value: &T) -> Heard {
    let packet = Packet::from(write::ack("/", 0, value).map_err(Error::internal)?);
    Ok(Reply::new(packet.data().to_owned(), packet.attachments().to_vec()))
}

/// Runs a handler of the program and makes an error of its panic, because the adapter has to go on.
pub(crate) fn guarded(run: impl FnOnce() -> Heard) -> Heard {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|panic| Err(Error::panicked("the server event", &*panic)))
}
