//! Reads the type of an argument: `&T` is lent by the server, `T` is sent by the client. Whether `T` can be lent or
//! sent is checked by the compiler, because only the compiler resolves aliases.

use proc_macro2::{Group, Ident, TokenStream, TokenTree};
use quote::{ToTokens, quote_spanned};
use syn::Type;
use syn::spanned::Spanned;

use crate::errors::Errors;

/// Where an argument comes from, and its type without the `&`.
pub(crate) enum Source<'a> {
    Lent(&'a Type),
    Sent(&'a Type),
}

const MUTABLE: &str = "the server lends `&T`, never `&mut T`\nhelp: put what changes in a field and take `&mut self`";
const STR: &str = "a payload argument is owned: use `String`\n\
    note: `&T` arguments are lent by the server, and `str` is the client's";
const SLICE: &str = "a payload argument is owned: use `Vec<_>` or `Bytes`";
const DYN: &str = "the server lends what it knows by type, and `dyn` hides the type\n\
    help: put it into a state and borrow that: `&State<Box<dyn ..>>`";
const NESTED: &str = "a payload argument is owned: nothing in it can be borrowed\n\
    help: use `String` for `&str`, `Vec<_>` for `&[_]`";
const IMPL: &str =
    "an argument needs a named type: `impl ..` leaves the choice to the caller, and the caller is a packet";

/// Reads the type of an argument.
pub(crate) fn source<'a>(ty: &'a Type, errors: &mut Errors) -> Option<Source<'a>> {
    let mark = errors.mark();
    let source = match peel(ty) {
        Type::Reference(reference) if reference.mutability.is_some() => return refuse(ty, MUTABLE, errors),
        Type::Reference(reference) => match peel(&reference.elem) {
            Type::Path(path) if path.path.is_ident("str") => return refuse(ty, STR, errors),
            Type::Slice(_) => return refuse(ty, SLICE, errors),
            Type::TraitObject(_) => return refuse(ty, DYN, errors),
            Type::ImplTrait(_) => return refuse(ty, IMPL, errors),
            lent => {
                if let Some(lifetime) = &reference.lifetime {
                    let message = "what is lent is lent for one call, and that has no name\nhelp: remove the lifetime";
                    errors.at(lifetime, message);
                }
                Source::Lent(lent)
            }
        },
        Type::ImplTrait(_) => return refuse(ty, IMPL, errors),
        sent => {
            if contains(sent.to_token_stream(), &|token| matches!(token, TokenTree::Punct(p) if p.as_char() == '&')) {
                return refuse(ty, NESTED, errors);
            }
            Source::Sent(sent)
        }
    };
    let (Source::Lent(inner) | Source::Sent(inner)) = source;
    if let Some(lifetime) = borrowed_for(inner.to_token_stream()) {
        let message = match source {
            Source::Lent(_) => format!("what is lent is lent for one call, and cannot name `'{lifetime}`"),
            Source::Sent(_) => format!("a payload argument is owned: it cannot borrow for `'{lifetime}`"),
        };
        errors.at(ty, message);
    }
    errors.clean_since(mark).then_some(source)
}

fn refuse<'a>(ty: &Type, message: &str, errors: &mut Errors) -> Option<Source<'a>> {
    errors.at(ty, message);
    None
}

/// Looks through parentheses and the invisible delimiters that `macro_rules!` puts around a `$ty:ty`.
fn peel(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => peel(&group.elem),
        Type::Paren(paren) => peel(&paren.elem),
        other => other,
    }
}

/// Whether the type is written `impl …`.
pub(crate) fn is_impl(ty: &Type) -> bool {
    contains(ty.to_token_stream(), &|token| matches!(token, TokenTree::Ident(ident) if ident == "impl"))
}

/// Whether the type is written `()`.
pub(crate) fn is_unit(ty: &Type) -> bool {
    matches!(peel(ty), Type::Tuple(tuple) if tuple.elems.is_empty())
}

/// The first lifetime that is not `'static`.
fn borrowed_for(tokens: TokenStream) -> Option<Ident> {
    let mut quoted = false;
    for token in tokens {
        match token {
            TokenTree::Punct(punct) => quoted = punct.as_char() == '\'',
            TokenTree::Ident(ident) if quoted && ident != "static" => return Some(ident),
            TokenTree::Group(group) => {
                if let Some(found) = borrowed_for(group.stream()) {
                    return Some(found);
                }
            }
            _ => quoted = false,
        }
    }
    None
}

/// Whether `such` is true for any token, at any depth.
pub(crate) fn contains(tokens: TokenStream, such: &dyn Fn(&TokenTree) -> bool) -> bool {
    tokens.into_iter().any(|token| match &token {
        TokenTree::Group(group) => contains(group.stream(), such),
        other => such(other),
    })
}

/// Replaces identifiers at any depth and keeps every span, because generated items cannot use `Self`, nor guards
/// `self`.
pub(crate) fn replace(tokens: TokenStream, with: &dyn Fn(&Ident) -> Option<TokenStream>) -> TokenStream {
    let one = |token| match token {
        TokenTree::Group(group) => {
            let mut replaced = Group::new(group.delimiter(), replace(group.stream(), with));
            replaced.set_span(group.span());
            TokenTree::Group(replaced).into()
        }
        TokenTree::Ident(ident) => with(&ident).unwrap_or_else(|| ident.into_token_stream()),
        other => TokenStream::from(other),
    };
    tokens.into_iter().map(one).collect()
}

/// `Self` in an expression, written out. In an expression a path with parameters needs `<..>` around it; in a type it
/// must have none.
pub(crate) fn owner(self_type: &Type, ident: &Ident) -> TokenStream {
    match peel(self_type) {
        Type::Path(path) if path.qself.is_none() && path.path.segments.iter().all(|part| part.arguments.is_none()) => {
            self_type.to_token_stream()
        }
        _ => quote_spanned!(ident.span()=> <#self_type>),
    }
}

/// A type with `Self` written out, and the place to report it at.
#[derive(Clone)]
pub(crate) struct Written {
    pub(crate) tokens: TokenStream,
    pub(crate) span: proc_macro2::Span,
    /// The type with the usual spaces, for messages.
    pub(crate) text: String,
}

impl Written {
    pub(crate) fn new(ty: &Type, self_type: &Type) -> Self {
        let tokens = replace(ty.to_token_stream(), &|ident| (ident == "Self").then(|| self_type.to_token_stream()));
        Self { tokens, span: ty.span(), text: text(ty) }
    }

    /// Whether the type is written like `Option<Ack<..>>`. The compiler checks whether it is that type.
    pub(crate) fn may_be_optional_ack(&self) -> bool {
        let has = |name: &str| {
            contains(self.tokens.clone(), &|token| matches!(token, TokenTree::Ident(ident) if ident == name))
        };
        has("Option") && has("Ack")
    }
}

impl ToTokens for Written {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.tokens.to_tokens(tokens);
    }
}

/// A type as text, without the extra spaces that a token stream prints.
pub(crate) fn text(ty: &Type) -> String {
    let spaced = ty.to_token_stream().to_string();
    let tight = [
        (" < ", "<"),
        ("< ", "<"),
        (" <", "<"),
        (" > ", ">"),
        (" >", ">"),
        (" :: ", "::"),
        (":: ", "::"),
        (" ,", ","),
        (" ;", ";"),
        ("& ", "&"),
    ];
    tight.iter().fold(spaced, |text, (from, to)| text.replace(from, to))
}
