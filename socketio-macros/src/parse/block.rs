//! The item under `#[namespace]`: a struct, or an inherent impl whose method bodies are not parsed.
//!
//! Method bodies stay tokens, because syntax newer than our parser must not break a handler, and an editor needs the
//! user's tokens unchanged even while they are incomplete.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::parse::discouraged::Speculative;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Generics, Ident, ItemStruct, Signature, Token, Type, Visibility, WhereClause, braced, token};

/// `item := struct | impl`
pub(crate) enum Item {
    Struct(ItemStruct),
    Impl(Block),
}

/// `impl := attributes "impl" generics type where { member* }`
pub(crate) struct Block {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) impl_token: Token![impl],
    pub(crate) generics: Generics,
    pub(crate) self_type: Type,
    pub(crate) members: Vec<Member>,
}

/// `member := method | anything else`
pub(crate) enum Member {
    Method(Box<Method>),
    /// The tokens of a constant, a macro call, or a part of them, which are returned in order.
    Other(TokenStream),
    /// A function whose signature the parser cannot read.
    Unread(syn::Error, TokenStream),
}

/// `method := attributes visibility signature { tokens }`
pub(crate) struct Method {
    pub(crate) attributes: Vec<Attribute>,
    visibility: Visibility,
    pub(crate) signature: Signature,
    body: TokenTree,
}

const WRONG_ITEM: &str = "`#[namespace]` goes on a struct or on its inherent `impl` block";
const TRAIT_IMPL: &str = "`#[namespace]` goes on an inherent impl, not on the impl of a trait";

impl Parse for Item {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        let ahead = input.fork();
        ahead.call(Attribute::parse_outer)?;
        ahead.parse::<Visibility>()?;
        if ahead.peek(Token![struct]) {
            input.parse().map(Item::Struct)
        } else if ahead.peek(Token![impl]) {
            input.parse().map(Item::Impl)
        } else {
            Err(ahead.error(WRONG_ITEM))
        }
    }
}

impl Parse for Block {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        let impl_token = input.parse()?;
        let mut generics = input.parse::<Generics>()?;
        let self_type = input.parse()?;
        if input.peek(Token![for]) {
            return Err(input.error(TRAIT_IMPL));
        }
        generics.where_clause = input.parse::<Option<WhereClause>>()?;
        let content;
        braced!(content in input);
        let mut members = Vec::new();
        while !content.is_empty() {
            members.push(content.parse()?);
        }
        Ok(Self { attributes, impl_token, generics, self_type, members })
    }
}

impl Parse for Member {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        let ahead = input.fork();
        let attributes = ahead.call(Attribute::parse_outer)?;
        let visibility = ahead.parse()?;
        if !begins_function(&ahead) {
            return rest_of_member(input).map(Member::Other);
        }
        match ahead.parse::<Signature>() {
            Ok(signature) if ahead.peek(token::Brace) => {
                let body = ahead.parse()?;
                input.advance_to(&ahead);
                Ok(Member::Method(Box::new(Method { attributes, visibility, signature, body })))
            }
            Ok(_) => Ok(Member::Unread(ahead.error("expected a body: `{ .. }`"), rest_of_member(input)?)),
            Err(error) => Ok(Member::Unread(error, rest_of_member(input)?)),
        }
    }
}

/// Whether `fn` follows, behind `const`, `async`, `unsafe`, `extern "C"`.
fn begins_function(input: ParseStream) -> bool {
    let ahead = input.fork();
    while !ahead.peek(Token![fn]) {
        let qualifier = ahead.peek(Token![const]) || ahead.peek(Token![async]) || ahead.peek(Token![unsafe]);
        let abi = ahead.peek(Token![extern]) || ahead.peek(syn::LitStr);
        if !(qualifier || abi) || ahead.parse::<TokenTree>().is_err() {
            return false;
        }
    }
    true
}

/// All tokens up to the first `;` or `{ .. }`. If a constant's value has braces inside, the rest of the value is the
/// next member; no token is lost, because all members are returned in order.
fn rest_of_member(input: ParseStream) -> syn::Result<TokenStream> {
    let mut tokens = TokenStream::new();
    while !input.is_empty() {
        let token = input.parse::<TokenTree>()?;
        let last = match &token {
            TokenTree::Punct(punct) => punct.as_char() == ';',
            TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
            _ => false,
        };
        tokens.extend([token]);
        if last {
            break;
        }
    }
    Ok(tokens)
}

impl Block {
    /// The `#[cfg]`s of the whole block, which generated code must have too.
    pub(crate) fn cfg(&self) -> Vec<Attribute> {
        self.attributes.iter().filter(|attribute| attribute.path().is_ident("cfg")).cloned().collect()
    }

    /// The type's own name, for messages: `Chat` of `rooms::Chat<Db>`.
    pub(crate) fn name(&self) -> String {
        match &self.self_type {
            Type::Path(path) => path.path.segments.last().map(|segment| segment.ident.to_string()),
            _ => None,
        }
        .unwrap_or_else(|| self.self_type.to_token_stream().to_string())
    }
}

impl Method {
    pub(crate) fn name(&self) -> &Ident {
        &self.signature.ident
    }
}

/// The user's impl as it was written, without the attributes that were removed.
impl ToTokens for Block {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self { attributes, impl_token, generics, self_type, members } = self;
        let where_clause = &generics.where_clause;
        tokens.extend(quote!(#(#attributes)* #impl_token #generics #self_type #where_clause { #(#members)* }));
    }
}

impl ToTokens for Member {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Member::Other(other) | Member::Unread(_, other) => other.to_tokens(tokens),
            Member::Method(method) => {
                let Method { attributes, visibility, signature, body } = &**method;
                tokens.extend(quote!(#(#attributes)* #visibility #signature #body));
            }
        }
    }
}
