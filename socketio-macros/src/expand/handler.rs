//! The functions of one handler. A `fn` runs at once where its contexts allow it; whatever waits is a future that owns its access
//! to the instance.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;

use super::checks;
use super::decode::{self, Locals};
use super::namespace::Scope;
use crate::model::argument::Argument;
use crate::model::handler::{Check, Handler, Names};
use crate::model::names;
use crate::parse::acl::Grants;

/// The marker type of a handler, with its functions and its row of the table.
pub(super) fn items(scope: &Scope<'_>, handler: &Handler) -> TokenStream {
    let rt = scope.rt;
    let (name, cfg) = (decode::marker(&handler.method.name), &handler.cfg);
    let marker = scope.marker(&name);
    let (implementation, where_clause) = (&scope.implementation, &scope.where_clause);
    let decoder = decode::decoder(rt, &handler.method, implementation, &quote!(#marker #where_clause));
    let checks = checks::handler(scope, &handler.method);
    let requires = decode::requires(rt, &handler.method);
    let functions = functions(scope, handler, &marker, &checks);
    let checks = scope.items(cfg, &checks);
    quote! {
        #(#cfg)*
        struct #name<N>(::core::marker::PhantomData<fn() -> N>);
        #(#cfg)*
        #decoder
        #(#cfg)*
        #implementation #marker #where_clause { #requires #functions }
        #checks
    }
}

/// The rows of a handler: one per name.
pub(super) fn rows(scope: &Scope<'_>, handler: &Handler) -> Vec<TokenStream> {
    let event = scope.rt.table_event();
    let marker = scope.marker(&decode::marker(&handler.method.name));
    let (cfg, docs, line) = (&handler.cfg, &handler.docs, handler.method.line);
    let names: Vec<String> = match &handler.names {
        Names::Events(names) => names.iter().map(|name| names::normal(name)).collect(),
        Names::Fallback => vec!["*".to_owned()],
    };
    let rows = names.iter().map(|name| {
        quote! {
            #(#cfg)*
            #event { name: #name, docs: #docs, run: <#marker>::RUN, requires: <#marker>::requires, line: #line }
        }
    });
    rows.collect()
}

/// `RUN` and the functions it chooses from.
fn functions(scope: &Scope<'_>, handler: &Handler, marker: &TokenStream, checks: &[TokenStream]) -> TokenStream {
    let (rt, me) = (scope.rt, scope.me);
    let run = rt.run();
    let (now, later) =
        if handler.exclusive { (quote!(NowMut), quote!(LaterMut)) } else { (quote!(Now), quote!(Later)) };
    let granted = granted(scope, handler);
    let immediate = decode::immediate(rt, &handler.method);
    let waits = handler.waits();
    let choice = match &immediate {
        _ if waits => quote!(#run::#later(Self::later)),
        None => quote!(#run::#now(Self::now)),
        Some(immediate) => quote!(if #immediate { #run::#now(Self::now) } else { #run::#later(Self::later) }),
    };
    let tail = (!waits).then(|| tail(scope, handler));
    let now = (!waits).then(|| self::now(scope, handler, marker));
    let later = (waits || immediate.is_some()).then(|| self::later(scope, handler, marker));
    let choice = scope.checked(checks, choice);
    quote! {
        const RUN: #run<#me> = #choice;
        #granted
        #tail
        #now
        #later
    }
}

/// `fn granted`: what `#[acl]` asks before it looks at the arguments.
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

/// The expression of `grants`. A grant that is `negated` is asked for by its name, because `grant_all` would deny every `!grant` otherwise.
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

/// What stands before the arguments are read: where the answer goes, the grants asked.
fn opening(scope: &Scope<'_>, handler: &Handler) -> TokenStream {
    let (reply_to, outcome) = (scope.rt.reply_to(), scope.rt.outcome());
    let Locals { cx, to, .. } = Locals::new();
    let ask = (!handler.checks.is_empty()).then(|| {
        quote! { if !Self::granted(&#cx) { return #outcome::forbidden(&#cx, &#to); } }
    });
    quote! { let mut #to = #reply_to::new(&#cx); #ask }
}

/// Lends and reads; a failure is the outcome.
fn arguments(scope: &Scope<'_>, handler: &Handler, marker: &TokenStream, waiting: bool) -> TokenStream {
    let (outcome, failure) = (scope.rt.outcome(), scope.rt.failure());
    let fail = quote!(return <#outcome as ::core::convert::From<#failure>>::from(failure));
    let lend = decode::lend(scope.rt, &handler.method, waiting, &fail);
    let read = decode::read(scope.rt, &handler.method, marker, &fail);
    quote!(#lend #read)
}

/// `fn now`: everything at once, on the caller's stack.
fn now(scope: &Scope<'_>, handler: &Handler, marker: &TokenStream) -> TokenStream {
    let (rt, me) = (scope.rt, scope.me);
    let (context, arguments_type, outcome) = (rt.context(), rt.arguments(), rt.outcome());
    let Locals { this, cx, args, to } = Locals::new();
    let reference = reference(handler);
    let (opening, arguments) = (opening(scope, handler), arguments(scope, handler, marker, false));
    let pass = decode::pass(&handler.method);
    quote! {
        fn now(#this: #reference #me, #cx: &#context, #args: &#arguments_type) -> #outcome {
            #opening
            #arguments
            Self::tail(#this, #cx, #to, #pass)
        }
    }
}

/// `fn later`: a future.
fn later(scope: &Scope<'_>, handler: &Handler, marker: &TokenStream) -> TokenStream {
    let (rt, me) = (scope.rt, scope.me);
    let (context, arguments_type) = (rt.context(), rt.arguments());
    let (outcome, future) = (rt.outcome(), rt.box_future());
    let Locals { this, cx, args, to } = Locals::new();
    let (access, mutable) = if handler.exclusive { (rt.exclusive(), Some(quote!(mut))) } else { (rt.shared(), None) };
    let reference = reference(handler);
    let (opening, arguments) = (opening(scope, handler), arguments(scope, handler, marker, true));
    let instance = quote!(#reference *#this);
    let end = if handler.waits() {
        finish(scope, handler, &instance, &quote!(&#cx))
    } else {
        let pass = decode::pass(&handler.method);
        quote!(Self::tail(#instance, &#cx, #to, #pass))
    };
    // A future that is not `Send` is the method's: rustc underlines its name.
    let place = handler.method.name.span();
    let boxed = rt.at(place).boxed();
    // What was sent does not wait for the end of the future.
    let read = quote!(::core::mem::drop(#args););
    let body = quote_spanned!(place=> #boxed::pin(async move { #opening #arguments #read #end }));
    quote! {
        fn later(#mutable #this: #access<#me>, #cx: #context, #args: #arguments_type) -> #future<'static, #outcome> {
            #body
        }
    }
}

/// `fn tail`: guard, method, answer of a handler that does not wait; shared by `now` and `later`.
fn tail(scope: &Scope<'_>, handler: &Handler) -> TokenStream {
    let (rt, me) = (scope.rt, scope.me);
    let (context, reply_to, outcome) = (rt.context(), rt.reply_to(), rt.outcome());
    let Locals { this, cx, to, .. } = Locals::new();
    let reference = reference(handler);
    let parameters = handler.method.arguments.iter().map(|Argument { local, ty, lent, .. }| {
        let reference = lent.then(|| quote!(&));
        quote!(#local: #reference #ty)
    });
    let finish = finish(scope, handler, &this.to_token_stream(), &cx.to_token_stream());
    quote! {
        fn tail(#this: #reference #me, #cx: &#context, #to: #reply_to<'_>, #(#parameters),*) -> #outcome { #finish }
    }
}

fn reference(handler: &Handler) -> TokenStream {
    if handler.exclusive { quote!(&mut) } else { quote!(&) }
}

/// Guards, the user's method, its answer.
fn finish(scope: &Scope<'_>, handler: &Handler, instance: &TokenStream, context: &TokenStream) -> TokenStream {
    let (rt, me) = (scope.rt, scope.me);
    let Locals { this, to, .. } = Locals::new();
    let method = &handler.method;
    let out = Locals::out(method);
    let outcome = rt.outcome();
    let guards = handler.guards.iter().map(|guard| {
        let (name, condition) = (&guard.this, &guard.condition);
        let allowed = Ident::new("__allowed", Span::mixed_site());
        let ask = quote_spanned!(condition.span()=> let #allowed: bool = #condition;);
        quote! {
            let #name = &*#this;
            #ask
            if !#allowed { return #outcome::forbidden(#context, &#to); }
        }
    });
    let (bind, pass) =
        if handler.guards.is_empty() { (TokenStream::new(), decode::pass(method)) } else { named(handler) };
    let (name, wait) = (&method.name, method.is_async.then(|| quote!(.await)));
    // What is wrong with the answer is reported at the returned type. The imports stay the macro's: they are not the user's to use.
    let (result_kind, value_kind) = (rt.result_kind(), rt.value_kind());
    let place = method.output.span(name.span());
    let probe = rt.at(place).probe();
    let answer = quote_spanned!(place=> (&#probe(&#out)).kind().reply(#to, #out));
    let method_call = quote_spanned!(name.span()=> <#me>::#name(#instance, #pass)#wait);
    let imports = quote_spanned!(Span::call_site()=> use #result_kind as _; use #value_kind as _;);
    quote! {
        #bind
        #(#guards)*
        #imports
        let #out = #method_call;
        let #out = #answer;
        #out
    }
}

/// For guards: every argument under the name that the user gave it, and by value, as the method will see it.
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
