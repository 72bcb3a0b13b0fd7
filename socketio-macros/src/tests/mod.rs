//! Tests of whole expansions: snapshots, hygiene, and that nothing makes a macro panic. The errors of rustc for the
//! result are tested in the workspace's `tests/ui`.

mod hygiene;
mod robust;
mod snapshots;

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{Attribute, Item, Meta};

/// Expands a file as the compiler would: every item with `#[namespace]`, `#[derive(Event)]` or `#[derive(Grant)]`.
fn expand(source: &str) -> TokenStream {
    let file = syn::parse_file(source).expect("the source is Rust");
    file.items.into_iter().flat_map(expand_item).collect()
}

fn expand_item(mut item: Item) -> TokenStream {
    let attributes = match &mut item {
        Item::Struct(item) => &mut item.attrs,
        Item::Enum(item) => &mut item.attrs,
        Item::Impl(item) => &mut item.attrs,
        _ => return item.into_token_stream(),
    };
    let found = attributes.iter().position(|attribute| attribute.path().is_ident("namespace"));
    if let Some(found) = found {
        let attribute = attributes.remove(found);
        return crate::expand::namespace(arguments(&attribute), item.into_token_stream());
    }
    let derives: String =
        attributes.iter().filter(|a| a.path().is_ident("derive")).map(|a| arguments(a).to_string()).collect();
    let item = item.into_token_stream();
    if derives.contains("Event") {
        return crate::expand::event(item);
    }
    if derives.contains("Grant") { crate::expand::grant(item) } else { item }
}

fn arguments(attribute: &Attribute) -> TokenStream {
    match &attribute.meta {
        Meta::List(list) => list.tokens.clone(),
        _ => TokenStream::new(),
    }
}
