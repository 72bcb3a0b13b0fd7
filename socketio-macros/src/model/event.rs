//! A type with `#[derive(Event)]`: its events and their arguments. `expand` generates the code that writes them.

use std::collections::HashMap;

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::{Attribute, Data, DeriveInput, Fields, Generics, Ident, LitStr, Meta, Type};

use super::names;
use crate::errors::Errors;
use crate::parse::attributes::{self, Case, Derive};
use crate::paths::Runtime;

/// A struct that is one event, or an enum that is one per variant.
pub(crate) struct Event {
    pub(crate) runtime: Runtime,
    pub(crate) name: Ident,
    pub(crate) generics: Generics,
    pub(crate) ack: Option<Type>,
    pub(crate) kinds: Vec<Kind>,
}

/// One event.
pub(crate) struct Kind {
    /// `Self`, or `Self::Variant`.
    pub(crate) pattern: TokenStream,
    pub(crate) name: String,
    pub(crate) fields: Fields,
    /// serde's `rename_all` for named fields, as an attribute of our helper struct.
    pub(crate) rename_fields: Option<TokenStream>,
}

/// Reads a type; `None` if anything in it is wrong.
pub(crate) fn read(input: DeriveInput, errors: &mut Errors) -> Option<Event> {
    let mark = errors.mark();
    let options = attributes::derive(&input.attrs, "event", &["rename_all", "ack", "crate"], errors);
    let DeriveInput { ident, generics, attrs, data, .. } = input;
    let case = options.rename_all.as_ref().map(|(_, case)| *case);
    let kinds = match data {
        Data::Struct(data) => {
            check_fields(&data.fields, errors);
            let name = event_name(&ident, options.name.as_ref(), case, errors);
            let rename_fields = serde_rename(&attrs, "rename_all");
            vec![Kind { pattern: quote!(Self), name, fields: data.fields, rename_fields }]
        }
        Data::Enum(data) => {
            not_on_enum(&options, errors);
            let rename_fields = serde_rename(&attrs, "rename_all_fields");
            let variants = data.variants.into_iter();
            let kinds = variants.map(|variant| self::variant(variant, case, rename_fields.clone(), errors)).collect();
            distinct(kinds, errors)
        }
        Data::Union(data) => {
            errors.at(
                data.union_token,
                "`#[derive(Event)]` goes on a struct (one event) or an enum (one event per variant)",
            );
            Vec::new()
        }
    };
    let runtime = Runtime::new(options.runtime.map(|(_, path)| path));
    let ack = options.ack.map(|(_, ty)| ty);
    errors.clean_since(mark).then_some(Event { runtime, name: ident, generics, ack, kinds })
}

const ACK_ON_VARIANT: &str = "`ack` needs a struct: an enum cannot promise a different answer per variant";

fn not_on_enum(options: &Derive, errors: &mut Errors) {
    if let Some((attribute, _)) = &options.ack {
        errors.at(attribute, ACK_ON_VARIANT);
    }
    if let Some(name) = &options.name {
        errors.at(name, "an enum is one event per variant: name the variants");
    }
}

fn variant(
    variant: syn::Variant,
    case: Option<Case>,
    rename_fields: Option<TokenStream>,
    errors: &mut Errors,
) -> (LitStr, Kind) {
    let options = attributes::derive(&variant.attrs, "event", &["ack"], errors);
    if let Some((attribute, _)) = &options.ack {
        errors.at(attribute, ACK_ON_VARIANT);
    }
    check_fields(&variant.fields, errors);
    let ident = variant.ident;
    let name = event_name(&ident, options.name.as_ref(), case, errors);
    let rename_fields = serde_rename(&variant.attrs, "rename_all").or(rename_fields);
    let place = options.name.unwrap_or_else(|| LitStr::new(&name, ident.span()));
    (place, Kind { pattern: quote!(Self::#ident), name, fields: variant.fields, rename_fields })
}

/// Refuses two variants of one name: the client could not tell them apart.
fn distinct(kinds: Vec<(LitStr, Kind)>, errors: &mut Errors) -> Vec<Kind> {
    let mut seen: HashMap<String, Span> = HashMap::new();
    for (place, kind) in &kinds {
        if let Some(first) = seen.insert(kind.name.clone(), place.span()) {
            let name = &kind.name;
            let mut error = syn::Error::new(place.span(), format!("two variants are the event `{name}`"));
            error.combine(syn::Error::new(first, format!("`{name}` was first named here")));
            errors.push(error);
        }
    }
    kinds.into_iter().map(|(_, kind)| kind).collect()
}

fn event_name(ident: &Ident, given: Option<&LitStr>, case: Option<Case>, errors: &mut Errors) -> String {
    use syn::ext::IdentExt;
    let plain = ident.unraw().to_string();
    let name = match given {
        Some(given) => given.value(),
        None => case.map_or_else(|| plain.clone(), |case| case.apply(&plain)),
    };
    let place = given.map_or_else(|| ident.to_token_stream(), ToTokens::to_token_stream);
    if names::is_reserved(&name) {
        errors.at(place, format!("`{name}` is reserved by Socket.IO and cannot be sent as an event"));
    } else if name.is_empty() {
        errors.at(place, "an event needs a name");
    }
    name
}

fn check_fields(fields: &Fields, errors: &mut Errors) {
    for attribute in fields.iter().flat_map(|field| &field.attrs).filter(|attribute| attribute.path().is_ident("event"))
    {
        errors.at(attribute, "`#[event]` names a struct or a variant, not a field\nhelp: fields are renamed by `#[serde(rename = \"..\")]`");
    }
}

/// serde's option `key`, if one of the `#[serde(…)]` attributes has it. serde checks their other options.
fn serde_rename(attributes: &[Attribute], key: &str) -> Option<TokenStream> {
    let mut found = None;
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("serde")) {
        let Meta::List(list) = &attribute.meta else { continue };
        let read = syn::punctuated::Punctuated::<Meta, syn::Token![,]>::parse_terminated;
        let Ok(options) = syn::parse::Parser::parse2(read, list.tokens.clone()) else { continue };
        for option in options.iter().filter(|option| option.path().is_ident(key)) {
            found = match option {
                Meta::NameValue(pair) => {
                    let value = &pair.value;
                    Some(quote!(#[serde(rename_all = #value)]))
                }
                Meta::List(list) => {
                    let inner = &list.tokens;
                    Some(quote!(#[serde(rename_all(#inner))]))
                }
                Meta::Path(_) => None,
            };
        }
    }
    found
}
