//! The grammar of the options of `#[namespace(…)]`.

use proc_macro2::{Span, TokenStream};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Ident, LitStr, Path, Token, Type, parenthesized, token};

use super::acl::Acl;
use super::attributes::Case;
use super::path;
use crate::errors::Errors;

/// ```text
/// options := [ "/path" ] ( "," option )*
/// option  := "emits" "=" type | "acl" [ "(" acl ")" ] | "rename_all" "=" "case" | "manual" | "crate" "=" path
/// ```
#[derive(Default)]
pub(crate) struct Options {
    pub(crate) path: Option<LitStr>,
    pub(crate) emits: Option<Type>,
    pub(crate) acl: Option<Acl>,
    pub(crate) rename_all: Option<Case>,
    pub(crate) manual: bool,
    pub(crate) runtime: Option<Path>,
    /// The names of the given options, to refuse options that are repeated or do not fit the item.
    pub(crate) given: Vec<Ident>,
}

const KNOWN: [&str; 5] = ["emits", "acl", "rename_all", "manual", "crate"];

/// Reads all options; after a wrong option, continues after the next comma.
pub(crate) fn parse(tokens: TokenStream, errors: &mut Errors) -> Options {
    let mut options = Options::default();
    let read = |input: ParseStream| {
        if input.peek(LitStr) {
            let literal = input.parse()?;
            path::check(&literal, errors);
            options.path = Some(literal);
            end_of_option(input, errors);
        }
        while !input.is_empty() {
            if let Err(error) = options.option(input) {
                errors.push(error);
                skip_option(input)?;
            }
            end_of_option(input, errors);
        }
        Ok(())
    };
    if let Err(error) = read.parse2(tokens) {
        errors.push(error);
    }
    options
}

impl Options {
    fn option(&mut self, input: ParseStream) -> syn::Result<()> {
        if input.peek(LitStr) {
            return Err(input.error("the path comes first, and there is one"));
        }
        let key = input.call(Ident::parse_any)?;
        if self.given.contains(&key) {
            return Err(syn::Error::new_spanned(&key, format!("`{key}` is given twice")));
        }
        match key.to_string().as_str() {
            "emits" => self.emits = Some(value(input)?),
            "acl" if input.peek(token::Paren) => {
                let content;
                parenthesized!(content in input);
                self.acl = Some(content.parse()?);
            }
            "acl" => self.acl = Some(Acl::default()),
            "rename_all" => self.rename_all = Some(value(input)?),
            "manual" => self.manual = true,
            "crate" => {
                input.parse::<Token![=]>()?;
                self.runtime = Some(input.call(Path::parse_mod_style)?);
            }
            _ => return Err(unknown(&key)),
        }
        self.given.push(key);
        Ok(())
    }
}

fn unknown(key: &Ident) -> syn::Error {
    let known: Vec<_> = KNOWN.iter().map(|name| format!("`{name}`")).collect();
    syn::Error::new_spanned(key, format!("unknown option `{key}`, expected one of: {}", known.join(", ")))
}

/// `"=" value`
fn value<T: syn::parse::Parse>(input: ParseStream) -> syn::Result<T> {
    input.parse::<Token![=]>()?;
    input.parse()
}

/// Reads the comma after an option; any other token is an error.
fn end_of_option(input: ParseStream, errors: &mut Errors) {
    if input.is_empty() {
        return;
    }
    let span: Span = input.span();
    if input.parse::<Token![,]>().is_err() {
        errors.at_span(span, "expected `,`");
        // Cannot fail, because the input is not empty.
        let _ = skip_option(input);
        let _ = input.parse::<Option<Token![,]>>();
    }
}

fn skip_option(input: ParseStream) -> syn::Result<()> {
    while !input.is_empty() && !input.peek(Token![,]) {
        input.parse::<proc_macro2::TokenTree>()?;
    }
    Ok(())
}
