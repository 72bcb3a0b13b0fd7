//! The attributes of one method, variant or type: removes ours, copies `#[cfg]` and documentation.

use std::fmt;

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, ExprLit, Ident, Lit, LitStr, Meta, Token, Type};

use super::acl::Acl;
use super::limit::{self, Limit};
use crate::errors::Errors;

/// The attributes of a method.
#[derive(Default)]
pub(crate) struct Attributes {
    /// `#[acl]`, `#[acl(…)]`: each with its parsed content.
    pub(crate) acl: Vec<(Attribute, Acl)>,
    /// `#[event("name", …)]`; no names only with `once`.
    pub(crate) event: Option<(Attribute, Vec<LitStr>)>,
    /// The field of `#[event(once = "field")]`.
    pub(crate) once: Option<String>,
    /// `#[server_event]`, `#[server_event("name")]`
    pub(crate) server_event: Option<(Attribute, Option<LitStr>)>,
    /// `#[limit("10/s", burst = 20)]`
    pub(crate) limit: Option<(Attribute, Limit)>,
    /// `#[fallback]`
    pub(crate) fallback: Option<Attribute>,
    /// `#[before]`, `#[after]`, `#[on_error]`
    pub(crate) hooks: Vec<(Attribute, HookKind)>,
    pub(crate) cfg: Vec<Attribute>,
    /// A constant expression: the documentation.
    pub(crate) docs: TokenStream,
}

const OURS: [&str; 8] = ["acl", "event", "server_event", "limit", "fallback", "before", "after", "on_error"];

/// Which hook a method is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum HookKind {
    Before,
    After,
    OnError,
}

impl HookKind {
    fn of(attribute: &Attribute) -> Option<Self> {
        let kinds = [("before", Self::Before), ("after", Self::After), ("on_error", Self::OnError)];
        kinds.into_iter().find_map(|(name, kind)| attribute.path().is_ident(name).then_some(kind))
    }
}

impl fmt::Display for HookKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Before => "#[before]",
            Self::After => "#[after]",
            Self::OnError => "#[on_error]",
        })
    }
}

/// Removes our attributes from a method's, and reads them.
pub(crate) fn take(from: &mut Vec<Attribute>, errors: &mut Errors) -> Attributes {
    let mut taken = Attributes { docs: docs(from), ..Attributes::default() };
    taken.cfg = from.iter().filter(|attribute| attribute.path().is_ident("cfg")).cloned().collect();
    let mut kept = Vec::new();
    for attribute in from.drain(..) {
        let path = attribute.path();
        if path.is_ident("cfg_attr") && is_hiding(&attribute, errors) {
            continue;
        }
        if path.is_ident("acl") {
            let acl = match &attribute.meta {
                Meta::Path(_) => Some(Acl::default()),
                _ => errors.ok(attribute.parse_args::<Acl>()),
            };
            taken.acl.extend(acl.map(|acl| (attribute, acl)));
        } else if path.is_ident("event") {
            take_event(attribute, &mut taken, errors);
        } else if path.is_ident("server_event") {
            take_server_event(attribute, &mut taken, errors);
        } else if path.is_ident("limit") {
            limit::take(attribute, &mut taken.limit, errors);
        } else if path.is_ident("fallback") {
            if let Err(error) = attribute.meta.require_path_only() {
                errors.push(error);
            }
            taken.fallback = Some(attribute);
        } else if let Some(kind) = HookKind::of(&attribute) {
            if let Err(error) = attribute.meta.require_path_only() {
                errors.push(error);
            }
            taken.hooks.push((attribute, kind));
        } else {
            kept.push(attribute);
        }
    }
    *from = kept;
    taken
}

/// Refuses our attributes in `#[cfg_attr]`, because it is not expanded yet when the macro runs, and an `#[acl]` would
/// be ignored.
fn is_hiding(attribute: &Attribute, errors: &mut Errors) -> bool {
    let Meta::List(list) = &attribute.meta else { return false };
    let mut behind_predicate = list.tokens.clone().into_iter().skip_while(|token| !is_comma(token));
    let ours =
        behind_predicate.find(|token| matches!(token, TokenTree::Ident(ident) if OURS.iter().any(|our| ident == our)));
    if let Some(ours) = &ours {
        let help = "help: write the method twice, under a `#[cfg]` each";
        errors.at(ours, format!("`#[{ours}]` cannot stand in `#[cfg_attr]`\n{help}"));
    }
    ours.is_some()
}

fn is_comma(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',')
}

/// ```text
/// event := "event" "(" item ( "," item )* [ "," ] ")"
/// item  := "name" | "once" [ "=" "field" ]
/// ```
fn take_event(attribute: Attribute, taken: &mut Attributes, errors: &mut Errors) {
    const WANTED: &str = "an event needs a name: #[event(\"user:typing\")]";
    if taken.event.is_some() {
        return errors.at(&attribute, "several names go into one attribute: #[event(\"a\", \"b\")]");
    }
    if matches!(attribute.meta, Meta::Path(_)) {
        return errors.at(&attribute, WANTED);
    }
    let items = attribute.parse_args_with(Punctuated::<Item, Token![,]>::parse_terminated);
    let Some(items) = errors.ok(items) else { return };
    if items.is_empty() {
        errors.at(&attribute, WANTED);
    }
    let mut names = Vec::new();
    for item in items {
        match item {
            Item::Name(name) => names.push(name),
            Item::Once(key, _) if taken.once.is_some() => errors.at(key, "`once` is given twice"),
            Item::Once(_, field) => taken.once = Some(field),
        }
    }
    taken.event = Some((attribute, names));
}

/// `server_event := "server_event" [ "(" "name" [ "," ] ")" ]`
fn take_server_event(attribute: Attribute, taken: &mut Attributes, errors: &mut Errors) {
    if taken.server_event.is_some() {
        return errors.at(&attribute, "a method handles one server event: `#[server_event]` is given twice");
    }
    let read = |input: ParseStream| {
        if input.peek(Ident::peek_any) {
            let key = input.call(Ident::parse_any)?;
            return Err(syn::Error::new_spanned(&key, format!("unknown option `{key}`, expected a name")));
        }
        let name: LitStr = input.parse()?;
        input.parse::<Option<Token![,]>>()?;
        match input.parse::<Option<LitStr>>()? {
            Some(second) => Err(syn::Error::new(second.span(), "a method handles one server event: write one name")),
            None => Ok(name),
        }
    };
    let name = match &attribute.meta {
        Meta::Path(_) => None,
        _ => errors.ok(attribute.parse_args_with(read)),
    };
    taken.server_event = Some((attribute, name));
}

/// An item of `#[event(…)]` on a method.
enum Item {
    Name(LitStr),
    Once(Ident, String),
}

impl Parse for Item {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        if !input.peek(syn::Ident::peek_any) {
            return input.parse().map(Self::Name);
        }
        let key = input.call(Ident::parse_any)?;
        if key != "once" {
            return Err(syn::Error::new_spanned(&key, format!("unknown option `{key}`, expected a name, or `once`")));
        }
        if input.parse::<Option<Token![=]>>()?.is_none() {
            return Ok(Self::Once(key, "_id".to_owned()));
        }
        let field: LitStr = input.parse()?;
        if field.value().is_empty() {
            return Err(syn::Error::new(field.span(), "`once` needs the name of a field, such as \"_id\""));
        }
        Ok(Self::Once(key, field.value()))
    }
}

/// All doc comments as one expression of type `&'static str`: a literal, unless `#[doc = some_macro!()]` is among them.
fn docs(attributes: &[Attribute]) -> TokenStream {
    let mut plain = Some(String::new());
    let mut parts = Vec::new();
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("doc")) {
        let Meta::NameValue(pair) = &attribute.meta else { continue };
        if !parts.is_empty() {
            parts.push(quote!("\n"));
        }
        if let Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) = &pair.value {
            let text = text.value();
            let text = text.strip_prefix(' ').unwrap_or(&text);
            if let Some(plain) = &mut plain {
                plain.push_str(if parts.is_empty() { "" } else { "\n" });
                plain.push_str(text);
            }
            parts.push(text.to_token_stream());
        } else {
            plain = None;
            parts.push(pair.value.to_token_stream());
        }
    }
    match plain {
        Some(text) => text.trim_end().to_token_stream(),
        None => quote!(::core::concat!(#(#parts),*)),
    }
}

/// `event := "event" "(" [ "name" ] ( "," option )* ")"`, `option := "rename_all" "=" "case" | "ack" "=" type | "crate" "=" path`
///
/// The attribute of a derive, on the type or on a variant; `#[grant(…)]` has the same form and fewer options.
#[derive(Default)]
pub(crate) struct Derive {
    pub(crate) name: Option<LitStr>,
    pub(crate) rename_all: Option<(Attribute, Case)>,
    pub(crate) ack: Option<(Attribute, Type)>,
    pub(crate) runtime: Option<(Attribute, syn::Path)>,
}

/// Reads the attributes called `called` and the options of them that are `known`.
pub(crate) fn derive(attributes: &[Attribute], called: &str, known: &[&str], errors: &mut Errors) -> Derive {
    let mut derive = Derive::default();
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident(called)) {
        let read = |input: ParseStream| {
            while !input.is_empty() {
                if input.peek(LitStr) {
                    let name: LitStr = input.parse()?;
                    if derive.name.is_some() {
                        return Err(syn::Error::new(name.span(), "the name is given twice"));
                    }
                    derive.name = Some(name);
                } else {
                    derive.option(attribute, known, input)?;
                }
                if !input.is_empty() {
                    input.parse::<Token![,]>()?;
                }
            }
            Ok(())
        };
        if let Err(error) = attribute.parse_args_with(read) {
            errors.push(error);
        }
    }
    derive
}

impl Derive {
    fn option(&mut self, attribute: &Attribute, known: &[&str], input: ParseStream) -> syn::Result<()> {
        let key = input.call(Ident::parse_any)?;
        if !known.iter().any(|name| key == name) {
            let known: Vec<_> = known.iter().map(|name| format!("`{name}`")).collect();
            let known =
                if known.is_empty() { "a name".to_owned() } else { format!("a name, or one of: {}", known.join(", ")) };
            return Err(syn::Error::new_spanned(&key, format!("unknown option `{key}`, expected {known}")));
        }
        input.parse::<Token![=]>()?;
        let attribute = attribute.clone();
        match key.to_string().as_str() {
            "rename_all" => self.rename_all = Some((attribute, input.parse()?)),
            "ack" => self.ack = Some((attribute, input.parse()?)),
            _ => self.runtime = Some((attribute, input.call(syn::Path::parse_mod_style)?)),
        }
        Ok(())
    }
}

/// The cases of names, with the same words as serde's `rename_all`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Case {
    Lower,
    Upper,
    Pascal,
    Camel,
    Snake,
    ScreamingSnake,
    Kebab,
    ScreamingKebab,
}

const CASES: [(&str, Case); 8] = [
    ("lowercase", Case::Lower),
    ("UPPERCASE", Case::Upper),
    ("PascalCase", Case::Pascal),
    ("camelCase", Case::Camel),
    ("snake_case", Case::Snake),
    ("SCREAMING_SNAKE_CASE", Case::ScreamingSnake),
    ("kebab-case", Case::Kebab),
    ("SCREAMING-KEBAB-CASE", Case::ScreamingKebab),
];

/// `case := "lowercase" | "UPPERCASE" | …`
impl Parse for Case {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        let literal: LitStr = input.parse()?;
        let written = literal.value();
        CASES.iter().find(|(name, _)| *name == written).map(|(_, case)| *case).ok_or_else(|| {
            let names: Vec<_> = CASES.iter().map(|(name, _)| format!("\"{name}\"")).collect();
            syn::Error::new(literal.span(), format!("unknown case {written:?}, expected one of: {}", names.join(", ")))
        })
    }
}
