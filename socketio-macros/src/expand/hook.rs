//! `#[before]`, `#[after]` and `#[on_error]`: their items, and the constant `HOOKS` of a namespace that has any.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::scope::{Locals, Scope, marker, one_of, out, pinned};
use super::{checks, method};
use crate::model::hook::Hook;
use crate::model::signature::Method;
use crate::parse::attributes::HookKind;

/// The marker type of a hook, with what the runtime calls.
pub(super) fn items(scope: &Scope<'_>, hook: &Hook) -> TokenStream {
    let (cfg, method) = (&hook.cfg, &hook.method);
    let described = method::describe(scope, method, cfg, None, None);
    let call = match hook.kind {
        HookKind::OnError => map_error(scope, method),
        _ if method.is_async => later(scope, hook),
        _ => now(scope, hook),
    };
    let checks = checks::items(scope, cfg, &checks::hook(scope, hook));
    quote!(#described #(#cfg)* #call #checks)
}

/// `const HOOKS`, if the namespace has hooks.
pub(super) fn hooks(scope: &Scope<'_>, found: &[Hook]) -> Option<TokenStream> {
    if found.is_empty() {
        return None;
    }
    let (hooks, none) = (scope.rt.hooks(), scope.rt.none());
    let (before, after) = (rows(scope, found, HookKind::Before), rows(scope, found, HookKind::After));
    let on_error = found.iter().filter(|hook| hook.kind == HookKind::OnError).map(|Hook { method, cfg, .. }| {
        let (some, error_hook, marker) = (scope.rt.some(), scope.rt.error_hook(), marker(&method.name));
        let me = scope.me;
        (&cfg[..], quote!(#some(#error_hook::new::<#me, #marker>())))
    });
    let on_error = one_of(&on_error.collect::<Vec<_>>(), &none);
    Some(quote! {
        const HOOKS: #hooks<Self> = #hooks { before: &[#(#before),*], after: &[#(#after),*], on_error: #on_error };
    })
}

fn rows(scope: &Scope<'_>, found: &[Hook], kind: HookKind) -> Vec<TokenStream> {
    let row = scope.rt.hook_row();
    let of_kind = found.iter().filter(|hook| hook.kind == kind);
    let rows = of_kind.map(|Hook { method, cfg, .. }| {
        let marker = marker(&method.name);
        let form = if method.is_async { quote!(later) } else { quote!(now) };
        quote!(#(#cfg)* #row::#form::<#marker>())
    });
    rows.collect()
}

/// `impl Hook`: a hook that does not wait.
fn now(scope: &Scope<'_>, hook: &Hook) -> TokenStream {
    let (rt, me, method) = (&scope.rt, scope.me, &hook.method);
    let (trait_name, lending, this) = (rt.hook(), rt.lending(), Locals::new().this);
    let ((lent, _), answer) = (method::patterns(method), answer(scope, hook));
    let call = quote! {
        fn call(#this: &#me, #lent: Self::Lent<'_>) -> #lending<()> { #answer }
    };
    scope.implement(&quote!(#trait_name<#me>), &marker(&method.name), &call)
}

/// `impl HookLater`: the future of a hook that waits.
fn later(scope: &Scope<'_>, hook: &Hook) -> TokenStream {
    let (rt, me, method) = (&scope.rt, scope.me, &hook.method);
    let (trait_name, method_trait, context, future) = (rt.hook_later(), rt.method(), rt.context(), rt.hook_future());
    let Locals { this, cx, .. } = Locals::new();
    let ((lent, _), answer) = (method::patterns(method), answer(scope, hook));
    let body = quote! {
        let #lent = <Self as #method_trait<#me>>::lend(#cx).await?;
        #answer
    };
    let body = pinned(rt, &method.name, &body);
    let call = quote! {
        fn call<'a>(#this: &'a #me, #cx: &'a #context) -> #future<'a> { #body }
    };
    scope.implement(&quote!(#trait_name<#me>), &marker(&method.name), &call)
}

/// Calls the user's hook; what `#[before]` returns decides about the event.
fn answer(scope: &Scope<'_>, hook: &Hook) -> TokenStream {
    let (rt, method) = (&scope.rt, &hook.method);
    let method_call = call(scope, method);
    if hook.kind == HookKind::After {
        let ok = rt.ok();
        return quote!(let _ = #method_call; #ok(()));
    }
    let place = method.output.span(method.name.span());
    let (out, probe) = (out(place), rt.at(place).probe());
    let passed = quote_spanned!(place=> (&#probe(&#out)).kind().passed(#out));
    quote!(let #out = #method_call; #passed)
}

/// `Me::method(..)`, with the instance if it has a receiver.
fn call(scope: &Scope<'_>, method: &Method) -> TokenStream {
    let (me, this, name) = (scope.me, Locals::new().this, &method.name);
    let (pass, wait) = (method::pass(method), method.is_async.then(|| quote!(.await)));
    let instance = method.receiver.as_ref().map(|_| quote!(#this,));
    quote_spanned!(name.span()=> <#me>::#name(#instance #pass)#wait)
}

/// `impl MapError`.
fn map_error(scope: &Scope<'_>, method: &Method) -> TokenStream {
    let (rt, me) = (&scope.rt, scope.me);
    let (trait_name, error, method_call) = (rt.map_error(), rt.error(), call(scope, method));
    let (lent, _) = method::patterns(method);
    let place = method.output.span(method.name.span());
    let (out, mapped) = (out(place), rt.at(place).mapped());
    let answer = quote_spanned!(place=> #mapped::error(#out));
    let call = quote! {
        fn call(#lent: Self::Lent<'_>) -> #error { let #out = #method_call; #answer }
    };
    scope.implement(&quote!(#trait_name<#me>), &marker(&method.name), &call)
}
