//! Sections 5.2 to 5.6: reserved bits, opcodes, masks, lengths, fragments, and the control frames between them.

use tests::frames::{Form, MASK, frame, header, masked, ping};

use super::{Case, after};

/// The default of `max_payload`.
const LIMIT: usize = 1_000_000;

/// Opcodes that the standard defines, with their names.
const KNOWN: [(u8, &str); 6] =
    [(0x0, "continuation"), (0x1, "text"), (0x2, "binary"), (0x8, "close"), (0x9, "ping"), (0xa, "pong")];

pub(super) fn cases() -> Vec<Case> {
    [reserved(), masks(), lengths(), forms(), pings(), fragments(), fragments_misplaced(), cuts()].concat()
}

fn reserved() -> Vec<Case> {
    let mut cases = Vec::new();
    for (opcode, name) in KNOWN {
        for bits in 1..8_u8 {
            cases.push(Case::fails(
                format!("reserved bits {bits:03b} on {name}"),
                1002,
                &[frame(0x80 | bits << 4 | opcode, b"")],
            ));
        }
    }
    for opcode in (0x3..=0x7).chain(0xb..=0xf) {
        for (fin, name) in [(0x80, "whole"), (0x00, "not the last")] {
            cases.push(Case::fails(format!("unknown opcode {opcode:#x}, {name}"), 1002, &[frame(fin | opcode, b"4x")]));
        }
        let within = [frame(0x01, b"4a"), frame(0x80 | opcode, b"")];
        cases.push(Case::fails(format!("unknown opcode {opcode:#x} between fragments"), 1002, &within));
    }
    cases
}

fn masks() -> Vec<Case> {
    let mut cases = Vec::new();
    for (opcode, name) in KNOWN {
        let bytes = [header(0x80 | opcode, Form::Short, 2, None), b"4x".to_vec()].concat();
        cases.push(Case::fails(format!("{name} without a mask"), 1002, &[bytes]));
    }
    for mask in [[0; 4], [0xff; 4], [0x34, 0, 0, 0], [0, 0, 0, 1], [0x80; 4], *b"4abc"] {
        for length in [1, 3, 4, 5, 31, 200] {
            let text = format!("4{}", "m".repeat(length - 1));
            let form = if length > 125 { Form::Two } else { Form::Short };
            let bytes = [header(0x81, form, length as u64, Some(mask)), masked(text.as_bytes(), mask)].concat();
            cases.push(Case::new(format!("mask {mask:02x?} over {length} bytes"), &[bytes]).text(&text));
        }
    }
    cases
}

fn lengths() -> Vec<Case> {
    let mut cases = Vec::new();
    for length in
        [1, 2, 7, 8, 124, 125, 126, 127, 128, 255, 256, 1000, 4096, 65_534, 65_535, 65_536, 65_537, 200_000, LIMIT]
    {
        let text = format!("4{}", "x".repeat(length - 1));
        cases.push(Case::new(format!("a text of {length} bytes"), &[frame(0x81, text.as_bytes())]).text(&text));
        let data = vec![0xfe; length];
        cases.push(Case::new(format!("{length} bytes of data"), &[frame(0x82, &data)]).binary(&data));
    }
    cases.push(Case::new("0 bytes of data", &[frame(0x82, b"")]).binary(b""));
    for (first, name) in
        [(0x81, "a text"), (0x82, "data"), (0x01, "the first part of a text"), (0x02, "the first part of data")]
    {
        // No payload follows: the header is enough.
        for length in [LIMIT as u64 + 1, 1 << 20, 1 << 31, (1 << 32) - 1, 1 << 32, 1 << 40, 1 << 62, u64::MAX >> 1] {
            let bytes = header(first, Form::Eight, length, Some(MASK));
            cases.push(Case::fails(format!("{name} of {length} bytes announced"), 1009, &[bytes]));
        }
        for length in [1 << 63, u64::MAX] {
            let bytes = header(first, Form::Eight, length, Some(MASK));
            cases.push(Case::fails(
                format!("{name} of {length} bytes announced: the highest bit is set"),
                1002,
                &[bytes],
            ));
        }
    }
    cases
}

/// The shortest form is the only one, whatever the frame.
fn forms() -> Vec<Case> {
    let mut cases = Vec::new();
    for (opcode, name) in KNOWN {
        for (form, length) in [
            (Form::Two, 0),
            (Form::Two, 125),
            (Form::Eight, 0),
            (Form::Eight, 125),
            (Form::Eight, 126),
            (Form::Eight, 65_535),
        ] {
            let bytes = header(0x80 | opcode, form, length, Some(MASK));
            cases.push(Case::fails(format!("{name}: {length} bytes written as {form:?}"), 1002, &[bytes]));
        }
    }
    cases
}

fn pings() -> Vec<Case> {
    let mut cases = Vec::new();
    for length in [0, 1, 2, 64, 124, 125] {
        let payload = vec![0xa5; length];
        cases.push(
            Case::new(format!("a ping of {length} bytes"), &[ping(&payload), after()]).pong(&payload).text("4after"),
        );
        cases.push(
            Case::new(format!("a pong of {length} bytes that nobody asked for"), &[frame(0x8a, &payload), after()])
                .text("4after"),
        );
    }
    for length in [126, 127, 1000, 65_535, 65_536] {
        let payload = vec![0xa5; length];
        for (first, name) in [(0x89, "ping"), (0x8a, "pong"), (0x88, "close")] {
            cases.push(Case::fails(format!("a {name} of {length} bytes"), 1002, &[frame(first, &payload)]));
        }
    }
    for (first, name) in [(0x09, "ping"), (0x0a, "pong"), (0x08, "close")] {
        cases.push(Case::fails(format!("a {name} that is not the last of its message"), 1002, &[frame(first, b"")]));
    }
    let many: Vec<_> = (0..10).map(|n| ping(&[n])).collect();
    cases.push((0..10).fold(Case::new("ten pings in a row", &many), |case, n| case.pong([n])));
    cases.push(Case::new("a ping whose payload is not text", &[ping(b"\xff\xfe\x00")]).pong(b"\xff\xfe\x00"));
    cases
}

fn fragments() -> Vec<Case> {
    let mut cases = Vec::new();
    for parts in [2, 3, 5, 10, 50] {
        let text = format!("4{}", "f".repeat(parts - 1));
        for (opcode, name) in [(0x01, "a text"), (0x02, "data")] {
            let frames: Vec<_> = text
                .bytes()
                .enumerate()
                .map(|(at, byte)| {
                    let first = if at == 0 { opcode } else { 0 } | if at + 1 == parts { 0x80 } else { 0 };
                    frame(first, &[byte])
                })
                .collect();
            let case = Case::new(format!("{name} in {parts} frames"), &frames);
            cases.push(if opcode == 0x01 { case.text(&text) } else { case.binary(&text) });
            let pings: Vec<_> = frames.iter().flat_map(|frame| [frame.clone(), ping(b"between")]).collect();
            let case = (0..parts)
                .fold(Case::new(format!("{name} in {parts} frames with a ping behind each"), &pings), |case, _| {
                    case.pong("between")
                });
            cases.push(if opcode == 0x01 { case.text(&text) } else { case.binary(&text) });
        }
    }
    for (name, parts) in [
        ("the first is empty", ["", "4a", "b"]),
        ("the middle is empty", ["4a", "", "b"]),
        ("the last is empty", ["4a", "b", ""]),
        ("only the middle is not empty", ["", "4ab", ""]),
        ("only the last is not empty", ["", "", "4ab"]),
    ] {
        let [a, b, c] = parts.map(str::as_bytes);
        cases.push(
            Case::new(format!("a text in 3 frames: {name}"), &[frame(0x01, a), frame(0x00, b), frame(0x80, c)])
                .text("4ab"),
        );
        cases.push(
            Case::new(format!("data in 3 frames: {name}"), &[frame(0x02, a), frame(0x00, b), frame(0x80, c)])
                .binary("4ab"),
        );
    }
    cases
        .push(Case::new("data in 3 empty frames", &[frame(0x02, b""), frame(0x00, b""), frame(0x80, b"")]).binary(b""));
    cases.push(
        Case::new("pongs between fragments", &[frame(0x01, b"4a"), frame(0x8a, b"x"), frame(0x80, b"b")]).text("4ab"),
    );
    let two = [frame(0x01, b"4a"), frame(0x80, b"b"), frame(0x02, b"c"), frame(0x80, b"d"), after()];
    cases.push(Case::new("two messages in fragments, one after another", &two).text("4ab").binary("cd").text("4after"));
    let half = vec![b'4'; LIMIT / 2];
    let whole = [&half[..], &half].concat();
    cases.push(
        Case::new("a text that reaches the limit in two frames", &[frame(0x01, &half), frame(0x80, &half)])
            .text(&whole),
    );
    for (opcode, name) in [(0x01, "a text"), (0x02, "data")] {
        let beyond = [frame(opcode, &half), frame(0x00, &half), header(0x80, Form::Short, 1, Some(MASK))];
        cases.push(Case::fails(format!("{name} that passes the limit with its third frame"), 1009, &beyond));
    }
    cases
}

fn fragments_misplaced() -> Vec<Case> {
    let mut cases = Vec::new();
    for (first, name) in [(0x80, "the last"), (0x00, "not the last")] {
        cases.push(Case::fails(format!("a continuation of nothing, {name}"), 1002, &[frame(first, b"x")]));
        let fragment = [frame(first, b"x")];
        cases.push(
            Case::fails(format!("a continuation behind a whole message, {name}"), 1002, &fragment)
                .behind(&[after()])
                .text("4after"),
        );
        let ended = [frame(0x01, b"4a"), frame(0x80, b"b")];
        cases.push(
            Case::fails(format!("a continuation behind the last fragment, {name}"), 1002, &fragment)
                .behind(&ended)
                .text("4ab"),
        );
        cases.push(
            Case::fails(format!("a continuation of a ping, {name}"), 1002, &fragment).behind(&[ping(b"")]).pong(b""),
        );
    }
    for (begun, begun_name) in [(0x01, "a text"), (0x02, "data")] {
        for (first, name) in
            [(0x81, "a text"), (0x82, "data"), (0x01, "the first part of a text"), (0x02, "the first part of data")]
        {
            let bytes = [frame(begun, b"4a"), frame(first, b"4b")];
            cases.push(Case::fails(format!("{name} while {begun_name} is not at its end"), 1002, &bytes));
        }
    }
    cases
}

/// The connection ends within a frame: nothing is made of it.
fn cuts() -> Vec<Case> {
    let mut cases = Vec::new();
    for (name, bytes) in [
        ("a small text", frame(0x81, b"4x")),
        ("a text with a length in two bytes", frame(0x81, &[b'4'; 130])),
        ("data with a length in eight bytes", frame(0x82, &[0; 65_536])),
    ] {
        for at in 0..16.min(bytes.len()) {
            cases.push(Case::cut(format!("{name}, of which {at} bytes come"), &bytes[..at]));
        }
    }
    cases.push(Case::cut("a message without its last fragment", &[frame(0x01, b"4a"), frame(0x00, b"b")].concat()));
    cases.push(
        Case::cut("a message, and the beginning of another", &frame(0x81, b"4b")[..5])
            .behind(&[after()])
            .text("4after"),
    );
    cases
}
