//! One event's handler: its arguments, the call of the user's method, and its rows in the table. The runtime calls a
//! `fn`, at once if its contexts never wait; a handler that waits makes its own future, which owns its access to the
//! instance.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;

use super::scope::{Locals, Scope, borrowed, marker, out, pinned};
use super::{checks, method};
use crate::model::handler::{Check, Handler, Names};
use crate::model::names;
use crate::parse::acl::Grants;
use crate::parse::limit::Limit;

/// The marker type of a handler, with what the runtime calls.
pub(super) fn items(scope: &Scope<'_>, handler: &Handler) -> TokenStream {
    let (cfg, granted) = (&handler.cfg, granted(scope, handler));
    let method = method::describe(scope, &handler.method, cfg, Some(constants(scope, handler)), granted.as_ref());
    let call = if handler.waits() { later(scope, handler) } else { now(scope, handler) };
    let checks = checks::items(scope, cfg, &checks::handler(scope, handler));
    quote! {
        #method
        #(#cfg)*
        #call
        #checks
    }
}

/// The rows of a handler: one per name.
pub(super) fn rows(scope: &Scope<'_>, handler: &Handler) -> Vec<TokenStream> {
    let (row, marker) = (scope.rt.row(), marker(&handler.method.name));
    let (cfg, docs, line) = (&handler.cfg, &handler.docs, handler.method.line);
    let form = match (handler.waits(), handler.exclusive) {
        (false, false) => "now",
        (false, true) => "now_mut",
        (true, false) => "later",
        (true, true) => "later_mut",
    };
    let form = Ident::new(form, Span::call_site());
    let names: Vec<String> = match &handler.names {
        Names::Events(names) => names.iter().map(|name| names::normal(name)).collect(),
        Names::Fallback => vec!["*".to_owned()],
    };
    names.iter().map(|name| quote!(#(#cfg)* #row::#form::<#marker>(#name, #docs, #line))).collect()
}

/// `const ONCE`: the field with the event's id, for a handler with `once`. `const LIMIT`: how many events one client
/// may send.
fn constants(scope: &Scope<'_>, handler: &Handler) -> TokenStream {
    let (option, some) = (scope.rt.option(), scope.rt.some());
    let once = handler.once.as_ref().map(|field| quote!(const ONCE: #option<&'static str> = #some(#field);));
    let limit = handler.limit.map(|limit| limited(scope, limit));
    quote!(#once #limit)
}

/// `const LIMIT`, of a handler or of a namespace.
pub(super) fn limited(scope: &Scope<'_>, Limit { count, millis, burst }: Limit) -> TokenStream {
    let (option, some, limit) = (scope.rt.option(), scope.rt.some(), scope.rt.limit());
    quote!(const LIMIT: #option<#limit> = #some(#limit::new(#count, #millis, #burst));)
}

/// `fn granted`: the grants that `#[acl]` requires, checked before the arguments are read.
fn granted(scope: &Scope<'_>, handler: &Handler) -> Option<TokenStream> {
    let (context, cx) = (scope.rt.context(), Locals::new().cx);
    let checks = handler.checks.iter().map(|check| match (check, &handler.names) {
        (Check::Grants(grants), _) => grants_of(grants, false),
        (Check::Event, Names::Fallback) => quote!(#cx.has::<str>(#cx.event())),
        (Check::Event, Names::Events(events)) => {
            let grant = events.first().map(|name| names::normal(name));
            quote!(#cx.has(#grant))
        }
    });
    let checks: Vec<_> = checks.collect();
    (!checks.is_empty()).then(|| quote! { fn granted(#cx: &#context) -> bool { #(#checks)&&* } })
}

/// The expression of `grants`. A `negated` grant is looked up by name only, because `grant_all` would otherwise deny
/// every `!grant`.
fn grants_of(grants: &Grants, negated: bool) -> TokenStream {
    let cx = Locals::new().cx;
    let has = if negated { quote!(has_named) } else { quote!(has) };
    match grants {
        Grants::Name(name) => quote!(#cx.#has(#name)),
        Grants::Path(path) => quote_spanned!(path.span()=> #cx.#has(&#path)),
        Grants::Not(inner) => {
            let inner = grants_of(inner, !negated);
            quote!(!#inner)
        }
        Grants::And(left, right) => {
            let (left, right) = (grants_of(left, negated), grants_of(right, negated));
            quote!((#left && #right))
        }
        Grants::Or(left, right) => {
            let (left, right) = (grants_of(left, negated), grants_of(right, negated));
            quote!((#left || #right))
        }
    }
}

/// `impl Call`: the method of a handler that does not wait.
fn now(scope: &Scope<'_>, handler: &Handler) -> TokenStream {
    let (rt, me, marker) = (&scope.rt, scope.me, marker(&handler.method.name));
    let (begun, ending) = (rt.begun(), rt.ending());
    let Locals { this, to, .. } = Locals::new();
    let (trait_name, receiver) =
        if handler.exclusive { (rt.call_mut(), quote!(&mut #me)) } else { (rt.call(), quote!(&#me)) };
    let (lent, sent) = method::patterns(&handler.method);
    let answer = answer(scope, handler, &this.to_token_stream());
    let call = quote! {
        fn call(#this: #receiver, (#lent, #sent, #to): #begun<'_, #me, Self>) -> #ending { #answer }
    };
    scope.implement(&quote!(#trait_name<#me>), &marker, &call)
}

/// `impl CallLater`: the future of a handler that waits.
fn later(scope: &Scope<'_>, handler: &Handler) -> TokenStream {
    let (rt, me, marker) = (&scope.rt, scope.me, marker(&handler.method.name));
    let (context, arguments, ending) = (rt.context(), rt.arguments(), rt.ending());
    let (call_later, future, begin, ok, err) = (rt.call_later(), rt.box_future(), rt.begin(), rt.ok(), rt.err());
    let Locals { this, cx, args, to, .. } = Locals::new();
    let (access, mutable) = if handler.exclusive { (rt.exclusive(), Some(quote!(mut))) } else { (rt.shared(), None) };
    let (lent, sent) = method::patterns(&handler.method);
    let answer = answer(scope, handler, &borrowed(handler.exclusive, &quote!(*#this)));
    let body = quote! {
        let (#lent, #sent, #to) = match #begin::<#me, Self>(&#cx, #args).await {
            #ok(begun) => begun,
            #err(failure) => return #ending::failed(failure),
        };
        #answer
    };
    let body = pinned(rt, &handler.method.name, &body);
    let call = quote! {
        fn call(#mutable #this: #access<#me>, #cx: #context, #args: #arguments) -> #future<#ending> { #body }
    };
    scope.implement(&quote!(#call_later<#access<#me>>), &marker, &call)
}

/// Guards, the user's method, its answer.
fn answer(scope: &Scope<'_>, handler: &Handler, instance: &TokenStream) -> TokenStream {
    let (rt, me) = (&scope.rt, scope.me);
    let Locals { this, to, .. } = Locals::new();
    let method = &handler.method;
    let ending = rt.ending();
    let guards = handler.guards.iter().map(|guard| {
        let (name, condition) = (&guard.this, &guard.condition);
        let allowed = Ident::new("__allowed", Span::mixed_site());
        let ask = quote_spanned!(condition.span()=> let #allowed: bool = #condition;);
        quote! {
            let #name = &*#this;
            #ask
            if !#allowed { return #ending::forbidden(&#to); }
        }
    });
    let (bind, pass) =
        if handler.guards.is_empty() { (TokenStream::new(), method::pass(method)) } else { named(handler) };
    let (name, wait) = (&method.name, method.is_async.then(|| quote!(.await)));
    // The compiler reports errors about the answer at the return type.
    let place = method.output.span(name.span());
    let (out, probe) = (out(place), rt.at(place).probe());
    let answer = quote_spanned!(place=> (&#probe(&#out)).kind().reply(#to, #out));
    let method_call = quote_spanned!(name.span()=> <#me>::#name(#instance, #pass)#wait);
    quote! {
        #bind
        #(#guards)*
        let #out = #method_call;
        #answer
    }
}

/// For guards: binds every argument to the user's name, with the type that the method receives.
fn named(handler: &Handler) -> (TokenStream, TokenStream) {
    let (mut bind, mut pass) = (TokenStream::new(), Vec::new());
    for argument in &handler.method.arguments {
        let local = &argument.local;
        let value = if argument.lent { quote!(&*#local) } else { local.to_token_stream() };
        match &argument.binding {
            Some(name) => {
                bind.extend(quote!(let #name = #value;));
                pass.push(name.to_token_stream());
            }
            None => pass.push(value),
        }
    }
    (bind, quote!(#(#pass),*))
}
