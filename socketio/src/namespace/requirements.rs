//! What the handlers of a namespace need from the server, collected when it starts.

use std::any::{TypeId, type_name};

use super::pattern::Captures;
use super::state::State;
use crate::error::Error;
use crate::socket::States;

/// Collects what a namespace's handlers need, so that a server without it does not start.
#[derive(Default)]
pub struct Requirements {
    handler: &'static str,
    states: Vec<Need>,
    misplaced: Vec<String>,
    paths: Vec<PathNeed>,
}

struct Need {
    handler: &'static str,
    argument: &'static str,
    id: TypeId,
    name: &'static str,
}

/// A typed `Path` argument and the check that a concrete path parses.
pub(crate) struct PathNeed {
    handler: &'static str,
    argument: &'static str,
    pub(crate) parses: fn(&Captures) -> Result<(), String>,
}

impl Requirements {
    pub(crate) fn of(&mut self, handler: &'static str, requires: fn(&mut Self)) {
        self.handler = handler;
        requires(self);
    }

    pub(crate) fn state<T: 'static>(&mut self, argument: &'static str) {
        self.states.push(Need {
            handler: self.handler,
            argument,
            id: TypeId::of::<State<T>>(),
            name: type_name::<T>(),
        });
    }

    pub(crate) fn only_on_disconnect(&mut self, name: &str, argument: &'static str) {
        if self.handler != "on_disconnect" {
            self.misplaced
                .push(format!("`{}` borrows `{argument}: &{name}`, which only `on_disconnect` can", self.handler));
        }
    }

    pub(crate) fn path(&mut self, argument: &'static str, parses: fn(&Captures) -> Result<(), String>) {
        self.paths.push(PathNeed { handler: self.handler, argument, parses });
    }

    /// Fails if a handler needs what is not there; `place` is the namespace with its file and line.
    pub(crate) fn check(&self, place: &str, is_pattern: bool, states: &States) -> Result<(), Error> {
        if let Some(need) = self.states.iter().find(|need| !states.contains(need.id)) {
            let Need { handler, argument, name, .. } = need;
            return Err(Error::start(format!(
                "namespace {place}: `{handler}` borrows `{argument}: &State<{name}>`, and no `{name}` was given\nhelp: add it with `Server::state(..)`"
            )));
        }
        if let Some(misplaced) = self.misplaced.first() {
            return Err(Error::start(format!("namespace {place}: {misplaced}")));
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
