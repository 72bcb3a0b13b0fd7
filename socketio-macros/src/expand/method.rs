//! `impl Method`: the arguments of a method, whatever calls it.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::Attribute;

use super::checks;
use super::scope::{Locals, Scope, marker};
use crate::model::argument::Argument;
use crate::model::signature::Method;

/// The marker type and its `impl Method`. `constants` and `granted` are items that only handlers have.
pub(super) fn describe(
    scope: &Scope<'_>,
    method: &Method,
    cfg: &[Attribute],
    constants: Option<TokenStream>,
    granted: Option<&TokenStream>,
) -> TokenStream {
    let (rt, me, marker) = (&scope.rt, scope.me, marker(&method.name));
    let (requires, immediate, packet) = (requires(scope, method), immediate(scope, method), packet(scope, method));
    let (lend, decode) = (lend(scope, method), decode(scope, method));
    let (method_trait, lent, sent) = (rt.method(), rt.lent(), checks::sent(scope, method));
    let (sent_type, name) = (rt.sent(), method.name.to_string());
    let lent_types = method.lent().map(|Argument { ty, .. }| quote!(#lent<'a, #ty>));
    let sent_types = method.payload().map(|argument| &argument.ty);
    let items = quote! {
        type Lent<'a> = (#(#lent_types,)*);
        type Sent = (#(#sent_types,)*);
        const NAME: &'static str = #name;
        const SENT: &'static [#sent_type] = &[#(#sent),*];
        const IMMEDIATE: bool = #immediate;
        #packet
        #constants
        #requires
        #granted
        #lend
        #decode
    };
    let implementation = scope.implement(&quote!(#method_trait<#me>), &marker, &items);
    quote! {
        #(#cfg)*
        struct #marker;
        #(#cfg)*
        #implementation
    }
}

/// `fn requires`: collects what the method needs from the server.
fn requires(scope: &Scope<'_>, method: &Method) -> TokenStream {
    let (requirements, local) = (scope.rt.requirements(), Locals::new().requirements);
    let calls = method.lent().map(|Argument { name, ty, .. }| {
        let from_context = scope.rt.at(ty.span).lends();
        quote_spanned!(ty.span=> <#ty as #from_context>::requires(#local, #name);)
    });
    quote! { fn requires(#local: &mut #requirements) { #(#calls)* } }
}

/// Whether every lent type promises not to wait.
fn immediate(scope: &Scope<'_>, method: &Method) -> TokenStream {
    let each = method.lent().map(|Argument { ty, .. }| {
        let from_context = scope.rt.at(ty.span).lends();
        quote_spanned!(ty.span=> <#ty as #from_context>::IMMEDIATE)
    });
    let each: Vec<_> = each.collect();
    if each.is_empty() { quote!(true) } else { quote!(#(#each)&&*) }
}

/// `const PACKET`: whether a lent type asks for the event's packet.
fn packet(scope: &Scope<'_>, method: &Method) -> Option<TokenStream> {
    let each = method.lent().map(|Argument { ty, .. }| {
        let from_context = scope.rt.at(ty.span).lends();
        quote_spanned!(ty.span=> <#ty as #from_context>::PACKET)
    });
    let each: Vec<_> = each.collect();
    (!each.is_empty()).then(|| quote! { const PACKET: bool = #(#each)||*; })
}

/// `async fn lend`: all lent arguments, in their order.
fn lend(scope: &Scope<'_>, method: &Method) -> TokenStream {
    let (rt, cx) = (&scope.rt, Locals::new().cx);
    let (context, lending, ok) = (rt.context(), rt.lending(), rt.ok());
    let lends = method.lent().map(|Argument { ty, .. }| {
        let from_context = rt.at(ty.span).lends();
        quote_spanned!(ty.span=> <#ty as #from_context>::lend_or_make(#cx).await?)
    });
    quote! {
        async fn lend(#cx: &#context) -> #lending<Self::Lent<'_>> {
            #ok((#(#lends,)*))
        }
    }
}

/// `fn decode`: all arguments that were sent, in their order.
fn decode(scope: &Scope<'_>, method: &Method) -> TokenStream {
    let (rt, args) = (&scope.rt, Locals::new().args);
    let (reader, source, reading, ok) = (rt.reader(), rt.source(), rt.reading(), rt.ok());
    let reads = method.payload().map(|Argument { name, ty, .. }| {
        let rt = rt.at(ty.span);
        if ty.may_be_optional_ack() {
            let (is, otherwise) = (rt.is(), rt.read_otherwise());
            return quote_spanned!(ty.span=> { #[allow(unused_imports)] use #otherwise as _; <#is<#ty>>::read(#args, #name)? });
        }
        let from_payload = rt.reads();
        quote_spanned!(ty.span=> <#ty as #from_payload>::from_payload(#args, #name)?)
    });
    quote! {
        fn decode<__S: #source>(#args: &mut #reader<'_, __S>) -> #reading<Self::Sent> {
            #ok((#(#reads,)*))
        }
    }
}

/// The patterns that destructure `Self::Lent` and `Self::Sent`.
pub(super) fn patterns(method: &Method) -> (TokenStream, TokenStream) {
    let lent = method.lent().map(|argument| &argument.local);
    let sent = method.payload().map(|argument| &argument.local);
    (quote!((#(#lent,)*)), quote!((#(#sent,)*)))
}

/// The arguments for the call of the user's method, in its order, from generated variables.
pub(super) fn pass(method: &Method) -> TokenStream {
    let each = method.arguments.iter().map(|argument| {
        let local = &argument.local;
        if argument.lent { quote!(&*#local) } else { local.to_token_stream() }
    });
    quote!(#(#each),*)
}
