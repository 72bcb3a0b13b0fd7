//! The front half of every call: context is lent, then the payload is read. Contexts come first, because "who are you" is asked
//! before "what do you want".

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};

use crate::model::argument::Argument;
use crate::model::signature::Method;
use crate::paths::Runtime;

/// The names of generated variables. Their hygiene is the macro's own: no expression of the user can see or hide them.
pub(super) struct Locals {
    pub(super) this: Ident,
    pub(super) cx: Ident,
    pub(super) args: Ident,
    pub(super) to: Ident,
}

impl Locals {
    pub(super) fn new() -> Self {
        let local = |name: &str| Ident::new(name, Span::mixed_site());
        Self { this: local("__this"), cx: local("__cx"), args: local("__args"), to: local("__to") }
    }

    /// What the user's method has returned. The compiler underlines an argument of the wrong type, so this one stands at the
    /// method's return type; it is bound when no expression of the user follows that could see it.
    pub(super) fn out(method: &Method) -> Ident {
        Ident::new("__out", method.output.span(method.name.span()))
    }
}

/// The type that stands for a method: a place for its functions where generic parameters and `Self` can be named.
pub(super) fn marker(method: &Ident) -> Ident {
    format_ident!("__{}", syn::ext::IdentExt::unraw(method), span = Span::call_site())
}

/// `let a = match … { Ok(a) => a, Err(failure) => … };` for every lent argument.
pub(super) fn lend(rt: &Runtime, method: &Method, waiting: bool, fail: &TokenStream) -> TokenStream {
    let cx = Locals::new().cx;
    let steps = method.lent().map(|Argument { local, ty, .. }| {
        let rt = rt.at(ty.span);
        let from_context = rt.lends();
        // Where `T` is no context, the compiler says so at its first use in a function. Asked in the same words in every function,
        // it says so once.
        let ask = quote_spanned!(ty.span=> let _ = <#ty as #from_context>::IMMEDIATE;);
        let lend = if waiting {
            quote_spanned!(ty.span=> <#ty as #from_context>::lend_later(&#cx).await)
        } else {
            quote_spanned!(ty.span=> <#ty as #from_context>::lend_now(&#cx))
        };
        quote! {
            #ask
            let #local = match #lend {
                ::core::result::Result::Ok(lent) => lent,
                ::core::result::Result::Err(failure) => #fail,
            };
        }
    });
    quote!(#(#steps)*)
}

/// `let (a, b,) = match … { … };` for the arguments that were sent.
pub(super) fn read(rt: &Runtime, method: &Method, marker: &TokenStream, fail: &TokenStream) -> TokenStream {
    let Locals { args, to, .. } = Locals::new();
    let locals = method.payload().map(|argument| &argument.local);
    let arguments = rt.arguments();
    quote! {
        let (#(#locals,)*) = match #arguments::read::<#marker>(&#args, &mut #to) {
            ::core::result::Result::Ok(sent) => sent,
            ::core::result::Result::Err(failure) => #fail,
        };
    }
}

/// `impl Decode` for a method's marker: all arguments in one pass.
pub(super) fn decoder(
    rt: &Runtime,
    method: &Method,
    implementation: &TokenStream,
    marker: &TokenStream,
) -> TokenStream {
    let (decode, reader, read_error, seq_access) = (rt.decode(), rt.reader(), rt.read_error(), rt.seq_access());
    let types = method.payload().map(|argument| &argument.ty);
    let args = Locals::new().args;
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
        #implementation #decode for #marker {
            type Output = (#(#types,)*);
            fn decode<'de, __A: #seq_access<'de>>(
                #args: &mut #reader<'_, __A>,
            ) -> ::core::result::Result<Self::Output, #read_error> {
                ::core::result::Result::Ok((#(#reads,)*))
            }
        }
    }
}

/// `fn requires`: what must be there when the server starts.
pub(super) fn requires(rt: &Runtime, method: &Method) -> TokenStream {
    let requirements = rt.requirements();
    let local = Ident::new("__requirements", Span::mixed_site());
    let calls = method.lent().map(|Argument { name, ty, .. }| {
        let from_context = rt.at(ty.span).lends();
        quote_spanned!(ty.span=> <#ty as #from_context>::requires(#local, #name);)
    });
    quote! { fn requires(#local: &mut #requirements) { #(#calls)* } }
}

/// Whether every lent type promises not to wait; `None` if nothing is lent.
pub(super) fn immediate(rt: &Runtime, method: &Method) -> Option<TokenStream> {
    let each = method.lent().map(|Argument { ty, .. }| {
        let from_context = rt.at(ty.span).lends();
        quote_spanned!(ty.span=> <#ty as #from_context>::IMMEDIATE)
    });
    let each: Vec<_> = each.collect();
    (!each.is_empty()).then(|| quote!(#(#each)&&*))
}

/// The arguments of the user's method, in its order, out of generated variables. A lent one is a reference in `tail` and the
/// runtime's `Lent` elsewhere; dereferenced and borrowed again, both are the same.
pub(super) fn pass(method: &Method) -> TokenStream {
    let each = method.arguments.iter().map(|argument| {
        let local = &argument.local;
        if argument.lent { quote!(&*#local) } else { local.to_token_stream() }
    });
    quote!(#(#each),*)
}
