//! The stages of an instance: `on_connect` builds it, turns use it, `on_disconnect` consumes it.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::{Context as Task, Poll, Waker};

use super::answer;
use super::call::Arguments;
use super::context::Context;
use super::instance::Held;
use super::instance::Instance;
use super::refusal::Refusal;
use super::run::BoxFuture;
use super::stage::{Leaving, Stage};
use super::table::{Connect, Disconnect};
use super::turns::Turns;
use crate::error::Error;
use crate::socket::{DisconnectReason, Load, Owner, Polled};

impl<N: Send + Sync + 'static> Turns<N> {
    /// Handles a CONNECT packet: runs `on_connect` until it first waits.
    pub(super) fn arrive(&mut self, auth: Arguments) {
        let context = self.context.clone();
        if let Some(middlewares) = &self.middlewares
            && !self.socket().inner().skips_middleware()
        {
            let (middlewares, table, auth) = (middlewares.clone(), self.table.clone(), auth.kept());
            let size = auth.size();
            let connect = async move {
                middlewares.connect(&context).await?;
                match table.connect {
                    Connect::Initial(initial) => Ok(initial()),
                    Connect::Now(connect) => connect(context, auth),
                    Connect::Later(connect) => connect(context, auth).await,
                }
            };
            return self.build(size, Box::pin(connect));
        }
        match self.table.connect {
            Connect::Initial(initial) => {
                let (built, _) = in_lifecycle(initial);
                self.built(built.map_err(|panic| panicked(&*panic)));
            }
            Connect::Now(connect) => {
                let (built, joined) = in_lifecycle(|| connect(context, auth));
                self.joined = joined;
                self.built_and_settled(built.unwrap_or_else(|panic| Err(panicked(&*panic))));
            }
            Connect::Later(connect) => {
                let auth = auth.kept();
                self.build(auth.size(), connect(context, auth));
            }
        }
    }

    /// Builds the instance with a future. `size` is that of the payload that the future owns.
    fn build(&mut self, size: usize, connect: BoxFuture<Result<N, Refusal>>) {
        self.payload = Load::cost(size);
        self.socket().inner().link.load.add_bytes(self.payload);
        self.stage = Stage::Connecting(connect);
        self.settle(&mut Task::from_waker(Waker::noop()));
    }

    /// Moves to the next stage if the present stage is over; returns whether the stage has changed.
    pub(super) fn settle(&mut self, task: &mut Task<'_>) -> bool {
        match &mut self.stage {
            Stage::Connecting(connect) => {
                let (polled, joined) = in_lifecycle(|| connect.as_mut().poll(task));
                self.joined |= joined;
                match polled {
                    Ok(Poll::Ready(built)) => self.built_and_settled(built),
                    Err(panic) => self.built(Err(panicked(&*panic))),
                    Ok(Poll::Pending) if self.is_late(task) => self.over(),
                    Ok(Poll::Pending) => return false,
                }
                true
            }
            Stage::Open(_) if self.leaving.is_some() => {
                if !self.is_idle() {
                    if !self.is_late(task) {
                        return false;
                    }
                    self.give_up();
                }
                self.farewell();
                true
            }
            Stage::Farewell(farewell) => {
                match in_lifecycle(|| farewell.as_mut().poll(task)).0 {
                    Ok(Poll::Pending) => return false,
                    Ok(Poll::Ready(())) => {}
                    Err(panic) => self.failed_farewell("`on_disconnect`", &*panic),
                }
                self.over();
                true
            }
            Stage::Open(_) | Stage::Over => false,
        }
    }

    /// Handles the result of `on_connect`, as soon as other nodes are heard in the rooms that it has joined.
    fn built_and_settled(&mut self, built: Result<N, Refusal>) {
        let joined = std::mem::take(&mut self.joined);
        let settled = if joined { self.socket().inner().nsp.shared.settled() } else { None };
        match (built, settled) {
            (Ok(instance), Some(settled)) => {
                self.stage = Stage::Connecting(Box::pin(async move {
                    settled.await;
                    Ok(instance)
                }));
            }
            (built, _) => self.built(built),
        }
    }

    /// Handles the result of `on_connect`.
    fn built(&mut self, built: Result<N, Refusal>) {
        self.release_payload();
        match built {
            Ok(instance) => {
                self.stage = Stage::Open(Held::new(instance));
                // `accept` fails if the socket was closed while `on_connect` ran. The instance is then consumed as
                // after any disconnection, and the client receives an error, unless the client itself has disconnected.
                let accepted = self.socket().inner().accept();
                if !accepted && self.leaving.as_ref().is_none_or(Leaving::is_by_server) {
                    self.socket().inner().refuse_disconnected();
                }
            }
            Err(Refusal::Refused(refuse)) => {
                // Ignores the exit that `#[on_error]` asks for, because the client is not connected to the namespace.
                let (error, _) = self.socket().inner().report(self.context.event(), refuse.into());
                self.socket().inner().refuse(&error.into());
                self.over();
            }
            Err(Refusal::Malformed(error)) => {
                tracing::debug!(namespace = self.socket().path(), error, "malformed CONNECT packet");
                self.socket().inner().link.fail();
                self.over();
            }
        }
    }

    /// Whether the grace time of running methods is over. The grace time begins with the first call after the client
    /// has left.
    fn is_late(&mut self, task: &mut Task<'_>) -> bool {
        let shared = &self.context.socket().inner().nsp.shared;
        let Some(leaving) = &mut self.leaving else { return false };
        let deadline = leaving.deadline.get_or_insert_with(|| Box::pin(shared.clone().grace()));
        deadline.as_mut().poll(task).is_ready()
    }

    /// Consumes the instance with `on_disconnect`, after all turns are over.
    fn farewell(&mut self) {
        let Stage::Open(instance) = std::mem::replace(&mut self.stage, Stage::Over) else { return };
        let reason = self.leaving.as_ref().map_or(DisconnectReason::ServerDisconnected, |leaving| leaving.reason);
        let context = Context::disconnect(self.socket().clone(), reason);
        // What `on_disconnect` leaves, revokes or removes is recovered nevertheless.
        self.socket().inner().snapshot();
        let Some(instance) = instance.into_inner() else {
            tracing::error!(namespace = self.socket().path(), "an instance is still borrowed after its last turn");
            return self.over();
        };
        match self.table.disconnect {
            Disconnect::None => {
                if let Err(panic) = in_lifecycle(|| drop(instance)).0 {
                    self.failed_farewell("`drop`", &*panic);
                }
                self.over();
            }
            Disconnect::Now(farewell) => {
                if let Err(panic) = in_lifecycle(|| farewell(instance, context)).0 {
                    self.failed_farewell("`on_disconnect`", &*panic);
                }
                self.over();
            }
            Disconnect::Later(farewell) => self.stage = Stage::Farewell(farewell(instance, context)),
        }
    }

    /// Leaves the namespace and its rooms, from any stage.
    fn over(&mut self) {
        self.give_up();
        self.stage = Stage::Over;
        self.socket().inner().leave();
        if let Some(leaving) = &self.leaving {
            tracing::debug!(namespace = self.socket().path(), socket = %self.socket().id(), reason = %leaving.reason, "disconnected");
        }
        debug_assert!(self.is_over());
    }

    /// Only logs the panic, because the client has left and can receive no answer.
    fn failed_farewell(&self, what: &str, panic: &(dyn Any + Send)) {
        answer::only_log(self.socket(), "disconnect", Error::panicked(what, panic));
    }
}

/// Runs a part of a lifecycle method, and catches its panic. True if it has joined rooms that other nodes have to learn of.
fn in_lifecycle<T>(run: impl FnOnce() -> T) -> (std::thread::Result<T>, bool) {
    let polled = Polled::begin(Owner::LIFECYCLE);
    let result = catch_unwind(AssertUnwindSafe(run));
    (result, polled.end().joined)
}

fn panicked(panic: &(dyn Any + Send)) -> Refusal {
    Error::panicked("`on_connect`", panic).into()
}
