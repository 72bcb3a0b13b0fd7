//! Section 8.1: text is UTF-8, which is judged over all frames of a message. Every text is sent whole, and cut in two frames at each
//! byte; one that is no UTF-8 fails with 1007 wherever it is cut.

use tests::frames::frame;

use super::Case;

const VALID: [(&str, &str); 18] = [
    ("nothing but the packet's type", ""),
    ("NUL", "\0"),
    ("U+007F", "\u{7f}"),
    ("U+0080, the first of two bytes", "\u{80}"),
    ("U+07FF, the last of two bytes", "\u{7ff}"),
    ("U+0800, the first of three bytes", "\u{800}"),
    ("U+D7FF, below the surrogates", "\u{d7ff}"),
    ("U+E000, above the surrogates", "\u{e000}"),
    ("U+FEFF, a byte order mark", "\u{feff}"),
    ("U+FFFD", "\u{fffd}"),
    ("U+FFFE, which is no character", "\u{fffe}"),
    ("U+FFFF, the last of three bytes", "\u{ffff}"),
    ("U+10000, the first of four bytes", "\u{10000}"),
    ("U+1FFFF, which is no character", "\u{1ffff}"),
    ("U+10FFFF, the last of all", "\u{10ffff}"),
    ("Greek", "κόσμε"),
    ("a family", "👩\u{200d}👩\u{200d}👧"),
    ("all lengths", "a¢€𐍈"),
];

const INVALID: [(&str, &[u8]); 40] = [
    ("a continuation byte alone (80)", b"\x80"),
    ("a continuation byte alone (bf)", b"\xbf"),
    ("two continuation bytes alone", b"\x80\xbf"),
    ("a continuation byte too many", b"\xc3\xa9\xa9"),
    ("c0 80, NUL in two bytes", b"\xc0\x80"),
    ("c0 af, a slash in two bytes", b"\xc0\xaf"),
    ("c1 bf, U+007F in two bytes", b"\xc1\xbf"),
    ("e0 80 80, NUL in three bytes", b"\xe0\x80\x80"),
    ("e0 80 af, a slash in three bytes", b"\xe0\x80\xaf"),
    ("e0 9f bf, U+07FF in three bytes", b"\xe0\x9f\xbf"),
    ("f0 80 80 80, NUL in four bytes", b"\xf0\x80\x80\x80"),
    ("f0 8f bf bf, U+FFFF in four bytes", b"\xf0\x8f\xbf\xbf"),
    ("ed a0 80, the first high surrogate", b"\xed\xa0\x80"),
    ("ed af bf, the last high surrogate", b"\xed\xaf\xbf"),
    ("ed b0 80, the first low surrogate", b"\xed\xb0\x80"),
    ("ed bf bf, the last low surrogate", b"\xed\xbf\xbf"),
    ("a pair of surrogates", b"\xed\xa0\xbd\xed\xb8\x80"),
    ("f4 90 80 80, beyond the last", b"\xf4\x90\x80\x80"),
    ("f5 80 80 80, beyond the last", b"\xf5\x80\x80\x80"),
    ("f7 bf bf bf, beyond the last", b"\xf7\xbf\xbf\xbf"),
    ("f8, the first of five bytes", b"\xf8\x88\x80\x80\x80"),
    ("fb, the first of five bytes", b"\xfb\xbf\xbf\xbf\xbf"),
    ("fc, the first of six bytes", b"\xfc\x84\x80\x80\x80\x80"),
    ("fd, the first of six bytes", b"\xfd\xbf\xbf\xbf\xbf\xbf"),
    ("fe", b"\xfe"),
    ("ff", b"\xff"),
    ("fe fe ff ff", b"\xfe\xfe\xff\xff"),
    ("one byte of two at the end", b"\xc2"),
    ("one byte of three at the end", b"\xe1"),
    ("two bytes of three at the end", b"\xe1\x80"),
    ("one byte of four at the end", b"\xf1"),
    ("two bytes of four at the end", b"\xf1\x80"),
    ("three bytes of four at the end", b"\xf1\x80\x80"),
    ("one byte of two, then a letter", b"\xc2a"),
    ("two bytes of three, then a letter", b"\xe1\x80a"),
    ("three bytes of four, then a letter", b"\xf1\x80\x80a"),
    ("one byte of two, then another character", b"\xc2\xc3\xa9"),
    ("two bytes of three, then another character", b"\xe1\x80\xc3\xa9"),
    (
        "behind a hundred letters",
        b"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\xff",
    ),
    ("before a letter", b"\xffx"),
];

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (name, text) in VALID {
        let text = format!("4{text}");
        cases.push(Case::new(format!("text: {name}"), &[frame(0x81, text.as_bytes())]).text(&text));
        for at in 0..=text.len() {
            let (a, b) = text.as_bytes().split_at(at);
            let frames = [frame(0x01, a), frame(0x80, b)];
            cases.push(Case::new(format!("text: {name}, cut at byte {at}"), &frames).text(&text));
        }
        let bytes: Vec<_> = text.bytes().map(|byte| frame(0x00, &[byte])).collect();
        let frames = [vec![frame(0x01, b"")], bytes, vec![frame(0x80, b"")]].concat();
        cases.push(Case::new(format!("text: {name}, a frame for each byte"), &frames).text(&text));
    }
    for (name, bytes) in INVALID {
        let text = [b"4", bytes].concat();
        cases.push(Case::fails(format!("not UTF-8: {name}"), 1007, &[frame(0x81, &text)]));
        for at in 1..text.len().min(8) {
            let (a, b) = text.split_at(at);
            cases.push(Case::fails(
                format!("not UTF-8: {name}, cut at byte {at}"),
                1007,
                &[frame(0x01, a), frame(0x80, b)],
            ));
        }
        // As data it is none of the server's business.
        cases.push(Case::new(format!("data: {name}"), &[frame(0x82, &text)]).binary(&text));
    }
    // What can no more become UTF-8 is refused before the message is at its end.
    for (name, bytes) in [
        ("ff", &b"4\xff"[..]),
        ("a surrogate", b"4\xed\xa0"),
        ("too long a form", b"4\xe0\x80"),
        ("beyond the last", b"4\xf4\x90"),
    ] {
        cases.push(Case::fails(
            format!("not UTF-8 in the first of several frames: {name}"),
            1007,
            &[frame(0x01, bytes)],
        ));
    }
    cases
}
