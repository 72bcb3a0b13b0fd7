//! Converts meaning to tokens, which cannot fail. If the input has errors, the output is the user's item and all
//! errors.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

use crate::errors::Errors;
use crate::model;
use crate::parse::block::Item;
use crate::parse::options;

mod checks;
mod event;
mod grant;
mod handler;
mod hook;
mod lifecycle;
mod method;
mod namespace;
mod scope;
mod server_event;

/// `#[namespace]`: the user's item without our attributes, and one `const` block that describes it.
pub(crate) fn namespace(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let options = options::parse(arguments, &mut errors);
    match syn::parse2::<Item>(item.clone()) {
        Ok(Item::Struct(item)) => {
            let place = model::namespace::place(&item, options, &mut errors);
            let place = namespace::place(&item, &place);
            quote!(#item #place #errors)
        }
        Ok(Item::Impl(mut block)) => {
            let found = model::namespace::read(&mut block, options, &mut errors);
            let generated = if errors.is_empty() { found.to_token_stream() } else { namespace::stand_in(&found) };
            quote!(#block #generated #errors)
        }
        Err(error) => {
            errors.push(error);
            quote!(#item #errors)
        }
    }
}

/// `#[derive(Event)]`.
pub(crate) fn event(item: TokenStream) -> TokenStream {
    derive(item, |input, errors| model::event::read(input, errors).map(ToTokens::into_token_stream))
}

/// `#[derive(Grant)]`.
pub(crate) fn grant(item: TokenStream) -> TokenStream {
    derive(item, |input, errors| model::grant::read(input, errors).map(ToTokens::into_token_stream))
}

fn derive(item: TokenStream, read: impl FnOnce(syn::DeriveInput, &mut Errors) -> Option<TokenStream>) -> TokenStream {
    let mut errors = Errors::default();
    let generated = errors.ok(syn::parse2(item)).and_then(|input| read(input, &mut errors));
    quote!(#generated #errors)
}
