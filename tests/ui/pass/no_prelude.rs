//! A crate without the prelude, where the usual names mean something else.

#![no_implicit_prelude]
#![deny(warnings)]
#![allow(dead_code, non_camel_case_types)]

mod shadows {
    pub struct Result;
    pub struct Option;
    pub struct String;
    pub struct Box;
    pub struct Ok;
    pub struct Err;
    pub struct Some;
    pub struct None;
    pub trait Default {}
    pub trait From {}
    pub mod core {}
    pub mod std {}
    pub mod socketio {}
    pub mod serde {}
}
#[allow(unused_imports)]
use shadows::*;

#[derive(::std::default::Default)]
struct Bare {
    on: bool,
}

#[::socketio::namespace("/bare", emits = Said, acl("a" || Role::B))]
impl Bare {
    fn on_connect(
        &mut self,
        _: &::socketio::Socket,
        a: ::std::option::Option<u8>,
    ) -> ::std::result::Result<(), ::socketio::Refuse> {
        self.on = ::std::matches!(a, ::std::option::Option::None);
        ::std::result::Result::Ok(())
    }

    #[acl(if self.on && a > 1)]
    fn on_now(&self, socket: &::socketio::Socket, a: u8) -> ::std::option::Option<u8> {
        let _ = (socket, a);
        ::std::option::Option::None
    }

    async fn on_later(&mut self, a: u8) -> ::std::result::Result<u8, ::socketio::Error> {
        ::std::result::Result::Ok(a)
    }

    #[fallback]
    fn other(&self, _: ::socketio::Rest<u8>) {}

    fn on_disconnect(self, _: &::socketio::Socket) {}
}

#[derive(::socketio::Event)]
enum Said {
    A,
    B(u8),
    C { d: u8 },
}

#[derive(::socketio::Grant)]
enum Role {
    B,
}

fn main() {}
