//! Writes MessagePack, each value in its shortest form.

use crate::packet::value::Value;

/// Whole numbers up to here are exact in JavaScript. Larger ones that were written as floats stay floats, because notepack.io reads some
/// of them wrongly as integers.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Appends a value.
pub(crate) fn value(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Null => out.push(0xc0),
        Value::Bool(false) => out.push(0xc2),
        Value::Bool(true) => out.push(0xc3),
        Value::Number(number) => match (number.as_u64(), number.as_i64(), number.as_f64()) {
            (Some(number), _, _) => uint(out, number),
            (_, Some(number), _) => negative(out, number),
            (_, _, float) => self::float(out, float.unwrap_or_default()),
        },
        Value::String(string) => text(out, string),
        Value::Array(elements) => {
            array(out, elements.len());
            elements.iter().for_each(|element| self::value(out, element));
        }
        Value::Object(entries) => {
            map(out, entries.len());
            for (key, entry) in entries.iter() {
                text(out, key);
                self::value(out, entry);
            }
        }
        Value::Binary(bytes) => binary(out, bytes),
    }
}

/// The form of a length or number: the largest value that it holds, its first byte, and its size in bytes.
type Form = (u64, u8, usize);

/// Appends the first byte of the first form that holds `number`, and the number. The last form holds every number that is asked for.
fn shortest(out: &mut Vec<u8>, number: u64, forms: &[Form]) {
    let Some((_, first, size)) = forms.iter().find(|(most, ..)| number <= *most).or(forms.last()) else { return };
    out.push(*first);
    out.extend_from_slice(&number.to_be_bytes()[8 - size..]);
}

const ONE: u64 = u8::MAX as u64;
const TWO: u64 = u16::MAX as u64;
const FOUR: u64 = u32::MAX as u64;

/// Appends an unsigned integer.
fn uint(out: &mut Vec<u8>, number: u64) {
    match number {
        0..=0x7f => out.push(number as u8),
        _ => shortest(out, number, &[(ONE, 0xcc, 1), (TWO, 0xcd, 2), (FOUR, 0xce, 4), (u64::MAX, 0xcf, 8)]),
    }
}

fn negative(out: &mut Vec<u8>, number: i64) {
    let (first, size) = match number {
        -0x20..=-1 => return out.push(number as u8),
        -0x80..0 => (0xd0, 1),
        -0x8000..0 => (0xd1, 2),
        -0x8000_0000..0 => (0xd2, 4),
        _ => (0xd3, 8),
    };
    out.push(first);
    out.extend_from_slice(&number.to_be_bytes()[8 - size..]);
}

fn float(out: &mut Vec<u8>, number: f64) {
    if number.fract() == 0.0 && number.abs() <= EXACT && (number != 0.0 || number.is_sign_positive()) {
        return if number < 0.0 { negative(out, number as i64) } else { uint(out, number as u64) };
    }
    out.push(0xcb);
    out.extend_from_slice(&number.to_be_bytes());
}

/// Appends text.
fn text(out: &mut Vec<u8>, text: &str) {
    match text.len() {
        length @ 0..=0x1f => out.push(0xa0 | length as u8),
        length => shortest(out, length as u64, &[(ONE, 0xd9, 1), (TWO, 0xda, 2), (FOUR, 0xdb, 4)]),
    }
    out.extend_from_slice(text.as_bytes());
}

/// Appends binary data.
fn binary(out: &mut Vec<u8>, bytes: &[u8]) {
    shortest(out, bytes.len() as u64, &[(ONE, 0xc4, 1), (TWO, 0xc5, 2), (FOUR, 0xc6, 4)]);
    out.extend_from_slice(bytes);
}

/// Begins an array, whose elements follow.
fn array(out: &mut Vec<u8>, length: usize) {
    match length {
        0..=0x0f => out.push(0x90 | length as u8),
        _ => shortest(out, length as u64, &[(TWO, 0xdc, 2), (FOUR, 0xdd, 4)]),
    }
}

/// Begins a map, whose keys and values follow.
fn map(out: &mut Vec<u8>, length: usize) {
    match length {
        0..=0x0f => out.push(0x80 | length as u8),
        _ => shortest(out, length as u64, &[(TWO, 0xde, 2), (FOUR, 0xdf, 4)]),
    }
}
