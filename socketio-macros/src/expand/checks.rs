//! What only the compiler knows of a type, asked by constants that it evaluates: aliases cannot fool them. Their messages stand
//! under the user's types, since that is where the assertions claim to be.
//!
//! `Is<T>::REST` is `true` where an inherent constant of `Is` applies to `T`, and otherwise the `false` of a trait.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::namespace::Scope;
use crate::model::argument::Argument;
use crate::model::lifecycle;
use crate::model::signature::{Method, Output};
use crate::model::types::Written;

/// Everything about how an event's arguments and its answer fit together.
pub(super) fn handler(scope: &Scope<'_>, method: &Method) -> Vec<TokenStream> {
    let payload: Vec<_> = method.payload().collect();
    let mut checks: Vec<_> = payload.iter().map(|argument| sent(scope, argument)).collect();
    checks.extend(payload.iter().filter_map(|argument| optional_ack(scope, argument)));
    for (position, argument) in payload.iter().enumerate() {
        let (before, after) = (&payload[..position], &payload[position + 1..]);
        checks.extend(rest_is_last(scope, argument, after));
        checks.extend(one_ack(scope, argument, before));
        checks.extend(optional_is_last(scope, argument, before));
        checks.extend(one_answer(scope, method, argument));
    }
    checks
}

/// `on_connect` reads no acknowledgement.
pub(super) fn connect(scope: &Scope<'_>, method: &Method) -> Vec<TokenStream> {
    let ack = |argument: &Argument| {
        let ack = is(scope, &argument.ty, "ACK");
        check(
            scope,
            &argument.ty,
            &quote!(!#ack),
            "a CONNECT is answered by what `on_connect` returns, not through an `Ack`",
        )
    };
    method.payload().flat_map(|argument| [sent(scope, argument), ack(argument)]).collect()
}

/// `on_disconnect` borrows only what cannot fail, because it runs for every instance, and it returns nothing.
pub(super) fn disconnect(scope: &Scope<'_>, method: &Method) -> Vec<TokenStream> {
    let mut checks: Vec<_> = method.lent().map(|argument| infallible(scope, argument)).collect();
    if let Output::Type(output) = &method.output {
        let unit = is(scope, output, "UNIT");
        checks.push(check(scope, output, &unit, lifecycle::NOBODY));
    }
    checks
}

fn infallible(scope: &Scope<'_>, argument: &Argument) -> TokenStream {
    let ty = &argument.ty.text;
    let fallible = is(scope, &argument.ty, "FALLIBLE");
    let message = format!(
        "`on_disconnect` always runs, and `{ty}` can fail\n\
         help: borrow `&Option<{ty}>`\n\
         note: a context that never fails says so: `const FALLIBLE: bool = false`"
    );
    check(scope, &argument.ty, &quote!(!#fallible), &message)
}

fn sent(scope: &Scope<'_>, argument: &Argument) -> TokenStream {
    let ty = &argument.ty.text;
    let lent = is(scope, &argument.ty, "LENT");
    let message =
        format!("`{ty}` is lent by the server: by value it would be whatever the client sends. Write `&{ty}`");
    check(scope, &argument.ty, &quote!(!#lent), &message)
}

/// Asked only of what looks like it, since hardly any argument does.
fn optional_ack(scope: &Scope<'_>, argument: &Argument) -> Option<TokenStream> {
    let optional = is(scope, &argument.ty, "OPTIONAL_ACK");
    let message = "an `Ack` is there for every event, whether or not the client asked for an acknowledgement\n\
                   help: take the `Ack` without `Option`; `ack.is_wanted()` says whether the client asked";
    argument.ty.may_be_optional_ack().then(|| check(scope, &argument.ty, &quote!(!#optional), message))
}

fn rest_is_last(scope: &Scope<'_>, argument: &Argument, after: &[&Argument]) -> Option<TokenStream> {
    let rest = is(scope, &argument.ty, "REST");
    let acks = after.iter().map(|argument| is(scope, &argument.ty, "ACK"));
    let message = "`Rest` takes all remaining arguments, so nothing can follow it";
    (!after.is_empty()).then(|| check(scope, &argument.ty, &quote!(!#rest || (#(#acks)&&*)), message))
}

fn one_ack(scope: &Scope<'_>, argument: &Argument, before: &[&Argument]) -> Option<TokenStream> {
    let ack = is(scope, &argument.ty, "ACK");
    let acks = before.iter().map(|argument| is(scope, &argument.ty, "ACK"));
    let message = "a packet is acknowledged once: one `Ack` argument at most";
    (!before.is_empty()).then(|| check(scope, &argument.ty, &quote!(!#ack || !(#(#acks)||*)), message))
}

/// One check per earlier argument; the nearest optional one is told.
fn optional_is_last(scope: &Scope<'_>, argument: &Argument, before: &[&Argument]) -> Vec<TokenStream> {
    let (required, option) = (is(scope, &argument.ty, "REQUIRED"), is(scope, &argument.ty, "OPTION"));
    let one = |(position, optional): (usize, &&Argument)| {
        let is_optional = is(scope, &optional.ty, "OPTION");
        let between = before[position + 1..].iter().map(|argument| is(scope, &argument.ty, "OPTION"));
        let message = format!(
            "`{}: {}` is required but follows `{}: {}`, which may be missing",
            argument.name, argument.ty.text, optional.name, optional.ty.text
        );
        check(scope, &argument.ty, &quote!(!(#required && !#option && #is_optional #(&& !#between)*)), &message)
    };
    before.iter().enumerate().map(one).collect()
}

fn one_answer(scope: &Scope<'_>, method: &Method, argument: &Argument) -> Option<TokenStream> {
    let ack = is(scope, &argument.ty, "ACK");
    let (ty, right) = match &method.output {
        Output::Nothing => return None,
        Output::Hidden(ty) => (ty, quote!(!#ack)),
        Output::Type(ty) => {
            let unit = is(scope, ty, "UNIT");
            (ty, quote!(!#ack || #unit))
        }
    };
    let (method, name, text) = (&method.name, &argument.name, &ty.text);
    let message = format!("`{method}` answers twice: through `{name}` and by returning `{text}`\nhelp: return `()`");
    Some(check(scope, ty, &right, &message))
}

/// `Is<T>::WHAT`
fn is(scope: &Scope<'_>, ty: &Written, what: &str) -> TokenStream {
    let (is, what) = (scope.rt.at(ty.span).is(), syn::Ident::new(what, ty.span));
    quote_spanned!(ty.span=> <#is<#ty>>::#what)
}

/// `check(right, message)`
fn check(scope: &Scope<'_>, place: &Written, right: &TokenStream, message: &str) -> TokenStream {
    let check = scope.rt.at(place.span).check();
    quote_spanned!(place.span=> #check(#right, #message))
}
