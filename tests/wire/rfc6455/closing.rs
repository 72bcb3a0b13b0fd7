//! Sections 5.5.1 and 7: close frames, their codes and reasons, and what comes behind them.

use tests::frames::{Form, MASK, frame, header, ping};

use super::{Case, after};

pub(super) fn cases() -> Vec<Case> {
    [codes(), reasons(), order()].concat()
}

/// A client that closes with this payload; the server's answer is given by `closes` or a code.
fn close(payload: &[u8]) -> Vec<u8> {
    frame(0x88, payload)
}

fn codes() -> Vec<Case> {
    let mut cases = vec![
        Case::closes("a close frame without a code", b"", &[close(b"")]),
        Case::fails("half a close code", 1002, &[close(b"\x03")]),
    ];
    for code in
        [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 3000, 3001, 3999, 4000, 4001, 4999_u16]
    {
        cases.push(Case::fails(format!("close code {code}"), code, &[close(&code.to_be_bytes())]));
    }
    // Not assigned, reserved for use within a program, or out of range.
    for code in [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 1999, 2000, 2999, 5000, 9999, 65_535_u16] {
        cases.push(Case::fails(
            format!("close code {code}, which is not for the wire"),
            1002,
            &[close(&code.to_be_bytes())],
        ));
    }
    cases
}

fn reasons() -> Vec<Case> {
    let with = |reason: &[u8]| [&1000_u16.to_be_bytes()[..], reason].concat();
    let mut cases = Vec::new();
    for length in [1, 2, 64, 122, 123] {
        let payload = with(&vec![b'r'; length]);
        cases.push(Case::closes(format!("a reason of {length} bytes"), &payload, &[close(&payload)]));
    }
    let payload = with("wörd €𝄞".as_bytes());
    cases.push(Case::closes("a reason with characters of all lengths", &payload, &[close(&payload)]));
    cases.push(Case::fails("a reason of 124 bytes", 1002, &[close(&with(&[b'r'; 124]))]));
    for (name, reason) in [
        ("ff", &b"\xff"[..]),
        ("half a character", b"x\xc3"),
        ("a surrogate", b"\xed\xa0\x80"),
        ("a slash in two bytes", b"\xc0\xaf"),
    ] {
        cases.push(Case::fails(format!("a reason that is no UTF-8: {name}"), 1007, &[close(&with(reason))]));
    }
    cases
}

fn order() -> Vec<Case> {
    let normal = close(&1000_u16.to_be_bytes());
    vec![
        Case::new("a message, then the close frame", &[after()]).text("4after"),
        Case::fails("a message behind the close frame", 1000, &[normal.clone(), after()]),
        Case::fails("a ping behind the close frame", 1000, &[normal.clone(), ping(b"late")]),
        Case::fails("a second close frame", 1000, &[normal.clone(), close(&1001_u16.to_be_bytes())]),
        Case::fails("a frame against the rules behind the close frame", 1000, &[normal.clone(), frame(0xf3, b"")]),
        Case::fails("a close frame between fragments", 1000, &[frame(0x01, b"4a"), normal, frame(0x80, b"b")]),
        Case::new("a ping, then the close frame", &[ping(b"p")]).pong("p"),
        Case::fails("a message, then a frame against the rules", 1002, &[frame(0x83, b"")])
            .behind(&[after()])
            .text("4after"),
        Case::fails("a message behind a frame against the rules", 1002, &[frame(0x83, b""), after()]),
        Case::fails("a ping behind a text that is none", 1007, &[frame(0x81, b"4\xff"), ping(b"late")]),
        Case::fails(
            "a close frame behind a header that announces too much",
            1009,
            &[header(0x82, Form::Eight, 1 << 40, Some(MASK))],
        ),
        Case::cut("nothing at all", b""),
    ]
}
