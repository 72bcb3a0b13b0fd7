//! `on_connect` and `on_disconnect`: the methods that build and consume an instance. Events of clients never call them.

use syn::{Attribute, Type};

use super::signature::{self, Form, Method, Output};
use crate::errors::Errors;
use crate::parse::attributes::Attributes;

/// `on_connect`: without a receiver the constructor, with one a method of the `Default` instance.
pub(crate) struct Connect {
    pub(crate) method: Method,
    pub(crate) cfg: Vec<Attribute>,
}

/// `on_disconnect`.
pub(crate) struct Disconnect {
    pub(crate) method: Method,
    pub(crate) form: Form,
    pub(crate) cfg: Vec<Attribute>,
}

/// Reads `on_connect`; `None` if anything in it is wrong.
pub(crate) fn connect(
    signature: &syn::Signature,
    attributes: Attributes,
    self_type: &Type,
    errors: &mut Errors,
) -> Option<Connect> {
    let mark = errors.mark();
    for (attribute, _) in &attributes.acl {
        errors.at(attribute, "`on_connect` is guarded by what it returns: refuse with `Err(Refuse::new(..))`");
    }
    not_an_event(signature, &attributes, errors);
    let method = signature::read(signature, self_type, errors)?;
    let mut payload = method.payload();
    let first = payload.next();
    for second in payload {
        let (name, ty) = (&second.name, &second.ty.text);
        let first = first.map_or("", |first| &first.name);
        let help = format!("help: remove `{name}: {ty}`, or make `{first}` and `{name}` fields of one struct");
        errors.at(&second.ty, format!("a client sends one value to connect, the auth payload\n{help}"));
    }
    if let Some(receiver) = method.receiver.as_ref().filter(|receiver| receiver.form == Form::Value) {
        let help = "help: to build the instance instead, take no `self` and return `Self`";
        errors.at(
            &receiver.tokens,
            format!("`on_connect` must borrow the default instance: `&self` or `&mut self`\n{help}"),
        );
    }
    match (&method.receiver, &method.output) {
        (None, Output::Nothing) => {
            let help =
                "help: return `Self` or `Result<Self, Refuse>`, or take `&mut self` to begin with the default instance";
            errors.at(
                &method.name,
                format!("`on_connect` without `self` builds the instance, and this one returns nothing\n{help}"),
            );
        }
        (None, Output::Hidden(ty)) => {
            errors.at(ty, "`on_connect` without `self` returns `Self` or `Result<Self, Refuse>`")
        }
        (Some(_), Output::Hidden(ty)) => {
            errors.at(ty, "`on_connect` with `self` returns nothing or `Result<(), Refuse>`")
        }
        _ => {}
    }
    errors.clean_since(mark).then_some(Connect { method, cfg: attributes.cfg })
}

/// Reads `on_disconnect`; `None` if anything in it is wrong.
pub(crate) fn disconnect(
    signature: &syn::Signature,
    attributes: Attributes,
    self_type: &Type,
    errors: &mut Errors,
) -> Option<Disconnect> {
    let mark = errors.mark();
    for (attribute, _) in &attributes.acl {
        errors.at(attribute, "`on_disconnect` cannot be guarded: disconnecting is never deniable");
    }
    not_an_event(signature, &attributes, errors);
    let method = signature::read(signature, self_type, errors)?;
    for argument in method.payload() {
        let ty = &argument.ty.text;
        let message = format!(
            "nothing is sent with a disconnect\nhelp: borrow what the server has: `&DisconnectReason`, or `&{ty}` if that is such a type"
        );
        errors.at(&argument.ty, message);
    }
    if let Output::Hidden(ty) = &method.output {
        errors.at(ty, NOBODY);
    }
    let Some(form) = method.receiver.as_ref().map(|receiver| receiver.form) else {
        errors.at(&method.name, "`on_disconnect` needs a receiver: `self`, or `&self` or `&mut self`");
        return None;
    };
    errors.clean_since(mark).then_some(Disconnect { method, form, cfg: attributes.cfg })
}

/// The error if `on_disconnect` returns a value.
pub(crate) const NOBODY: &str = "`on_disconnect` has nobody to answer: it returns nothing";

fn not_an_event(signature: &syn::Signature, attributes: &Attributes, errors: &mut Errors) {
    let event = attributes.event.as_ref().map(|(attribute, _)| attribute);
    let limit = attributes.limit.as_ref().map(|(attribute, _)| attribute);
    for attribute in event.into_iter().chain(limit).chain(&attributes.fallback) {
        let name = &signature.ident;
        errors.at(attribute, format!("`{name}` is not an event: the server calls it, and no packet can"));
    }
}
