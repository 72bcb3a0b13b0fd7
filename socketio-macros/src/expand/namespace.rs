//! The table of a namespace, its path, and its entry for discovery.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{ItemStruct, LitStr, Type};

use super::scope::{Scope, one_of};
use super::{checks, handler, hook, lifecycle, server_event};
use crate::model::namespace::{Namespace, Place};
use crate::model::types;

/// The whole `const` block.
impl ToTokens for Namespace {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let me = self.self_type.to_token_stream();
        let scope = Scope::new(self, &me);
        let (cfg, rt) = (&self.cfg, &scope.rt);
        let path = self.path.as_ref().map(|path| has_path(&scope, path));
        let handlers = self.handlers.iter().map(|found| handler::items(&scope, found));
        let connect = self.connect.iter().map(|found| lifecycle::connect(&scope, found));
        let disconnect = self.disconnect.iter().map(|found| lifecycle::disconnect(&scope, found));
        let hooks = self.hooks.iter().map(|found| hook::items(&scope, found));
        let server_events = self.server_events.iter().map(|found| server_event::items(&scope, found));
        let table = table(self, &scope);
        let emits = self.emits.as_ref().map(|ty| emitted(&scope, ty));
        let entry = (!self.manual).then(|| entry(&scope));
        let private = self.runtime.all();
        let (otherwise, result_kind, value_kind) = (rt.otherwise(), rt.result_kind(), rt.value_kind());
        tokens.extend(quote! {
            #(#cfg)*
            #[allow(deprecated, non_camel_case_types, unused_imports, unused_qualifications, clippy::all)]
            const _: () = {
                use #private as #rt;
                use #otherwise as _;
                use #result_kind as _;
                use #value_kind as _;
                #path
                #emits
                #(#connect)*
                #(#disconnect)*
                #(#handlers)*
                #(#hooks)*
                #(#server_events)*
                #table
                #entry
            };
        });
    }
}

/// The events that typed views may send: the type of `emits`, or each type of a tuple in `emits`.
fn emitted(scope: &Scope<'_>, ty: &Type) -> TokenStream {
    if let Type::Tuple(several) = ty {
        return several.elems.iter().map(|ty| emitted(scope, ty)).collect();
    }
    let (emitted_by, me, where_clause) = (scope.rt.at(ty.span()).emitted_by(), scope.me, scope.where_clause);
    let generics = scope.generics.split_for_impl().0;
    let implementation = quote!(impl #generics);
    quote_spanned!(ty.span()=> #implementation #emitted_by<#me> for #ty #where_clause {})
}

fn table(namespace: &Namespace, scope: &Scope<'_>) -> TokenStream {
    let (rt, me) = (&scope.rt, scope.me);
    let (trait_name, table) = (rt.namespace(), rt.table());
    let connect = lifecycle::on_connect(scope, &namespace.connect);
    let disconnect = lifecycle::on_disconnect(scope, &namespace.disconnect);
    let events = namespace.handlers.iter().filter(|handler| !handler.is_fallback());
    let events = events.flat_map(|handler| handler::rows(scope, handler));
    let fallback = fallback(namespace, scope);
    let locked = namespace.locked;
    let emits = match &namespace.emits {
        Some(ty) => {
            let (some, name) = (rt.some(), types::text(ty));
            quote!(#some(#name))
        }
        None => rt.none(),
    };
    let (checks, hooks) = (statements(namespace, scope), hook::hooks(scope, &namespace.hooks));
    let server_events = server_event::rows(scope, &namespace.server_events);
    let limit = namespace.limit.map(|limit| handler::limited(scope, limit));
    let value = quote_spanned! {scope.span=>
        #table {
            connect: #connect,
            disconnect: #disconnect,
            events: &[#(#events),*],
            fallback: #fallback,
            locked: #locked,
            emits: #emits,
            file: ::core::file!(),
            line: ::core::line!(),
        }
    };
    let value = if checks.is_empty() { value } else { quote!({ #checks #value }) };
    let (generics, where_clause) = (scope.generics.split_for_impl().0, scope.where_clause);
    quote_spanned! {scope.span=>
        impl #generics #trait_name for #me #where_clause {
            const TABLE: #table<Self> = #value;
            #hooks
            #server_events
            #limit
        }
    }
}

/// The checks of a namespace with parameters.
fn statements(namespace: &Namespace, scope: &Scope<'_>) -> TokenStream {
    let handlers = namespace.handlers.iter();
    let handlers = handlers.map(|one| checks::statements(scope, &one.cfg, &checks::handler(scope, one)));
    let connect = namespace.connect.iter();
    let connect = connect.map(|one| checks::statements(scope, &one.cfg, &checks::connect(scope, &one.method)));
    let disconnect = namespace.disconnect.iter();
    let disconnect = disconnect.map(|one| checks::statements(scope, &one.cfg, &checks::disconnect(scope, &one.method)));
    let hooks = namespace.hooks.iter();
    let hooks = hooks.map(|one| checks::statements(scope, &one.cfg, &checks::hook(scope, one)));
    let server_events = namespace.server_events.iter();
    let server_events = server_events.map(|one| checks::statements(scope, &one.cfg, &checks::server_event(scope, one)));
    connect.chain(disconnect).chain(handlers).chain(hooks).chain(server_events).collect()
}

/// The fallback's row. With `#[cfg]`s, the compiler selects one of several rows, or none.
fn fallback(namespace: &Namespace, scope: &Scope<'_>) -> TokenStream {
    let (some, none) = (scope.rt.some(), scope.rt.none());
    let found = namespace.handlers.iter().filter(|handler| handler.is_fallback()).map(|handler| {
        let rows = handler::rows(scope, handler);
        (&handler.cfg[..], quote!(#some(#(#rows)*)))
    });
    one_of(&found.collect::<Vec<_>>(), &none)
}

/// `impl HasPath`, at the path's span, so that the compiler underlines the paths if a type has two.
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

/// Implements `Namespace` for a namespace with errors, so that the rest of the program has no further errors.
pub(super) fn stand_in(namespace: &Namespace) -> TokenStream {
    if namespace.is_generic() {
        return TokenStream::new();
    }
    let me = namespace.self_type.to_token_stream();
    let scope = Scope::new(namespace, &me);
    let (cfg, rt) = (&namespace.cfg, &scope.rt);
    let path = namespace.path.as_ref().map(|path| has_path(&scope, path));
    let (trait_name, table, private) = (rt.namespace(), rt.table(), namespace.runtime.all());
    quote! {
        #(#cfg)*
        const _: () = {
            use #private as #rt;
            #path
            impl #trait_name for #me { const TABLE: #table<Self> = ::core::panic!(); }
        };
    }
}

/// The code for `#[namespace]` on a struct: its path, and a check that the type has an impl with handlers.
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
