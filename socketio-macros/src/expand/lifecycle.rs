//! The functions of `on_connect` and `on_disconnect`, written or not.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::Attribute;

use super::checks;
use super::decode::{self, Locals};
use super::namespace::Scope;
use crate::model::lifecycle::{Connect, Disconnect};
use crate::model::signature::{Form, Method};

/// The marker types of both, as the table names them.
pub(super) const CONNECT: &str = "__on_connect";
pub(super) const DISCONNECT: &str = "__on_disconnect";

/// Everything about `on_connect`.
pub(super) fn connect(scope: &Scope<'_>, found: &[Connect]) -> TokenStream {
    let (rt, me) = (scope.rt, scope.me);
    let (connect, requirements, initial) = (rt.connect(), rt.requirements(), rt.at(scope.span).initial());
    let default = quote_spanned!(scope.span=> <#me as #initial>::initial());
    let (context, arguments, refusal) = (rt.context(), rt.arguments(), rt.refusal());
    let absent = quote! {
        const CONNECT: #connect<#me> = #connect::Now(Self::now);
        fn requires(_: &mut #requirements) {}
        fn now(_: #context, _: #arguments) -> ::core::result::Result<#me, #refusal> { ::core::result::Result::Ok(#default) }
    };
    let present: Vec<_> = found.iter().map(|found| constructor(scope, found, &default)).collect();
    variants(scope, CONNECT, &present, &absent)
}

/// Everything about `on_disconnect`.
pub(super) fn disconnect(scope: &Scope<'_>, found: &[Disconnect]) -> TokenStream {
    let (rt, me) = (scope.rt, scope.me);
    let (disconnect, requirements) = (rt.disconnect(), rt.requirements());
    let absent = quote! {
        const DISCONNECT: #disconnect<#me> = #disconnect::None;
        fn requires(_: &mut #requirements) {}
    };
    let present: Vec<_> = found.iter().map(|found| farewell(scope, found)).collect();
    variants(scope, DISCONNECT, &present, &absent)
}

/// A method that is there under some `#[cfg]`s.
struct Present<'a> {
    cfg: &'a [Attribute],
    method: &'a Method,
    functions: TokenStream,
    checks: Vec<TokenStream>,
}

/// One marker type, with the functions of whichever method is there under the program's `#[cfg]`s, or of none.
fn variants(scope: &Scope<'_>, name: &str, present: &[Present<'_>], absent: &TokenStream) -> TokenStream {
    let name = Ident::new(name, proc_macro2::Span::call_site());
    let marker = scope.marker(&name);
    let (implementation, where_clause) = (&scope.implementation, &scope.where_clause);
    let otherwise = match present {
        [] => Some(quote!(#implementation #marker #where_clause { #absent })),
        all if all.iter().any(|present| present.cfg.is_empty()) => None,
        all => {
            let each = all.iter().map(|present| super::all_of(present.cfg));
            Some(quote!(#[cfg(not(any(#(#each),*)))] #implementation #marker #where_clause { #absent }))
        }
    };
    let present = present.iter().map(|Present { cfg, method, functions, checks }| {
        let checks = scope.items(cfg, checks);
        let decoder = decode::decoder(scope.rt, method, implementation, &quote!(#marker #where_clause));
        let requires = decode::requires(scope.rt, method);
        quote! {
            #(#cfg)*
            #decoder
            #(#cfg)*
            #implementation #marker #where_clause { #requires #functions }
            #checks
        }
    });
    quote! {
        struct #name<N>(::core::marker::PhantomData<fn() -> N>);
        #(#present)*
        #otherwise
    }
}

/// `CONNECT` and the functions it chooses from.
fn constructor<'a>(scope: &Scope<'_>, found: &'a Connect, default: &TokenStream) -> Present<'a> {
    let (rt, me, method) = (scope.rt, scope.me, &found.method);
    let (connect, refusal) = (rt.connect(), rt.refusal());
    let (context, arguments) = (rt.context(), rt.arguments());
    let (future, boxed) = (rt.box_future(), rt.at(method.name.span()).boxed());
    let Locals { cx, args, .. } = Locals::new();
    let given = quote!(#cx: #context, #args: #arguments);
    let result = quote!(::core::result::Result<#me, #refusal>);
    let checks = checks::connect(scope, method);
    let now = (!method.is_async).then(|| {
        let body = construct(scope, found, default, false);
        quote! { fn now(#given) -> #result { #body } }
    });
    let immediate = decode::immediate(rt, method);
    let later = (method.is_async || immediate.is_some()).then(|| {
        let body = construct(scope, found, default, true);
        let body = quote_spanned!(method.name.span()=> #boxed::pin(async move { #body }));
        quote! { fn later(#given) -> #future<'static, #result> { #body } }
    });
    let choice = match immediate {
        _ if method.is_async => quote!(#connect::Later(Self::later)),
        None => quote!(#connect::Now(Self::now)),
        Some(immediate) => quote!(if #immediate { #connect::Now(Self::now) } else { #connect::Later(Self::later) }),
    };
    let choice = scope.checked(&checks, choice);
    let functions = quote! { const CONNECT: #connect<#me> = #choice; #now #later };
    Present { cfg: &found.cfg, method, functions, checks }
}

/// Lends, reads the auth payload if it is asked for, calls, and turns what comes back into an instance or a refusal.
fn construct(scope: &Scope<'_>, found: &Connect, default: &TokenStream, waiting: bool) -> TokenStream {
    let (rt, me, method) = (scope.rt, scope.me, &found.method);
    let (reply_to, refusal, failure) = (rt.reply_to(), rt.refusal(), rt.failure());
    let Locals { this, cx, args, to } = Locals::new();
    let out = Locals::out(method);
    let fail = quote! {
        return ::core::result::Result::Err(<#refusal as ::core::convert::From<#failure>>::from(failure))
    };
    let lend = decode::lend(rt, method, waiting, &fail);
    let read = method.payload().next().map(|_| {
        let read = decode::read(rt, method, &quote!(Self), &fail);
        quote!(let mut #to = #reply_to::new(&#cx); #read)
    });
    let (name, pass) = (&method.name, decode::pass(method));
    let wait = method.is_async.then(|| quote!(.await));
    let (result_kind, value_kind) = (rt.result_kind(), rt.value_kind());
    let place = method.output.span(name.span());
    let probe = rt.at(place).probe();
    let answer = quote_spanned!(place=> (&#probe(&#out)).answer());
    let begin = quote! {
        use #result_kind as _; use #value_kind as _;
        #lend
        #read
        ::core::mem::drop(#args);
    };
    let Some(receiver) = &method.receiver else {
        let method_call = quote_spanned!(name.span()=> <#me>::#name(#pass)#wait);
        let built = quote_spanned!(place=> #answer.built(#out));
        return quote!(#begin let #out = #method_call; let #out = #built; #out);
    };
    let reference = if receiver.form == Form::Exclusive { quote!(&mut) } else { quote!(&) };
    let method_call = quote_spanned!(name.span()=> <#me>::#name(#reference #this, #pass)#wait);
    let accepted = quote_spanned!(place=> #answer.accepted(#out));
    quote! {
        #begin
        let mut #this = #default;
        let #out = #method_call;
        match #accepted {
            ::core::result::Result::Ok(()) => ::core::result::Result::Ok(#this),
            ::core::result::Result::Err(refusal) => ::core::result::Result::Err(refusal),
        }
    }
}

/// `DISCONNECT` and the functions it chooses from.
fn farewell<'a>(scope: &Scope<'_>, found: &'a Disconnect) -> Present<'a> {
    let (rt, me, method) = (scope.rt, scope.me, &found.method);
    let (disconnect, context) = (rt.disconnect(), rt.context());
    let (future, boxed, lost) = (rt.box_future(), rt.at(method.name.span()).boxed(), rt.lost());
    let Locals { this, cx, .. } = Locals::new();
    let checks = checks::disconnect(scope, method);
    let body = |waiting: bool| {
        let lend = decode::lend(rt, method, waiting, &quote!(return #lost(&#cx, failure)));
        let reference = match found.form {
            Form::Value => TokenStream::new(),
            Form::Shared => quote!(&),
            Form::Exclusive => quote!(&mut),
        };
        let (name, pass, wait) = (&method.name, decode::pass(method), method.is_async.then(|| quote!(.await)));
        let method_call = quote_spanned!(name.span()=> <#me>::#name(#reference #this, #pass)#wait);
        quote! { #lend let _ = #method_call; }
    };
    let now = (!method.is_async).then(|| {
        let body = body(false);
        quote! { fn now(mut #this: #me, #cx: #context) { #body } }
    });
    let immediate = decode::immediate(rt, method);
    let later = (method.is_async || immediate.is_some()).then(|| {
        let body = body(true);
        let body = quote_spanned!(method.name.span()=> #boxed::pin(async move { #body }));
        quote! { fn later(mut #this: #me, #cx: #context) -> #future<'static, ()> { #body } }
    });
    let choice = match immediate {
        _ if method.is_async => quote!(#disconnect::Later(Self::later)),
        None => quote!(#disconnect::Now(Self::now)),
        Some(immediate) => {
            quote!(if #immediate { #disconnect::Now(Self::now) } else { #disconnect::Later(Self::later) })
        }
    };
    let choice = scope.checked(&checks, choice);
    let functions = quote! { const DISCONNECT: #disconnect<#me> = #choice; #now #later };
    Present { cfg: &found.cfg, method, functions, checks }
}
