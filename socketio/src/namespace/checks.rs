//! Checks of a method's arguments at compile time: `const fn`s that panic with a message if the arguments do not fit
//! together. Generated calls of these functions have the spans of the user's types, so that the compiler underlines the
//! type.

use super::facts::Takes;
use super::method::Method;
use super::sent::Sent;

/// Checks the by-value argument at `position` of an event's handler.
#[track_caller]
pub const fn check_sent<N: 'static, M: Method<N>>(position: usize) {
    let (sent, this) = (M::SENT, &M::SENT[position]);
    check_payload(this);
    check(
        !this.optional_ack,
        "an `Ack` is there for every event, whether or not the client asked for an acknowledgement\n\
         help: take the `Ack` without `Option`; `ack.is_wanted()` says whether the client asked",
    );
    let mut after = position + 1;
    while after < sent.len() {
        let followed = matches!(this.takes, Takes::Rest) && !sent[after].is_ack();
        check(!followed, "`Rest` takes all remaining arguments, so nothing can follow it");
        after += 1;
    }
    let required = matches!(this.takes, Takes::One) && !this.option;
    // Goes backwards, because the message names the nearest optional argument.
    let mut before = position;
    while before > 0 {
        before -= 1;
        let other = &sent[before];
        check(!this.is_ack() || !other.is_ack(), "a packet is acknowledged once: one `Ack` argument at most");
        if required && other.option {
            let required = ["`", this.name, ": ", this.ty, "` is required but follows `"];
            fail(&[&required, &[other.name, ": ", other.ty, "`, which may be missing"]]);
        }
    }
}

/// Checks an argument of `on_connect` that the client sends with CONNECT.
#[track_caller]
pub const fn check_auth<N: 'static, M: Method<N>>(position: usize) {
    let this = &M::SENT[position];
    check_payload(this);
    check(!this.is_ack(), "a CONNECT is answered by what `on_connect` returns, not through an `Ack`");
}

/// Checks an argument of a method with `#[server_event]`.
#[track_caller]
pub const fn check_server_event<N: 'static, M: Method<N>>(position: usize) {
    check_sent::<N, M>(position);
    check(!M::SENT[position].is_ack(), "another server is answered by what the method returns, not through an `Ack`");
}

#[track_caller]
const fn check_payload(this: &Sent) {
    if this.lent {
        let by_value = "` is lent by the server: by value it would be whatever the client sends. Write `&";
        fail(&[&["`", this.ty, by_value, this.ty, "`"]]);
    }
}

/// Checks that a method with an `Ack` among its arguments returns nothing; `output` is the type that it returns.
#[track_caller]
pub const fn check_answer<N: 'static, M: Method<N>>(is_unit: bool, output: &'static str) {
    let (sent, mut position) = (M::SENT, 0);
    while position < sent.len() {
        if sent[position].is_ack() && !is_unit {
            let through = ["`", M::NAME, "` answers twice: through `", sent[position].name, "` and by returning `"];
            fail(&[&through, &[output, "`\nhelp: return `()`"]]);
        }
        position += 1;
    }
}

/// Checks that a method with `#[event(once)]` answers by returning, and takes no `Ack`.
#[track_caller]
pub const fn check_once<N: 'static, M: Method<N>>() {
    let (sent, mut position) = (M::SENT, 0);
    while position < sent.len() {
        if sent[position].is_ack() {
            let ack = ["`", M::NAME, "` runs once for each id, so its answer is kept: it cannot be given through `"];
            fail(&[&ack, &[sent[position].name, "`\nhelp: return the answer"]]);
        }
        position += 1;
    }
}

/// Ends the compilation with `message`, underlining the caller.
#[track_caller]
#[expect(clippy::panic, reason = "evaluated by the compiler only: the panic is the compile error")]
pub const fn check(right: bool, message: &str) {
    if !right {
        panic!("{}", message);
    }
}

/// Ends the compilation with a message made of parts.
#[track_caller]
const fn fail(parts: &[&[&str]]) {
    let mut message = Message { text: [0; 1024], length: 0 };
    let mut line = 0;
    while line < parts.len() {
        let mut part = 0;
        while part < parts[line].len() {
            message.push(parts[line][part]);
            part += 1;
        }
        line += 1;
    }
    check(false, message.as_str());
}

/// A text that is put together at compile time, where there is no allocator.
struct Message {
    text: [u8; 1024],
    length: usize,
}

impl Message {
    /// Appends a part, or nothing if there is no room for it.
    const fn push(&mut self, part: &str) {
        let part = part.as_bytes();
        let mut at = 0;
        while at < part.len() && self.length - at + part.len() <= self.text.len() {
            self.text[self.length] = part[at];
            self.length += 1;
            at += 1;
        }
    }

    const fn as_str(&self) -> &str {
        match str::from_utf8(self.text.split_at(self.length).0) {
            Ok(text) => text,
            Err(_) => "the arguments do not fit together",
        }
    }
}
