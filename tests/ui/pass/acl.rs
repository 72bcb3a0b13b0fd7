//! Every form of `#[acl]`, under each default of a namespace.

#![deny(warnings)]

use socketio::prelude::*;
use socketio::{EventName, Value};

#[derive(Grant)]
enum Role {
    Admin,
    #[grant("mod")]
    Moderator,
}

#[derive(Grant)]
struct Owner;

const GUEST: &str = "guest";

#[derive(Default)]
struct Locked {
    open: bool,
}

#[namespace("/locked", acl)]
impl Locked {
    fn on_default(&self) {}

    #[acl]
    #[event("renamed it", "other")]
    fn on_bare(&self) {}

    #[acl(public)]
    fn on_open(&self) {}

    #[acl(public, if self.open)]
    fn on_open_sometimes(&self) {}

    #[fallback]
    fn other(&self, _: &EventName, _: Rest<Value>) {}
}

#[derive(Default)]
struct Guarded {
    open: bool,
}

#[namespace("/guarded", acl(Role::Admin || (Role::Moderator && !Owner) || GUEST, if self.open))]
impl Guarded {
    #[acl("more", if count < 3 && name.len() > usize::from(count),)]
    #[acl(if socket.has_grant("x") || Self::check(&name).await)]
    async fn on_everything(&mut self, socket: &Socket, name: String, count: u8) -> Result<String, Error> {
        self.open = count == 0;
        socket.grant(Role::Admin);
        Ok(name)
    }

    #[acl(if match amount { 0 => false, n => n < 10 })]
    #[acl(if { let limit = 3; amount < limit })]
    #[acl(if (|n: u8| n > 1)(amount))]
    fn on_expressions(&self, amount: u8) {
        let _ = amount;
    }

    /// Arguments that nothing but a condition uses.
    #[acl(if amount < 10 && socket.has_grant("x"))]
    fn on_for_the_condition(&self, socket: &Socket, amount: u8) {}

    #[acl(if Self::check(&name).await)]
    async fn on_for_the_condition_later(&mut self, name: String, other: u8) -> u8 {
        other
    }

    async fn check(name: &str) -> bool {
        name.is_empty()
    }

    #[acl(public)]
    #[acl(!"banned")]
    #[fallback]
    async fn other(&mut self) {}
}

fn main() {}
