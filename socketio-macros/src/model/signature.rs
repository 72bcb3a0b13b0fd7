//! The signature of a method that a packet calls.

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use syn::spanned::Spanned;
use syn::{FnArg, GenericParam, Ident, ReceiverKind, ReturnType, Type};

use super::argument::{self, Argument};
use super::types::{self, Written};
use crate::errors::Errors;

/// A method with its arguments read.
pub(crate) struct Method {
    pub(crate) name: Ident,
    pub(crate) is_async: bool,
    pub(crate) receiver: Option<Receiver>,
    pub(crate) arguments: Vec<Argument>,
    pub(crate) output: Output,
    /// The line of its name in the file.
    pub(crate) line: u32,
}

/// `self` in one of its forms.
pub(crate) struct Receiver {
    pub(crate) form: Form,
    /// The token `self`, whose hygiene a guard's `self` shares.
    pub(crate) span: Span,
    /// The whole receiver, to report it at.
    pub(crate) tokens: TokenStream,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Shared,
    Exclusive,
    Value,
}

/// What a method returns.
pub(crate) enum Output {
    /// No return type, or `()`.
    Nothing,
    Type(Written),
    /// `impl Trait`: a type without a name.
    Hidden(Written),
}

impl Output {
    /// The span for errors about the return type.
    pub(crate) fn span(&self, otherwise: Span) -> Span {
        match self {
            Output::Nothing => otherwise,
            Output::Type(ty) | Output::Hidden(ty) => ty.span,
        }
    }
}

impl Method {
    /// What the client sent.
    pub(crate) fn payload(&self) -> impl Iterator<Item = &Argument> {
        self.arguments.iter().filter(|argument| !argument.lent)
    }

    /// What the server lends.
    pub(crate) fn lent(&self) -> impl Iterator<Item = &Argument> {
        self.arguments.iter().filter(|argument| argument.lent)
    }
}

/// Reads a signature; `None` if anything in it is wrong.
pub(crate) fn read(signature: &syn::Signature, self_type: &Type, errors: &mut Errors) -> Option<Method> {
    let mark = errors.mark();
    let name = &signature.ident;
    generics(signature, errors);
    if !matches!(signature.safety, syn::Safety::Default) {
        errors.at(&signature.safety, format!("`{name}` must not be `unsafe`: a packet cannot promise anything"));
    }
    let mut receiver = None;
    let mut arguments = Vec::new();
    for (position, input) in signature.inputs.iter().enumerate() {
        match input {
            FnArg::Receiver(found) => receiver = self::receiver(found, errors),
            FnArg::Typed(found) => arguments.extend(argument::read(found, position, self_type, errors)),
        }
    }
    let output = match &signature.output {
        ReturnType::Default => Output::Nothing,
        ReturnType::Type(_, ty) if types::is_unit(ty) => Output::Nothing,
        ReturnType::Type(_, ty) if types::is_impl(ty) => Output::Hidden(Written::new(ty, self_type)),
        ReturnType::Type(_, ty) => Output::Type(Written::new(ty, self_type)),
    };
    let is_async = signature.asyncness.is_some();
    let line = line(name.span());
    let method = Method { name: name.clone(), is_async, receiver, arguments, output, line };
    errors.clean_since(mark).then_some(method)
}

/// Refuses parameters: of types because a call from a packet cannot choose them, of lifetimes because such a call
/// cannot name them.
fn generics(signature: &syn::Signature, errors: &mut Errors) {
    let (name, generics) = (&signature.ident, &signature.generics);
    if generics.params.is_empty() {
        return;
    }
    if generics.params.iter().all(|param| matches!(param, GenericParam::Lifetime(_))) {
        let help = "help: remove the lifetime; what is lent is lent for one call";
        errors.at(generics, format!("`{name}` must not name lifetimes\n{help}"));
    } else {
        errors.at(generics, format!("`{name}` must not be generic: the packet decides nothing about types"));
    }
}

fn receiver(receiver: &syn::Receiver, errors: &mut Errors) -> Option<Receiver> {
    let form = match &receiver.kind {
        ReceiverKind::Value => Form::Value,
        ReceiverKind::Reference(_, None, mutable) => {
            if mutable.is_some() {
                Form::Exclusive
            } else {
                Form::Shared
            }
        }
        ReceiverKind::Reference(_, Some(lifetime), _) => {
            errors.at(lifetime, "the instance is lent for one call, and that has no name\nhelp: remove the lifetime");
            return None;
        }
        _ => {
            errors.at(
                receiver,
                "write the receiver as `&self` or `&mut self`: how the instance is kept is the server's business",
            );
            return None;
        }
    };
    Some(Receiver { form, span: receiver.self_token.span(), tokens: receiver.to_token_stream() })
}

/// The line of a token in its file; 0 where there is no compiler to ask, as in this crate's tests.
pub(crate) fn line(span: Span) -> u32 {
    if !proc_macro::is_available() {
        return 0;
    }
    u32::try_from(span.unwrap().line()).unwrap_or(0)
}
