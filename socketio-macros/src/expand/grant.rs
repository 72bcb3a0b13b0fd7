//! `impl Grant`: a name per kind.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

use crate::model::grant::Grant;

impl ToTokens for Grant {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self { runtime: rt, name, generics, kinds } = self;
        let grant = rt.grant();
        let names = kinds.iter().map(|(pattern, name)| quote!(#pattern => #name,));
        let (of_impl, of_type, where_clause) = generics.split_for_impl();
        let cow = rt.cow();
        tokens.extend(quote! {
            #[automatically_derived]
            #[allow(deprecated, clippy::all)]
            impl #of_impl #grant for #name #of_type #where_clause {
                fn name(&self) -> #cow<'_, str> {
                    #cow::Borrowed(match *self { #(#names)* })
                }
            }
        });
    }
}
