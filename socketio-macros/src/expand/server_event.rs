//! `#[server_event]`: the items of a method, and the constant `SERVER_EVENTS` of a namespace that has any.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::scope::{Locals, Scope, marker, out};
use super::{checks, method};
use crate::model::server_event::ServerEvent;

/// The marker type of a method, with what the runtime calls.
pub(super) fn items(scope: &Scope<'_>, event: &ServerEvent) -> TokenStream {
    let ServerEvent { cfg, method, .. } = event;
    let (rt, me, name) = (&scope.rt, scope.me, &method.name);
    let described = method::describe(scope, method, cfg, None, None);
    let (trait_name, program, heard, this) = (rt.server_event(), rt.program(), rt.heard(), Locals::new().this);
    let ((lent, sent), pass) = (method::patterns(method), method::pass(method));
    let lends = method.lent().map(|argument| {
        let (ty, lends) = (&argument.ty, rt.at(argument.ty.span).server_lends());
        quote_spanned!(ty.span=> <#ty as #lends>::from_server(#this)?)
    });
    let lends: Vec<_> = lends.collect();
    let lends = (!lends.is_empty()).then(|| quote!(let #lent = (#(#lends,)*);));
    // The compiler reports errors about the answer at the return type.
    let place = method.output.span(name.span());
    let (out, probe) = (out(place), rt.at(place).probe());
    let answer = quote_spanned!(place=> (&#probe(&#out)).kind().heard(#out));
    let method_call = quote_spanned!(name.span()=> <#me>::#name(#pass));
    let call = quote! {
        fn call(#this: &#program<'_>, #sent: Self::Sent) -> #heard {
            #lends
            let #out = #method_call;
            #answer
        }
    };
    let call = scope.implement(&quote!(#trait_name<#me>), &marker(name), &call);
    let checks = checks::items(scope, cfg, &checks::server_event(scope, event));
    quote!(#described #(#cfg)* #call #checks)
}

/// `const SERVER_EVENTS`, if the namespace has methods with the attribute.
pub(super) fn rows(scope: &Scope<'_>, found: &[ServerEvent]) -> Option<TokenStream> {
    let (row, me) = (scope.rt.server_row(), scope.me);
    let rows = found.iter().map(|ServerEvent { name, method, cfg }| {
        let marker = marker(&method.name);
        quote!(#(#cfg)* #row::new::<#me, #marker>(#name))
    });
    let rows: Vec<_> = rows.collect();
    (!rows.is_empty()).then(|| quote!(const SERVER_EVENTS: &'static [#row] = &[#(#rows),*];))
}
