//! Generates checks of a method's types, which the compiler evaluates, because only the compiler resolves aliases. The
//! calls have the spans of the user's types, so that the compiler underlines the types.
//!
//! `Is<T>::LENT` is `true` where an inherent constant of `Is` applies to `T`, and otherwise the `false` of a trait.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::Attribute;

use super::scope::{Scope, marker};
use crate::model::argument::Argument;
use crate::model::handler::Handler;
use crate::model::hook::{self, Hook};
use crate::model::lifecycle;
use crate::model::server_event::ServerEvent;
use crate::model::signature::{Method, Output};
use crate::model::types::Written;
use crate::parse::attributes::HookKind;

/// The elements of `SENT`: the descriptions of the by-value arguments.
pub(super) fn sent(scope: &Scope<'_>, method: &Method) -> Vec<TokenStream> {
    let one = |argument: &Argument| {
        let (sent, name, ty) = (scope.rt.sent(), &argument.name, &argument.ty);
        let (text, [lent, option, takes]) = (&ty.text, ["LENT", "OPTION", "TAKES"].map(|what| is(scope, ty, what)));
        let optional_ack = ty.may_be_optional_ack().then(|| {
            let optional_ack = is(scope, ty, "OPTIONAL_ACK");
            quote!(.optional_ack(#optional_ack))
        });
        quote!(#sent::new(#name, #text, #lent, #option, #takes) #optional_ack)
    };
    method.payload().map(one).collect()
}

/// How an event's arguments and its answer fit together: one check for each argument, and one for the answer.
pub(super) fn handler(scope: &Scope<'_>, handler: &Handler) -> Vec<TokenStream> {
    let method = &handler.method;
    let mut checks: Vec<_> = each(scope, method, "check_sent").collect();
    if handler.once.is_some() && !checks.is_empty() {
        let (span, of) = (method.name.span(), of(scope, method));
        let check = scope.rt.at(span).private("check_once");
        checks.push(quote_spanned!(span=> #check::<#of>()));
    }
    let (Output::Type(output) | Output::Hidden(output)) = &method.output else { return checks };
    if !checks.is_empty() {
        let is_unit = match &method.output {
            Output::Type(output) => is(scope, output, "UNIT"),
            _ => quote!(false),
        };
        let (check, of, text) = (scope.rt.at(output.span).check_answer(), of(scope, method), &output.text);
        checks.push(quote_spanned!(output.span=> #check::<#of>(#is_unit, #text)));
    }
    checks
}

/// The checks of `on_connect`: it reads no acknowledgement, and borrows nothing that exists for events only.
pub(super) fn connect(scope: &Scope<'_>, method: &Method) -> Vec<TokenStream> {
    let lent = method.lent().map(|argument| no_event(scope, "on_connect", argument));
    lent.chain(each(scope, method, "check_auth")).collect()
}

/// The checks of `on_disconnect`: it borrows only contexts that cannot fail, because it runs for every instance, and
/// returns `()`.
pub(super) fn disconnect(scope: &Scope<'_>, method: &Method) -> Vec<TokenStream> {
    let lent = method.lent().map(|argument| [no_event(scope, "on_disconnect", argument), infallible(scope, argument)]);
    let mut checks: Vec<_> = lent.flatten().collect();
    if let Output::Type(output) = &method.output {
        let unit = is(scope, output, "UNIT");
        checks.push(check(scope, output, &unit, lifecycle::NOBODY));
    }
    checks
}

/// The checks of hooks: `#[after]` returns `()`; `#[on_error]` borrows only contexts that never wait, and no packet,
/// because it has no event's turn.
pub(super) fn hook(scope: &Scope<'_>, hook: &Hook) -> Vec<TokenStream> {
    match (hook.kind, &hook.method.output) {
        (HookKind::After, Output::Type(output)) => {
            vec![check(scope, output, &is(scope, output, "UNIT"), hook::NOTHING)]
        }
        (HookKind::OnError, _) => {
            let lent = hook.method.lent();
            lent.flat_map(|argument| [no_event(scope, "#[on_error]", argument), at_once(scope, argument)]).collect()
        }
        _ => Vec::new(),
    }
}

/// The checks of a method with `#[server_event]`: it answers by what it returns.
pub(super) fn server_event(scope: &Scope<'_>, event: &ServerEvent) -> Vec<TokenStream> {
    each(scope, &event.method, "check_server_event").collect()
}

/// Checks as items, so that each fails separately. A type with parameters is checked where it is used; see
/// [`statements`].
pub(super) fn items(scope: &Scope<'_>, cfg: &[Attribute], checks: &[TokenStream]) -> TokenStream {
    let checks = checks.iter().filter(|_| !scope.generic);
    checks.flat_map(|check| quote!(#(#cfg)* const _: () = #check;)).collect()
}

/// The checks of a type with parameters, which cannot be items.
pub(super) fn statements(scope: &Scope<'_>, cfg: &[Attribute], checks: &[TokenStream]) -> TokenStream {
    if scope.generic && !checks.is_empty() { quote!(#(#cfg)* { #(#checks;)* }) } else { TokenStream::new() }
}

/// `check::<N, M>(position)` at each argument's type.
fn each<'a>(scope: &'a Scope<'_>, method: &'a Method, check: &'a str) -> impl Iterator<Item = TokenStream> + 'a {
    let of = of(scope, method);
    method.payload().enumerate().map(move |(position, Argument { ty, .. })| {
        let check = scope.rt.at(ty.span).private(check);
        quote_spanned!(ty.span=> #check::<#of>(#position))
    })
}

/// The namespace and the method, as the parameters of a check.
fn of(scope: &Scope<'_>, method: &Method) -> TokenStream {
    let (me, marker) = (scope.me, marker(&method.name));
    quote!(#me, #marker)
}

/// Refuses a context that exists for events only, in a lifecycle method.
fn no_event(scope: &Scope<'_>, method: &str, argument: &Argument) -> TokenStream {
    let ty = &argument.ty.text;
    let event_only = is(scope, &argument.ty, "EVENT_ONLY");
    let message = format!(
        "`{method}` handles no event, so there is no `{ty}` to borrow\n\
         note: only the methods that handle events borrow `&{ty}`"
    );
    check(scope, &argument.ty, &quote!(!#event_only), &message)
}

fn at_once(scope: &Scope<'_>, argument: &Argument) -> TokenStream {
    let ty = &argument.ty.text;
    let immediate = is(scope, &argument.ty, "IMMEDIATE");
    let message = format!(
        "`#[on_error]` cannot wait, and `{ty}` may wait for what it lends\n\
         note: a context that never waits says so: `const IMMEDIATE: bool = true`"
    );
    check(scope, &argument.ty, &immediate, &message)
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
