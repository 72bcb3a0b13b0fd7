//! An event's handler: its names, its access rules, its arguments.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident};
use syn::ext::IdentExt;
use syn::{Attribute, LitStr, Type};

use super::names;
use super::signature::{self, Form, Method};
use super::types;
use crate::errors::Errors;
use crate::parse::acl::{self, Acl, Grants};
use crate::parse::attributes::{Attributes, Case};
use crate::parse::limit::Limit;

/// A method that events call.
pub(crate) struct Handler {
    pub(crate) method: Method,
    pub(crate) exclusive: bool,
    pub(crate) names: Names,
    pub(crate) checks: Vec<Check>,
    pub(crate) guards: Vec<Guard>,
    /// The field of the first argument with the event's id, if the handler runs once for each id.
    pub(crate) once: Option<String>,
    pub(crate) limit: Option<Limit>,
    pub(crate) cfg: Vec<Attribute>,
    pub(crate) docs: TokenStream,
}

/// The events that call a handler.
pub(crate) enum Names {
    /// At least one; the first gives a bare `#[acl]` its grant.
    Events(Vec<String>),
    /// All events without another handler.
    Fallback,
}

/// A grant that is required before the arguments are read.
pub(crate) enum Check {
    /// The grant named after the event.
    Event,
    Grants(Grants),
}

/// A condition that is checked after the arguments are read.
pub(crate) struct Guard {
    /// The condition; `self` in it is called [`Guard::this`].
    pub(crate) condition: TokenStream,
    pub(crate) this: Ident,
    pub(crate) awaits: bool,
}

/// A name and the place where it was given: a literal, or the method.
pub(crate) struct Named {
    pub(crate) name: String,
    pub(crate) span: Span,
    /// The method, if the name was made from it.
    pub(crate) method: Option<Ident>,
    pub(crate) cfg: bool,
}

/// The names of a handler; empty for the fallback.
pub(crate) fn names(method: &Ident, attributes: &Attributes, case: Option<Case>, errors: &mut Errors) -> Vec<Named> {
    let cfg = !attributes.cfg.is_empty();
    if attributes.fallback.is_some() {
        if let Some((event, _)) = &attributes.event {
            errors.at(event, "`#[fallback]` catches what has no other handler: it has no name of its own");
        }
        return Vec::new();
    }
    let named = match &attributes.event {
        Some((_, literals)) if !literals.is_empty() || attributes.once.is_none() => literals
            .iter()
            .map(|literal: &LitStr| Named { name: literal.value(), span: literal.span(), method: None, cfg })
            .collect(),
        _ => {
            let plain = method.unraw().to_string();
            let plain = plain.strip_prefix("on_").unwrap_or(&plain);
            let name = case.map_or_else(|| plain.to_owned(), |case| case.apply(plain));
            vec![Named { name, span: method.span(), method: Some(method.clone()), cfg }]
        }
    };
    for Named { name, span, .. } in &named {
        if names::is_reserved(name) {
            errors.at_span(*span, format!("`{name}` is reserved by Socket.IO and never reaches a handler"));
        } else if name.is_empty() {
            errors.at_span(*span, "an event needs a name");
        }
    }
    named
}

/// Reads a handler; `None` if anything in it is wrong.
pub(crate) fn read(
    signature: &syn::Signature,
    attributes: Attributes,
    named: &[Named],
    default: Option<&Acl>,
    self_type: &Type,
    errors: &mut Errors,
) -> Option<Handler> {
    let mark = errors.mark();
    let name = &signature.ident;
    let method = signature::read(signature, self_type, errors)?;
    let exclusive = match &method.receiver {
        Some(receiver) if receiver.form == Form::Value => {
            errors.at(
                &receiver.tokens,
                format!("`{name}` must borrow: `&self` (runs beside others) or `&mut self` (runs alone)"),
            );
            false
        }
        Some(receiver) => receiver.form == Form::Exclusive,
        None => {
            errors.at(name, format!("`{name}` needs a receiver: `&self` or `&mut self`"));
            false
        }
    };
    let (checks, guards) = access(&attributes.acl, default, &method, self_type, errors);
    let names = match &attributes.fallback {
        Some(_) => Names::Fallback,
        None => Names::Events(named.iter().map(|named| named.name.clone()).collect()),
    };
    let Attributes { cfg, docs, once, limit, .. } = attributes;
    let limit = limit.map(|(_, limit)| limit);
    errors.clean_since(mark).then_some(Handler { method, exclusive, names, checks, guards, once, limit, cfg, docs })
}

/// The checks and guards of the namespace's default `acl`, unless the method is `public`, and of the method's own
/// `#[acl]`s.
fn access(
    own: &[(Attribute, Acl)],
    default: Option<&Acl>,
    method: &Method,
    self_type: &Type,
    errors: &mut Errors,
) -> (Vec<Check>, Vec<Guard>) {
    let public = own.iter().any(|(_, acl)| acl.public);
    let default = default.filter(|_| !public);
    let (mut checks, mut guards) = (Vec::new(), Vec::new());
    for acl in default.into_iter().chain(own.iter().map(|(_, acl)| acl)) {
        if acl.is_bare() {
            checks.push(Check::Event);
        }
        checks.extend(acl.grants.clone().map(Check::Grants));
        guards.extend(acl.guard.as_ref().map(|condition| guard(condition, method, self_type, errors)));
    }
    (checks, guards)
}

fn guard(condition: &syn::Expr, method: &Method, self_type: &Type, errors: &mut Errors) -> Guard {
    let tokens = condition.to_token_stream();
    for argument in &method.arguments {
        for part in &argument.parts {
            if types::contains(
                tokens.clone(),
                &|token| matches!(token, proc_macro2::TokenTree::Ident(ident) if ident == part),
            ) {
                let help = "help: give the argument one name and take it apart in the body";
                errors
                    .at(condition, format!("`{part}` is part of a pattern, and a guard sees whole arguments\n{help}"));
            }
        }
    }
    // A guard's `self` resolves to the receiver, also if a `macro_rules!` has written one of them.
    let span = method.receiver.as_ref().map_or_else(Span::call_site, |receiver| receiver.span);
    let awaits = acl::awaits(condition);
    let condition = types::replace(tokens, &|ident| match ident {
        _ if ident == "self" => Some(format_ident!("__self", span = ident.span()).into_token_stream()),
        _ if ident == "Self" => Some(types::owner(self_type, ident)),
        _ => None,
    });
    Guard { condition, this: format_ident!("__self", span = span), awaits }
}

impl Handler {
    /// Whether the handler is the fallback, which handles events without another handler.
    pub(crate) fn is_fallback(&self) -> bool {
        matches!(self.names, Names::Fallback)
    }

    /// Whether the method or a guard waits, so that the handler cannot run at once.
    pub(crate) fn waits(&self) -> bool {
        self.method.is_async || self.guards.iter().any(|guard| guard.awaits)
    }
}
