//! The table of a namespace, its path, and its entry for discovery.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Attribute, Generics, ItemStruct, LitStr, Type, WhereClause};

use super::{handler, lifecycle};
use crate::model::namespace::{Namespace, Place};
use crate::model::types;
use crate::paths::Runtime;

/// What all generated items of one namespace share.
pub(super) struct Scope<'a> {
    pub(super) rt: &'a Runtime,
    /// The type with the handlers.
    pub(super) me: &'a TokenStream,
    generics: &'a Generics,
    /// `impl<D: Db>`
    pub(super) implementation: TokenStream,
    pub(super) where_clause: Option<&'a WhereClause>,
    pub(super) span: Span,
    generic: bool,
}

impl<'a> Scope<'a> {
    fn new(namespace: &'a Namespace, me: &'a TokenStream) -> Self {
        let (generics, _, where_clause) = namespace.generics.split_for_impl();
        Self {
            rt: &namespace.runtime,
            me,
            generics: &namespace.generics,
            implementation: quote!(impl #generics),
            where_clause,
            span: namespace.self_type.span(),
            generic: namespace.is_generic(),
        }
    }

    /// A marker type with its parameter: through it the namespace's own parameters are known.
    pub(super) fn marker(&self, name: &Ident) -> TokenStream {
        let me = self.me;
        quote!(#name<#me>)
    }

    /// Checks as items, each of which fails by itself. What has parameters is checked where it is used; see [`Scope::checked`].
    pub(super) fn items(&self, cfg: &[Attribute], checks: &[TokenStream]) -> TokenStream {
        let checks = checks.iter().filter(|_| !self.generic);
        checks.flat_map(|check| quote!(#(#cfg)* const _: () = #check;)).collect()
    }

    /// A constant's value, behind those checks that could not be items.
    pub(super) fn checked(&self, checks: &[TokenStream], value: TokenStream) -> TokenStream {
        if self.generic && !checks.is_empty() { quote!({ #(#checks;)* #value }) } else { value }
    }
}

/// The whole `const` block.
impl ToTokens for Namespace {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let me = self.self_type.to_token_stream();
        let scope = Scope::new(self, &me);
        let (cfg, otherwise) = (&self.cfg, self.runtime.otherwise());
        let path = self.path.as_ref().map(|path| has_path(&scope, path));
        let handlers = self.handlers.iter().map(|found| handler::items(&scope, found));
        let connect = lifecycle::connect(&scope, &self.connect);
        let disconnect = lifecycle::disconnect(&scope, &self.disconnect);
        let table = table(self, &scope);
        let emits = self.emits.as_ref().map(|ty| emitted(&scope, ty));
        let entry = (!self.manual).then(|| entry(&scope));
        tokens.extend(quote! {
            #(#cfg)*
            #[allow(deprecated, non_camel_case_types, clippy::all)]
            const _: () = {
                use #otherwise as _;
                #path
                #emits
                #connect
                #disconnect
                #(#handlers)*
                #table
                #entry
            };
        });
    }
}

/// What typed views may send: the type behind `emits`, or each type of a tuple there.
fn emitted(scope: &Scope<'_>, ty: &Type) -> TokenStream {
    if let Type::Tuple(several) = ty {
        return several.elems.iter().map(|ty| emitted(scope, ty)).collect();
    }
    let (emitted_by, implementation, me) = (scope.rt.at(ty.span()).emitted_by(), &scope.implementation, scope.me);
    let where_clause = scope.where_clause;
    quote_spanned!(ty.span()=> #implementation #emitted_by<#me> for #ty #where_clause {})
}

fn table(namespace: &Namespace, scope: &Scope<'_>) -> TokenStream {
    let (rt, me) = (scope.rt, scope.me);
    let (trait_name, table, connect, disconnect) =
        (rt.namespace(), rt.table(), lifecycle::CONNECT, lifecycle::DISCONNECT);
    let marker = |name: &str| scope.marker(&Ident::new(name, Span::call_site()));
    let (connect, disconnect) = (marker(connect), marker(disconnect));
    let events = namespace.handlers.iter().filter(|handler| !handler.is_fallback());
    let events = events.flat_map(|handler| handler::rows(scope, handler));
    let fallback = fallback(namespace, scope);
    let locked = namespace.locked;
    let emits = match &namespace.emits {
        Some(ty) => {
            let name = types::text(ty);
            quote!(::core::option::Option::Some(#name))
        }
        None => quote!(::core::option::Option::None),
    };
    let (implementation, where_clause) = (&scope.implementation, scope.where_clause);
    quote_spanned! {scope.span=>
        #implementation #trait_name for #me #where_clause {
            const TABLE: #table<Self> = #table {
                connect: <#connect>::CONNECT,
                connect_requires: <#connect>::requires,
                disconnect: <#disconnect>::DISCONNECT,
                disconnect_requires: <#disconnect>::requires,
                events: &[#(#events),*],
                fallback: #fallback,
                locked: #locked,
                emits: #emits,
                file: ::core::file!(),
                line: ::core::line!(),
            };
        }
    }
}

/// The fallback's row. Under `#[cfg]`s it may be there or not, or one of several.
fn fallback(namespace: &Namespace, scope: &Scope<'_>) -> TokenStream {
    let found: Vec<_> = namespace.handlers.iter().filter(|handler| handler.is_fallback()).collect();
    let cfgs = found.iter().map(|handler| super::all_of(&handler.cfg));
    let rows = found.iter().map(|handler| {
        let (cfg, row) = (&handler.cfg, handler::rows(scope, handler));
        quote!(#(#cfg)* { ::core::option::Option::Some(#(#row)*) })
    });
    match &found[..] {
        [] => quote!(::core::option::Option::None),
        all if all.iter().any(|handler| handler.cfg.is_empty()) => quote!({ #(#rows)* }),
        _ => quote!({ #(#rows)* #[cfg(not(any(#(#cfgs),*)))] { ::core::option::Option::None } }),
    }
}

/// Where the path is given: two of them meet at the paths themselves.
fn has_path(scope: &Scope<'_>, path: &LitStr) -> TokenStream {
    let (has_path, me) = (scope.rt.at(path.span()).has_path(), scope.me);
    let (generics, where_clause) = (scope.generics, scope.where_clause);
    let (generics, ..) = generics.split_for_impl();
    quote_spanned!(path.span()=> impl #generics #has_path for #me #where_clause { const PATH: &'static str = #path; })
}

/// What `Server::new` discovers.
fn entry(scope: &Scope<'_>) -> TokenStream {
    let (inventory, entry, me) = (scope.rt.inventory(), scope.rt.at(scope.span).entry(), scope.me);
    let new = quote_spanned!(scope.span=> #entry::new::<#me>());
    quote!(#inventory::submit! { #new })
}

/// Keeps the rest of the program free of further errors when the namespace has some: it is a namespace, as far as anyone asks.
pub(super) fn stand_in(namespace: &Namespace) -> TokenStream {
    if namespace.is_generic() {
        return TokenStream::new();
    }
    let me = namespace.self_type.to_token_stream();
    let scope = Scope::new(namespace, &me);
    let (cfg, rt) = (&namespace.cfg, &namespace.runtime);
    let path = namespace.path.as_ref().map(|path| has_path(&scope, path));
    let (trait_name, table) = (rt.namespace(), rt.table());
    quote! {
        #(#cfg)*
        const _: () = {
            #path
            impl #trait_name for #me { const TABLE: #table<Self> = ::core::panic!(); }
        };
    }
}

/// What `#[namespace]` adds to a struct: its path, and a question for its handlers.
pub(super) fn place(item: &ItemStruct, place: &Place) -> TokenStream {
    let (rt, name) = (&place.runtime, &item.ident);
    let cfg: Vec<_> = item.attrs.iter().filter(|attribute| attribute.path().is_ident("cfg")).collect();
    let (generics, arguments, where_clause) = item.generics.split_for_impl();
    let path = place.path.as_ref().map(|path| {
        let span = path.span();
        let has_path = rt.at(span).has_path();
        quote_spanned!(span=> impl #generics #has_path for #name #arguments #where_clause { const PATH: &'static str = #path; })
    });
    let (table, namespace) = (rt.table(), rt.at(name.span()).namespace());
    let question = item.generics.params.is_empty().then(|| {
        let answer = quote_spanned!(name.span()=> <#name as #namespace>::TABLE);
        quote!(fn _table() -> #table<#name> { #answer })
    });
    quote! {
        #(#cfg)*
        #[allow(deprecated)]
        const _: () = { #path #question };
    }
}
