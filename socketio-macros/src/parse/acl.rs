//! The grammar of `#[acl]`. The runtime checks the grants when an event arrives.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::{Parse, ParseStream};
use syn::{BinOp, Expr, ExprLit, ExprPath, ExprUnary, Lit, LitStr, Token, UnOp};

/// ```text
/// acl       := [ grants | "public" ] [ "," ] [ "if" expression ] [ "," ]
/// ```
/// Without anything: the grant named after the event.
#[derive(Clone, Default)]
pub(crate) struct Acl {
    pub(crate) grants: Option<Grants>,
    pub(crate) public: bool,
    pub(crate) guard: Option<Expr>,
}

/// ```text
/// grants    := "name" | path | grants "&&" grants | grants "||" grants | "!" grants | "(" grants ")"
/// ```
/// with the precedence of Rust.
#[derive(Clone)]
pub(crate) enum Grants {
    Name(LitStr),
    Path(ExprPath),
    Not(Box<Grants>),
    And(Box<Grants>, Box<Grants>),
    Or(Box<Grants>, Box<Grants>),
}

const EXPECTED: &str = "expected a grant, such as \"admin\" or Role::Admin\n\
    help: a condition on the arguments goes after `if`: #[acl(if self.owner == id)]";
const PUBLIC_ALONE: &str = "`public` opens the event to everyone, so no grant can stand beside it";
const OPERATOR: &str = "grants are combined with `&&`, `||` and `!`";

impl Acl {
    /// Whether this is a bare `#[acl]`.
    pub(crate) fn is_bare(&self) -> bool {
        self.grants.is_none() && self.guard.is_none() && !self.public
    }
}

impl Parse for Acl {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        let mut acl = Self::default();
        if !input.is_empty() && !input.peek(Token![if]) {
            let expression = input.parse::<Expr>()?;
            if is_public(&expression) {
                acl.public = true;
            } else {
                acl.grants = Some(Grants::new(expression)?);
            }
            if input.peek(Token![,]) {
                input.parse::<Token![,]>()?;
            }
        }
        if input.peek(Token![if]) {
            let token = input.parse::<Token![if]>()?;
            if input.is_empty() {
                return Err(syn::Error::new_spanned(token, "expected a condition after `if`"));
            }
            acl.guard = Some(input.parse()?);
            input.parse::<Option<Token![,]>>()?;
        }
        if input.is_empty() {
            return Ok(acl);
        }
        Err(input.error("expected `if` and a condition, or nothing more\nhelp: grants are combined with `&&` and `||`"))
    }
}

fn is_public(expression: &Expr) -> bool {
    matches!(expression, Expr::Path(path) if path.path.is_ident("public"))
}

impl Grants {
    fn new(expression: Expr) -> syn::Result<Self> {
        if is_public(&expression) {
            return Err(syn::Error::new_spanned(expression, PUBLIC_ALONE));
        }
        match expression {
            Expr::Lit(ExprLit { lit: Lit::Str(name), .. }) => Ok(Self::Name(name)),
            Expr::Path(path) => Ok(Self::Path(path)),
            Expr::Paren(inner) => Self::new(*inner.expr),
            Expr::Group(inner) => Self::new(*inner.expr),
            Expr::Unary(ExprUnary { op: UnOp::Not(_), expr, .. }) => Ok(Self::Not(Box::new(Self::new(*expr)?))),
            Expr::Binary(both) => match both.op {
                BinOp::And(_) => Ok(Self::And(Box::new(Self::new(*both.left)?), Box::new(Self::new(*both.right)?))),
                BinOp::Or(_) => Ok(Self::Or(Box::new(Self::new(*both.left)?), Box::new(Self::new(*both.right)?))),
                BinOp::BitAnd(_) | BinOp::BitOr(_) | BinOp::BitXor(_) => {
                    Err(syn::Error::new_spanned(both.op, OPERATOR))
                }
                _ => Err(syn::Error::new_spanned(both, EXPECTED)),
            },
            other => Err(syn::Error::new_spanned(other, EXPECTED)),
        }
    }
}

/// Whether an expression waits for something, so that it cannot run in a `fn` that runs at once.
pub(crate) fn awaits(expression: &Expr) -> bool {
    fn any(tokens: TokenStream) -> bool {
        tokens.into_iter().any(|token| match token {
            TokenTree::Ident(ident) => ident == "await",
            TokenTree::Group(group) => any(group.stream()),
            _ => false,
        })
    }
    any(expression.to_token_stream())
}
