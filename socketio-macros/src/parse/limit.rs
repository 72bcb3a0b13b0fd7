//! `#[limit("10/s", burst = 20)]`: the rate of events that one client may send. The bounds are those of the runtime's
//! token buckets.

use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Ident, LitInt, LitStr, Meta, Token};

use crate::errors::Errors;

/// ```text
/// limit := "limit" "(" "rate" [ "," "burst" "=" number ] [ "," ] ")"
/// rate  := number "/" [ number ] unit
/// unit  := "ms" | "s" | "min" | "h"
/// ```
#[derive(Clone, Copy)]
pub(crate) struct Limit {
    pub(crate) count: u32,
    pub(crate) millis: u64,
    pub(crate) burst: u32,
}

/// The highest count and burst.
const MOST: u32 = 1_000_000;
/// The longest time, in milliseconds.
const DAY: u64 = 24 * 3600 * 1000;

const UNITS: [(&str, u64); 4] = [("ms", 1), ("s", 1000), ("min", 60_000), ("h", 3_600_000)];

/// Reads an attribute. A second one of a method or an impl is an error.
pub(crate) fn take(attribute: Attribute, taken: &mut Option<(Attribute, Limit)>, errors: &mut Errors) {
    if taken.is_some() {
        return errors.at(&attribute, "`#[limit]` is given twice");
    }
    if matches!(attribute.meta, Meta::Path(_)) {
        return errors.at(&attribute, "a limit needs a rate: #[limit(\"10/s\")]");
    }
    let limit = errors.ok(attribute.parse_args());
    *taken = limit.map(|limit| (attribute, limit));
}

impl Parse for Limit {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        if !input.peek(LitStr) {
            return Err(input.error("a limit begins with its rate, such as \"10/s\""));
        }
        let rate: LitStr = input.parse()?;
        let (count, millis) = read(&rate)?;
        let mut limit = Self { count, millis, burst: count };
        if input.parse::<Option<Token![,]>>()?.is_some() && !input.is_empty() {
            let key = input.call(Ident::parse_any)?;
            if key != "burst" {
                return Err(syn::Error::new_spanned(&key, format!("unknown option `{key}`, expected `burst`")));
            }
            input.parse::<Token![=]>()?;
            let burst: LitInt = input.parse()?;
            limit.burst = burst
                .base10_parse()
                .ok()
                .filter(|burst| (1..=MOST).contains(burst))
                .ok_or_else(|| syn::Error::new(burst.span(), format!("a burst is from 1 to {MOST} events")))?;
            input.parse::<Option<Token![,]>>()?;
        }
        if input.is_empty() { Ok(limit) } else { Err(input.error("nothing follows the rate and `burst`")) }
    }
}

/// The count and the milliseconds of a rate.
fn read(literal: &LitStr) -> syn::Result<(u32, u64)> {
    let written = literal.value();
    let error = |message: String| Err(syn::Error::new(literal.span(), message));
    let parts = written.split_once('/').and_then(|(count, time)| {
        let digits = time.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = time.split_at(digits);
        let number: u64 = if number.is_empty() { 1 } else { number.parse().ok()? };
        let (_, millis) = UNITS.iter().find(|(name, _)| *name == unit)?;
        let is_number = !count.is_empty() && count.bytes().all(|byte| byte.is_ascii_digit());
        // A number that is too large for its type is too large for the bounds.
        is_number.then(|| (count.parse().unwrap_or(u32::MAX), number.saturating_mul(*millis)))
    });
    let Some((count, millis)) = parts else {
        let help = "help: write a count and a time: \"10/s\", \"100/min\", \"1/500ms\"";
        return error(format!("{written:?} is no rate\n{help}\nnote: the units are `ms`, `s`, `min` and `h`"));
    };
    if !(1..=MOST).contains(&count) {
        return error(format!("a limit is from 1 to {MOST} events"));
    }
    if !(1..=DAY).contains(&millis) {
        return error("the time of a limit is from 1 ms to 24 h".to_owned());
    }
    Ok((count, millis))
}
