//! The data that all generated items of one namespace use.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Attribute, Generics, Meta, WhereClause};

use crate::model::namespace::Namespace;
use crate::paths::Runtime;

pub(super) struct Scope<'a> {
    pub(super) rt: Runtime,
    /// The type with the handlers.
    pub(super) me: &'a TokenStream,
    pub(super) generics: &'a Generics,
    pub(super) where_clause: Option<&'a WhereClause>,
    pub(super) span: Span,
    /// Whether the namespace has parameters of types or constants: then its checks run only where the type is used.
    pub(super) generic: bool,
}

impl<'a> Scope<'a> {
    pub(super) fn new(namespace: &'a Namespace, me: &'a TokenStream) -> Self {
        Self {
            rt: namespace.runtime.alias(),
            me,
            generics: &namespace.generics,
            where_clause: namespace.generics.where_clause.as_ref(),
            span: namespace.self_type.span(),
            generic: namespace.is_generic(),
        }
    }

    /// `impl<D: Db> #what for #who where … { #items }`
    pub(super) fn implement(&self, what: &TokenStream, who: &Ident, items: &TokenStream) -> TokenStream {
        let (generics, where_clause) = (self.generics.split_for_impl().0, self.where_clause);
        quote! { impl #generics #what for #who #where_clause { #items } }
    }
}

/// The type that stands for a method.
pub(super) fn marker(method: &Ident) -> Ident {
    format_ident!("__{}", method.unraw(), span = Span::call_site())
}

/// The names of generated variables, with the macro's hygiene: the user's expressions can neither see nor shadow them.
pub(super) struct Locals {
    pub(super) this: Ident,
    pub(super) cx: Ident,
    pub(super) args: Ident,
    pub(super) to: Ident,
    pub(super) requirements: Ident,
}

impl Locals {
    pub(super) fn new() -> Self {
        let local = |name: &str| Ident::new(name, Span::mixed_site());
        Self {
            this: local("__this"),
            cx: local("__cx"),
            args: local("__args"),
            to: local("__to"),
            requirements: local("__requirements"),
        }
    }
}

/// The value whose `#[cfg]`s are active in the program, or `otherwise`.
pub(super) fn one_of(found: &[(&[Attribute], TokenStream)], otherwise: &TokenStream) -> TokenStream {
    let cfgs = found.iter().map(|(cfg, _)| all_of(cfg));
    let values = found.iter().map(|(cfg, value)| quote!(#(#cfg)* { #value }));
    match found {
        [] => otherwise.clone(),
        [([], value)] => value.clone(),
        all if all.iter().any(|(cfg, _)| cfg.is_empty()) => quote!({ #(#values)* }),
        _ => quote!({ #(#values)* #[cfg(not(any(#(#cfgs),*)))] { #otherwise } }),
    }
}

/// `all(…)` of a method's `#[cfg]`s, for use in `not(…)`.
fn all_of(cfg: &[Attribute]) -> TokenStream {
    let predicates = cfg.iter().filter_map(|attribute| match &attribute.meta {
        Meta::List(list) => Some(&list.tokens),
        _ => None,
    });
    quote!(all(#(#predicates),*))
}

/// The variable for the return value of the user's method. It has the span of the return type, because the compiler
/// underlines an argument of the wrong type; it is bound only where no expression of the user follows that could see
/// it.
pub(super) fn out(span: Span) -> Ident {
    Ident::new("__out", span)
}

/// `#this` borrowed as the receiver requires: `&` or `&mut`.
pub(super) fn borrowed(exclusive: bool, this: &TokenStream) -> TokenStream {
    if exclusive { quote!(&mut #this) } else { quote!(&#this) }
}

/// `Box::pin(async move { … })` at the method's name, where the compiler reports a future that is not `Send`.
pub(super) fn pinned(rt: &Runtime, name: &Ident, body: &TokenStream) -> TokenStream {
    let boxed = rt.at(name.span()).boxed();
    quote_spanned!(name.span()=> #boxed::pin(async move { #body }))
}
