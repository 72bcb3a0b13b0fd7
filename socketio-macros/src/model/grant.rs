//! A type with `#[derive(Grant)]`: the names of its grants.

use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt;
use syn::{Data, DeriveInput, Fields, Generics, Ident};

use crate::errors::Errors;
use crate::parse::attributes;
use crate::paths::Runtime;

/// An enum of grants, or a unit struct that is one.
pub(crate) struct Grant {
    pub(crate) runtime: Runtime,
    pub(crate) name: Ident,
    pub(crate) generics: Generics,
    /// Pattern and name of each.
    pub(crate) kinds: Vec<(TokenStream, String)>,
}

/// Reads a type; `None` if anything in it is wrong.
///
/// `grant := "grant" "(" "name" ")"` on a variant or a struct; without it the name is `Type::Variant`.
pub(crate) fn read(input: DeriveInput, errors: &mut Errors) -> Option<Grant> {
    let mark = errors.mark();
    let options = attributes::derive(&input.attrs, "grant", &["crate"], errors);
    let DeriveInput { ident, generics, data, .. } = input;
    let plain = ident.unraw();
    let kinds = match data {
        Data::Struct(data) => {
            without_fields(&ident, &data.fields, errors);
            let name = options.name.map_or_else(|| plain.to_string(), |name| name.value());
            vec![(quote!(Self), name)]
        }
        Data::Enum(data) => {
            if let Some(name) = &options.name {
                errors.at(name, "an enum is one grant per variant: name the variants");
            }
            let variant = |variant: syn::Variant| {
                let options = attributes::derive(&variant.attrs, "grant", &[], errors);
                let ident = &variant.ident;
                without_fields(ident, &variant.fields, errors);
                let name = options.name.map_or_else(|| format!("{plain}::{}", ident.unraw()), |name| name.value());
                (quote!(Self::#ident), name)
            };
            data.variants.into_iter().map(variant).collect()
        }
        Data::Union(data) => {
            errors.at(data.union_token, "`#[derive(Grant)]` goes on an enum (one grant per variant) or a unit struct");
            Vec::new()
        }
    };
    let runtime = Runtime::new(options.runtime.map(|(_, path)| path));
    errors.clean_since(mark).then_some(Grant { runtime, name: ident, generics, kinds })
}

fn without_fields(name: &Ident, fields: &Fields, errors: &mut Errors) {
    if !matches!(fields, Fields::Unit) {
        errors.at(fields, format!("a grant is a name, so `{name}` holds nothing"));
    }
}
