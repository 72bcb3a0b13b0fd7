//! `on_connect` and `on_disconnect`: their items, and their places in the table.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::scope::{Locals, Scope, borrowed, marker, one_of, out, pinned};
use super::{checks, method};
use crate::model::lifecycle::{Connect, Disconnect};
use crate::model::signature::Form;

/// The items of one `on_connect`.
pub(super) fn connect(scope: &Scope<'_>, found: &Connect) -> TokenStream {
    let (cfg, method) = (&found.cfg, &found.method);
    let described = method::describe(scope, method, cfg, None, None);
    let call = construct(scope, found);
    let checks = checks::items(scope, cfg, &checks::connect(scope, method));
    quote!(#described #(#cfg)* #call #checks)
}

/// The items of one `on_disconnect`.
pub(super) fn disconnect(scope: &Scope<'_>, found: &Disconnect) -> TokenStream {
    let (cfg, method) = (&found.cfg, &found.method);
    let described = method::describe(scope, method, cfg, None, None);
    let call = consume(scope, found);
    let checks = checks::items(scope, cfg, &checks::disconnect(scope, method));
    quote!(#described #(#cfg)* #call #checks)
}

/// The field `connect` of the table.
pub(super) fn on_connect(scope: &Scope<'_>, found: &[Connect]) -> TokenStream {
    let on_connect = scope.rt.on_connect();
    let default = default(scope);
    let found: Vec<_> = found
        .iter()
        .map(|Connect { method, cfg, .. }| {
            let marker = marker(&method.name);
            let form = if method.is_async { quote!(later) } else { quote!(now) };
            (&cfg[..], quote!(#on_connect::#form::<#marker>()))
        })
        .collect();
    one_of(&found, &quote!(#on_connect::initial(|| #default)))
}

/// The field `disconnect` of the table.
pub(super) fn on_disconnect(scope: &Scope<'_>, found: &[Disconnect]) -> TokenStream {
    let on_disconnect = scope.rt.on_disconnect();
    let found: Vec<_> = found
        .iter()
        .map(|Disconnect { method, cfg, .. }| {
            let marker = marker(&method.name);
            let form = if method.is_async { quote!(later) } else { quote!(now) };
            (&cfg[..], quote!(#on_disconnect::#form::<#marker>()))
        })
        .collect();
    one_of(&found, &quote!(#on_disconnect::NONE))
}

/// The instance that no `on_connect` has built.
fn default(scope: &Scope<'_>) -> TokenStream {
    let (me, initial) = (scope.me, scope.rt.at(scope.span).initial());
    quote_spanned!(scope.span=> <#me as #initial>::initial())
}

/// `impl Construct` or `impl ConstructLater`: what `on_connect` returns becomes an instance or a refusal.
fn construct(scope: &Scope<'_>, found: &Connect) -> TokenStream {
    let (rt, me, method) = (&scope.rt, scope.me, &found.method);
    let (result, refusal, marker) = (rt.result(), rt.refusal(), marker(&method.name));
    let Locals { cx, args, .. } = Locals::new();
    let (lent, sent) = method::patterns(method);
    let build = build(scope, found);
    if !method.is_async {
        let call = quote! {
            fn call(#lent: Self::Lent<'_>, #sent: Self::Sent) -> #result<#me, #refusal> { #build }
        };
        let trait_name = rt.construct();
        return scope.implement(&quote!(#trait_name<#me>), &marker, &call);
    }
    let (context, arguments, future, begin) = (rt.context(), rt.arguments(), rt.box_future(), rt.begin());
    let body = quote! {
        let (#lent, #sent, _) = #begin::<#me, Self>(&#cx, #args).await?;
        #build
    };
    let body = pinned(rt, &method.name, &body);
    let call = quote! {
        fn call(#cx: #context, #args: #arguments) -> #future<#result<#me, #refusal>> { #body }
    };
    let trait_name = rt.construct_later();
    scope.implement(&quote!(#trait_name<#me>), &marker, &call)
}

/// Calls the user's `on_connect`, as the constructor or on the default instance.
fn build(scope: &Scope<'_>, found: &Connect) -> TokenStream {
    let (rt, me, method, this) = (&scope.rt, scope.me, &found.method, Locals::new().this);
    let (name, pass, wait) = (&method.name, method::pass(method), method.is_async.then(|| quote!(.await)));
    let place = method.output.span(name.span());
    let (out, probe) = (out(place), rt.at(place).probe());
    let answer = quote_spanned!(place=> (&#probe(&#out)).answer());
    let Some(receiver) = &method.receiver else {
        let method_call = quote_spanned!(name.span()=> <#me>::#name(#pass)#wait);
        let built = quote_spanned!(place=> #answer.built(#out));
        return quote!(let #out = #method_call; let #out = #built; #out);
    };
    let exclusive = receiver.form == Form::Exclusive;
    let (instance, default) = (borrowed(exclusive, &quote!(#this)), default(scope));
    let mutable = exclusive.then(|| quote!(mut));
    let method_call = quote_spanned!(name.span()=> <#me>::#name(#instance, #pass)#wait);
    let accepted = quote_spanned!(place=> #answer.accepted(#out));
    quote! {
        let #mutable #this = #default;
        let #out = #method_call;
        #accepted.map(|()| #this)
    }
}

/// `impl Consume` or `impl ConsumeLater`.
fn consume(scope: &Scope<'_>, found: &Disconnect) -> TokenStream {
    let (rt, me, method) = (&scope.rt, scope.me, &found.method);
    let (name, pass, wait) = (&method.name, method::pass(method), method.is_async.then(|| quote!(.await)));
    let (marker, (lent, _)) = (marker(name), method::patterns(method));
    let Locals { this, cx, .. } = Locals::new();
    let instance = match found.form {
        Form::Value => quote!(#this),
        form => borrowed(form == Form::Exclusive, &quote!(#this)),
    };
    let mutable = (found.form == Form::Exclusive).then(|| quote!(mut));
    let method_call = quote_spanned!(name.span()=> <#me>::#name(#instance, #pass)#wait);
    if !method.is_async {
        let call = quote! {
            fn call(#mutable #this: #me, #lent: Self::Lent<'_>) { let _ = #method_call; }
        };
        let trait_name = rt.consume();
        return scope.implement(&quote!(#trait_name<#me>), &marker, &call);
    }
    let (context, future, lost, ok, err) = (rt.context(), rt.box_future(), rt.lost(), rt.ok(), rt.err());
    let (trait_name, method_trait) = (rt.consume_later(), rt.method());
    let body = quote! {
        let #lent = match <Self as #method_trait<#me>>::lend(&#cx).await {
            #ok(lent) => lent,
            #err(failure) => return #lost(&#cx, failure),
        };
        let _ = #method_call;
    };
    let body = pinned(rt, name, &body);
    let call = quote! { fn call(#mutable #this: #me, #cx: #context) -> #future<()> { #body } };
    scope.implement(&quote!(#trait_name<#me>), &marker, &call)
}
