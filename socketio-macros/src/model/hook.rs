//! `#[before]`, `#[after]` and `#[on_error]`: methods that the server calls around the handlers. A hook handles no
//! event.

use syn::ext::IdentExt;
use syn::{Attribute, Ident, Type};

use super::signature::{self, Form, Method, Output};
use crate::errors::Errors;
use crate::parse::attributes::{Attributes, HookKind};

/// A method with one of the attributes.
pub(crate) struct Hook {
    pub(crate) kind: HookKind,
    pub(crate) method: Method,
    pub(crate) cfg: Vec<Attribute>,
}

const NO_PAYLOAD: &str = "a hook is lent all of its arguments: what the client has sent belongs to the handler";
const NO_RECEIVER: &str = "`#[on_error]` takes no `self`: it is called when `on_connect` has failed too, and then there is no instance\n\
    help: remove the receiver; what the function needs is borrowed, such as `&State<T>`";
const BY_VALUE: &str = "a hook must borrow the instance: write `&self`, or no receiver";
const EXCLUSIVE: &str = "a hook cannot take `&mut self`\n\
    help: take `&self`, and put what changes into an atomic or a `Mutex`\n\
    note: a hook is called for every event, so every handler would run alone";
const ASYNC: &str = "`#[on_error]` must be a `fn`: answers do not wait for it";
const NO_ERROR: &str = "`#[on_error]` returns the error that is answered\n\
    help: write `-> Error`; to keep the error as it is, return `error.clone()`";

/// The error if `#[after]` returns a value.
pub(crate) const NOTHING: &str = "`#[after]` returns nothing: the handler has ended\n\
    help: to refuse events, use `#[before]`; to change errors, `#[on_error]`";

/// Reads a hook; `None` if anything in it is wrong.
pub(crate) fn read(
    signature: &syn::Signature,
    attributes: Attributes,
    self_type: &Type,
    errors: &mut Errors,
) -> Option<Hook> {
    let mark = errors.mark();
    let (first, others) = attributes.hooks.split_first()?;
    let kind = first.1;
    for (other, _) in others {
        errors.at(other, format!("a method is one hook, and this one is `{kind}`\nhelp: write a method for each"));
    }
    not_a_handler(signature, &attributes, kind, errors);
    let method = signature::read(signature, self_type, errors)?;
    for argument in method.payload() {
        let ty = &argument.ty.text;
        let help =
            format!("help: borrow what the server has: `&Socket`, `&EventName`, or `&{ty}` if that is such a type");
        errors.at(&argument.ty, format!("{NO_PAYLOAD}\n{help}"));
    }
    receiver(&method, kind, errors);
    match (kind, &method.output) {
        (HookKind::OnError, Output::Nothing) => errors.at(&method.name, NO_ERROR),
        (HookKind::OnError, Output::Hidden(ty)) => errors.at(ty, NO_ERROR),
        (HookKind::After, Output::Hidden(ty)) => errors.at(ty, NOTHING),
        _ => {}
    }
    if kind == HookKind::OnError && method.is_async {
        errors.at(signature.asyncness, ASYNC);
    }
    errors.clean_since(mark).then_some(Hook { kind, method, cfg: attributes.cfg })
}

/// Other servers have hooks with the names `on_error` and `on_finish`, so a method of that name is probably meant as a
/// hook.
pub(crate) fn mistaken(name: &Ident, errors: &mut Errors) {
    let (event, hook, what) = match name.unraw().to_string().as_str() {
        "on_error" => ("error", HookKind::OnError, "maps the errors of the namespace"),
        "on_finish" => {
            ("finish", HookKind::After, "is called when a handler has ended, `on_disconnect` when the client has left")
        }
        _ => return,
    };
    let help = format!("help: `{hook}` {what}; `#[event({event:?})]` handles an event of that name");
    errors.at(name, format!("`{name}` needs an attribute that says what it is\n{help}"));
}

fn receiver(method: &Method, kind: HookKind, errors: &mut Errors) {
    let Some(receiver) = &method.receiver else { return };
    let message = match (kind, receiver.form) {
        (HookKind::OnError, _) => NO_RECEIVER,
        (_, Form::Value) => BY_VALUE,
        (_, Form::Exclusive) => EXCLUSIVE,
        (_, Form::Shared) => return,
    };
    errors.at(&receiver.tokens, message);
}

/// Refuses attributes of handlers on a hook.
fn not_a_handler(signature: &syn::Signature, attributes: &Attributes, kind: HookKind, errors: &mut Errors) {
    let name = &signature.ident;
    if name == "on_connect" || name == "on_disconnect" {
        errors.at(name, format!("`{name}` is no event, and hooks see events only\nhelp: give the hook another name"));
    }
    if let Some((event, _)) = &attributes.event {
        let help = "help: the name of the event is in `&EventName`";
        errors.at(event, format!("`{name}` is a hook: `{kind}` is called for every event of the namespace\n{help}"));
    }
    if let Some((limit, _)) = &attributes.limit {
        let help = "help: it goes above a handler, or above the impl block for all events";
        errors.at(limit, format!("`#[limit]` bounds events, and `{name}` is a hook\n{help}"));
    }
    if let Some(fallback) = &attributes.fallback {
        errors.at(fallback, format!("`{name}` is a hook: `{kind}` is called for the fallback's events too"));
    }
    for (acl, _) in &attributes.acl {
        let help = "help: ask for the grant in the hook: `socket.has_grant(..)`";
        errors.at(acl, format!("`#[acl]` guards handlers, and `{name}` is a hook\n{help}"));
    }
}
