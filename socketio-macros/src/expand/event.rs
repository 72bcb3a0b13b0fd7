//! `impl Event`: a name per kind, and its arguments in the shape that the runtime spreads.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Attribute, Fields, GenericParam, Generics, Ident, Lifetime, LifetimeParam, Token};

use crate::model::event::{Event, Kind};
use crate::model::types;
use crate::paths::Runtime;

impl ToTokens for Event {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self { runtime: rt, name, generics, ack, kinds } = self;
        let (event, writer, write_error) = (rt.event(), rt.event_writer(), rt.write_error());
        let ack = ack.as_ref().map_or_else(|| quote!(()), ToTokens::to_token_stream);
        let names = kinds.iter().map(|Kind { pattern, name, .. }| quote!(#pattern { .. } => #name,));
        let writes = kinds.iter().map(|kind| write(self, kind));
        let (of_impl, of_type, where_clause) = generics.split_for_impl();
        let to = self::writer();
        tokens.extend(quote! {
            #[automatically_derived]
            #[allow(deprecated, clippy::all)]
            impl #of_impl #event for #name #of_type #where_clause {
                type Ack = #ack;
                fn name(&self) -> &str {
                    match *self { #(#names)* }
                }
                fn write(&self, #to: &mut #writer<'_>) -> ::core::result::Result<(), #write_error> {
                    match *self { #(#writes)* }
                }
            }
        });
    }
}

/// The name of `write`'s argument.
fn writer() -> Ident {
    Ident::new("__to", Span::mixed_site())
}

/// One arm of `write`.
fn write(event: &Event, kind: &Kind) -> TokenStream {
    let pattern = &kind.pattern;
    match &kind.fields {
        Fields::Unit => {
            let to = writer();
            quote!(#pattern => #to.args(&()),)
        }
        Fields::Unnamed(fields) => {
            let names: Vec<_> =
                (0..fields.unnamed.len()).map(|at| format_ident!("__{at}", span = Span::mixed_site())).collect();
            // One field that is a tuple is still one argument. What cannot be serialised is reported at the fields.
            let to = writer();
            let write = quote_spanned!(fields.span()=> #to.args(&(#(#names,)*)));
            quote!(#pattern(#(ref #names),*) => #write,)
        }
        Fields::Named(fields) => {
            let fields: Vec<_> = fields.named.iter().filter_map(|field| Some((field.ident.as_ref()?, field))).collect();
            let locals: Vec<_> =
                (0..fields.len()).map(|at| format_ident!("__{at}", span = Span::mixed_site())).collect();
            let names: Vec<_> = fields.iter().map(|(name, _)| *name).collect();
            let (owner, (_, parameters, _)) = (&event.name, event.generics.split_for_impl());
            let owner = quote!(#owner #parameters);
            // Writes `Self` out, because on our struct `Self` would be our struct.
            let own = |ident: &Ident| (ident == "Self").then(|| owner.clone());
            let types = fields.iter().map(|(_, field)| types::replace(field.ty.to_token_stream(), &own));
            let serde = fields.iter().map(|(_, field)| serde_attributes(&field.attrs));
            let serde: Vec<_> = serde.collect();
            let Content { declaration, owner, owner_value } = content(event);
            let to = writer();
            let derive = derive(&event.runtime, kind.rename_fields.as_ref());
            quote! {
                #pattern { #(#names: ref #locals),* } => {
                    #derive
                    #declaration { #(#serde #names: &'__event #types,)* #owner }
                    #to.args(&__Content { #(#names: #locals,)* #owner_value })
                }
            }
        }
    }
}

fn derive(rt: &Runtime, rename: Option<&TokenStream>) -> TokenStream {
    let (serde_crate, serde) = (rt.serde_crate(), rt.serde());
    quote!(#[allow(dead_code, clippy::pedantic)] #[derive(#serde_crate::Serialize)] #[serde(crate = #serde)] #rename)
}

/// A field's own serde attributes mean on our struct what they mean on the user's.
fn serde_attributes(attributes: &[Attribute]) -> TokenStream {
    attributes.iter().filter(|attribute| attribute.path().is_ident("serde")).map(ToTokens::to_token_stream).collect()
}

/// The head of the struct that borrows a kind's named fields.
struct Content {
    declaration: TokenStream,
    /// A field that uses all of the type's parameters, if the type has any.
    owner: Option<TokenStream>,
    owner_value: Option<TokenStream>,
}

fn content(event: &Event) -> Content {
    let (name, original) = (&event.name, &event.generics);
    let lifetime = Lifetime::new("'__event", Span::call_site());
    let mut generics: Generics = original.clone();
    let mut params: Punctuated<GenericParam, Token![,]> = Punctuated::new();
    params.push(GenericParam::Lifetime(LifetimeParam::new(lifetime)));
    params.extend(generics.params);
    generics.params = params;
    let struct_name = Ident::new("__Content", Span::mixed_site());
    let (_, arguments, where_clause) = original.split_for_impl();
    let (of_struct, ..) = generics.split_for_impl();
    let has_params = !original.params.is_empty();
    Content {
        declaration: quote!(struct #struct_name #of_struct #where_clause),
        owner: has_params
            .then(|| quote!(#[serde(skip)] __owner: ::core::marker::PhantomData<&'__event #name #arguments>)),
        owner_value: has_params.then(|| quote!(__owner: ::core::marker::PhantomData)),
    }
}
