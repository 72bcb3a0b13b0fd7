//! `#[server_event]`: a method that other servers call.

use syn::ext::IdentExt;
use syn::{Attribute, Ident, Type};

use super::names;
use super::signature::{self, Method};
use crate::errors::Errors;
use crate::parse::attributes::{Attributes, Case};

/// A method with the attribute.
pub(crate) struct ServerEvent {
    pub(crate) name: String,
    pub(crate) method: Method,
    pub(crate) cfg: Vec<Attribute>,
}

const NO_RECEIVER: &str = "`#[server_event]` takes no `self`: another server calls the method, for no client, and there is no instance\n\
    help: remove the receiver; what the method needs is borrowed: `&Handle`, `&State<T>`";
const ASYNC: &str = "`#[server_event]` must be a `fn`: the adapter does not wait for it\n\
    help: move what waits into a task: `tokio::spawn(async move { .. })`";

/// Reads the method; `None` if anything in it is wrong.
pub(crate) fn read(
    signature: &syn::Signature,
    attributes: Attributes,
    case: Option<Case>,
    self_type: &Type,
    errors: &mut Errors,
) -> Option<ServerEvent> {
    let mark = errors.mark();
    not_a_handler(&signature.ident, &attributes, errors);
    let (_, literal) = attributes.server_event?;
    let (name, span) = match &literal {
        Some(literal) => (literal.value(), literal.span()),
        None => (named_after(&signature.ident, case), signature.ident.span()),
    };
    if names::is_reserved(&name) {
        errors.at_span(span, format!("`{name}` is reserved by Socket.IO and never reaches a handler"));
    } else if name.is_empty() {
        errors.at_span(span, "an event needs a name");
    }
    let method = signature::read(signature, self_type, errors);
    if let Some(receiver) = method.as_ref().and_then(|method| method.receiver.as_ref()) {
        errors.at(&receiver.tokens, NO_RECEIVER);
    }
    if signature.asyncness.is_some() {
        errors.at(signature.asyncness, ASYNC);
    }
    let method = method.filter(|_| errors.clean_since(mark))?;
    Some(ServerEvent { name, method, cfg: attributes.cfg })
}

/// The method's name without a leading `on_`.
fn named_after(method: &Ident, case: Option<Case>) -> String {
    let plain = method.unraw().to_string();
    let plain = plain.strip_prefix("on_").unwrap_or(&plain);
    case.map_or_else(|| plain.to_owned(), |case| case.apply(plain))
}

/// Refuses the attributes of handlers and hooks.
fn not_a_handler(name: &Ident, attributes: &Attributes, errors: &mut Errors) {
    let acl = attributes.acl.iter().map(|(attribute, _)| attribute);
    let hooks = attributes.hooks.iter().map(|(attribute, _)| attribute);
    let event = attributes.event.iter().map(|(attribute, _)| attribute);
    let limit = attributes.limit.iter().map(|(attribute, _)| attribute);
    for other in acl.chain(event).chain(hooks).chain(limit).chain(&attributes.fallback) {
        let what = other.path().get_ident().map_or_else(String::new, ToString::to_string);
        errors.at(other, format!("`{name}` is called by other servers: `#[{what}]` is about the events of clients"));
    }
}

/// Refuses two methods for one event. For methods under `#[cfg]` the server checks this when it starts.
pub(crate) fn duplicates(found: &[ServerEvent], errors: &mut Errors) {
    let plain: Vec<_> = found.iter().filter(|event| event.cfg.is_empty()).collect();
    for (at, second) in plain.iter().enumerate() {
        if let Some(first) = plain.iter().take(at).find(|first| first.name == second.name) {
            let name = &second.name;
            let message = format!("server event `{name}` is handled twice");
            let mut error = syn::Error::new(second.method.name.span(), message);
            error.combine(syn::Error::new(first.method.name.span(), format!("`{name}` was first handled here")));
            errors.push(error);
        }
    }
}
