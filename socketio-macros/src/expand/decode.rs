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
    pub(super) call: Ident,
    pub(super) cx: Ident,
    pub(super) args: Ident,
    pub(super) to: Ident,
    pub(super) out: Ident,
}

impl Locals {
    pub(super) fn new() -> Self {
        let local = |name: &str| Ident::new(name, Span::mixed_site());
        Self {
            this: local("__this"),
            call: local("__call"),
            cx: local("__cx"),
            args: local("__args"),
            to: local("__to"),
            out: local("__out"),
        }
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
        let (lend, wait) = if waiting { (rt.lend(), quote!(.await)) } else { (rt.lend_now(), TokenStream::new()) };
        let lend = quote_spanned!(ty.span=> #lend::<#ty>(&#cx)#wait);
        quote! {
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
        let (#(#locals,)*) = match #arguments::read::<#marker>(#args, &mut #to) {
            ::core::result::Result::Ok(sent) => sent,
            ::core::result::Result::Err(failure) => #fail,
        };
    }
}

/// `impl Decode` for a method's marker: all arguments in one pass.
pub(super) fn decoder(rt: &Runtime, method: &Method, implementation: &TokenStream, marker: &TokenStream) -> TokenStream {
    let (decode, reader, read_error, seq_access) = (rt.decode(), rt.reader(), rt.read_error(), rt.seq_access());
    let types = method.payload().map(|argument| &argument.ty);
    let reads = method.payload().map(|Argument { name, ty, .. }| {
        let from_payload = rt.from_payload();
        quote_spanned!(ty.span=> <#ty as #from_payload>::from_payload(__args, #name)?)
    });
    quote! {
        #implementation #decode for #marker {
            type Output = (#(#types,)*);
            fn decode<'de, __A: #seq_access<'de>>(
                __args: &mut #reader<'_, __A>,
            ) -> ::core::result::Result<Self::Output, #read_error> {
                ::core::result::Result::Ok((#(#reads,)*))
            }
        }
    }
}

/// `fn requires`: what must be there when the server starts.
pub(super) fn requires(rt: &Runtime, method: &Method) -> TokenStream {
    let (requirements, from_context) = (rt.requirements(), rt.from_context());
    let calls = method.lent().map(|Argument { name, ty, .. }| {
        quote_spanned!(ty.span=> <#ty as #from_context>::requires(__requirements, #name);)
    });
    quote! { fn requires(__requirements: &mut #requirements) { #(#calls)* } }
}

/// Whether every lent type promises not to wait; `None` if nothing is lent.
pub(super) fn immediate(rt: &Runtime, method: &Method) -> Option<TokenStream> {
    let from_context = rt.from_context();
    let each = method.lent().map(|Argument { ty, .. }| quote_spanned!(ty.span=> <#ty as #from_context>::IMMEDIATE));
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
