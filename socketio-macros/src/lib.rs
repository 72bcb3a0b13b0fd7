//! The macros of the `socketio` crate: `#[namespace]`, `#[derive(Event)]` and `#[derive(Grant)]`.
//!
//! This file has only the entry points, which are documented where `socketio` re-exports them. Each runs three steps:
//! `parse` (text to syntax), `model` (syntax to meaning, or errors), `expand` (meaning to tokens; cannot fail).

use proc_macro::TokenStream;

mod errors;
mod expand;
mod model;
mod parse;
mod paths;

#[cfg(test)]
mod tests;

/// `#[namespace("/path", options…)]` on the `impl` block that holds the handlers, or on its struct.
#[proc_macro_attribute]
pub fn namespace(options: TokenStream, item: TokenStream) -> TokenStream {
    expand::namespace(options.into(), item.into()).into()
}

/// `#[derive(Event)]` on a struct (one event) or an enum (one event per variant).
///
/// `serde` attributes on named fields are honoured, whether or not the type derives `Serialize` itself.
#[proc_macro_derive(Event, attributes(event, serde))]
pub fn event(item: TokenStream) -> TokenStream {
    expand::event(item.into()).into()
}

/// `#[derive(Grant)]` on an enum (one grant per variant) or a unit struct (one grant).
#[proc_macro_derive(Grant, attributes(grant))]
pub fn grant(item: TokenStream) -> TokenStream {
    expand::grant(item.into()).into()
}
