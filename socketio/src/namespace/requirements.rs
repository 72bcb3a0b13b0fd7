//! What the handlers of a namespace need from the server, collected when it starts.

use std::any::{TypeId, type_name};
use std::fmt::Display;

use super::pattern::Captures;
use super::state::State;
use crate::error::Error;
use crate::socket::States;

/// Collects what the handlers of a namespace need, so that a server without it does not start. The error has the code `start` and names the
/// namespace with its file and line, the handler and the argument.
///
/// [`FromContext::requires`](crate::FromContext::requires) receives a `Requirements`; a type that is made from other
/// contexts passes it on:
///
/// ```
/// use socketio::prelude::*;
/// use socketio::{Context, FromContext, Path, Requirements};
///
/// struct Tenants(Vec<String>);
///
/// /// The name of the tenant whose number is in the path, as in `/tenant/{id}`.
/// struct Tenant(String);
///
/// impl FromContext for Tenant {
///     async fn from_context(cx: &Context) -> Result<Self, Error> {
///         let id = Path::<usize>::from_context(cx).await?;
///         let tenants = State::<Tenants>::from_context(cx).await?;
///         let name = tenants.0.get(*id).ok_or(Error::new("no_tenant", "there is no such tenant"))?;
///         Ok(Tenant(name.clone()))
///     }
///
///     fn requires(requirements: &mut Requirements, argument: &'static str) {
///         Path::<usize>::requires(requirements, argument);
///         requirements.state::<Tenants>(argument);
///         if std::env::var_os("TENANTS_CLOSED").is_some() {
///             requirements.refuse(argument, "`TENANTS_CLOSED` is set");
///         }
///     }
/// }
/// ```
#[derive(Default)]
pub struct Requirements {
    handler: &'static str,
    /// The attribute of a hook; for other methods the same as `handler`.
    place: &'static str,
    states: Vec<Need>,
    refused: Vec<String>,
    paths: Vec<PathNeed>,
}

struct Need {
    handler: &'static str,
    argument: &'static str,
    id: TypeId,
    name: &'static str,
    /// Whether the argument is `&State<T>` itself, and not another type that requires the state.
    borrowed: bool,
}

/// A typed `Path` argument and the check that a concrete path parses.
pub(crate) struct PathNeed {
    handler: &'static str,
    argument: &'static str,
    pub(crate) parses: fn(&Captures) -> Result<(), String>,
}

impl Requirements {
    pub(crate) fn of(&mut self, handler: &'static str, requires: fn(&mut Self)) {
        self.of_hook(handler, handler, requires);
    }

    /// Collects the requirements of a hook; `place` is its attribute.
    pub(crate) fn of_hook(&mut self, place: &'static str, handler: &'static str, requires: fn(&mut Self)) {
        (self.place, self.handler) = (place, handler);
        requires(self);
    }

    /// Requires a value of the type `T`, given to [`Server::state`](crate::Server::state). `argument` is the name that
    /// `requires` was called with.
    pub fn state<T: Send + Sync + 'static>(&mut self, argument: &'static str) {
        self.need::<T>(argument, false);
    }

    /// Keeps the server from starting, because `argument` cannot be lent; `reason` is in lower case and has no full
    /// stop. The error names the first of several refusals.
    pub fn refuse(&mut self, argument: &'static str, reason: impl Display) {
        self.refused.push(format!("`{}` borrows `{argument}`, which cannot be lent: {reason}", self.handler));
    }

    /// The method that has the requirements: the name of an event, `on_connect`, `on_disconnect`, `fallback`, or the
    /// method of a hook.
    pub fn handler(&self) -> &str {
        self.handler
    }

    /// Requires the state of an argument `&State<T>`.
    pub(super) fn borrowed_state<T: Send + Sync + 'static>(&mut self, argument: &'static str) {
        self.need::<T>(argument, true);
    }

    fn need<T: Send + Sync + 'static>(&mut self, argument: &'static str, borrowed: bool) {
        let (id, name) = (TypeId::of::<State<T>>(), type_name::<T>());
        self.states.push(Need { handler: self.handler, argument, id, name, borrowed });
    }

    /// Refuses an argument that only `place` can borrow: `on_disconnect`, or the hooks of one attribute.
    pub(super) fn only_in(&mut self, place: &str, name: &str, argument: &'static str) {
        if self.place != place {
            self.refused.push(format!("`{}` borrows `{argument}: &{name}`, which only `{place}` can", self.handler));
        }
    }

    pub(super) fn path(&mut self, argument: &'static str, parses: fn(&Captures) -> Result<(), String>) {
        self.paths.push(PathNeed { handler: self.handler, argument, parses });
    }

    /// Fails if a requirement is not met; `place` is the namespace with its file and line.
    pub(crate) fn check(&self, place: &str, is_pattern: bool, states: &States) -> Result<(), Error> {
        if let Some(need) = self.states.iter().find(|need| !states.contains(need.id)) {
            let Need { handler, argument, name, .. } = need;
            let what =
                if need.borrowed { format!(": &State<{name}>`") } else { format!("`, which needs a `State<{name}>`") };
            return Err(Error::start(format!(
                "namespace {place}: `{handler}` borrows `{argument}{what}, and no `{name}` was given\nhelp: add it with `Server::state(..)`"
            )));
        }
        if let Some(refused) = self.refused.first() {
            return Err(Error::start(format!("namespace {place}: {refused}")));
        }
        match self.paths.first() {
            Some(PathNeed { handler, argument, .. }) if !is_pattern => Err(Error::start(format!(
                "namespace {place}: `{handler}` borrows `{argument}: &Path<..>`, and the path has no placeholder\nhelp: write one, such as `/org/{{id}}`"
            ))),
            _ => Ok(()),
        }
    }

    /// The checks of the typed captures.
    pub(crate) fn paths(&self) -> &[PathNeed] {
        &self.paths
    }
}

impl std::fmt::Debug for Requirements {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Requirements").field("states", &self.states.len()).finish_non_exhaustive()
    }
}
