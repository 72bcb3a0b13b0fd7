//! Bodies of real clients and servers, and that whatever is written is read back.

use bytes::Bytes;
use proptest::prelude::*;

use super::*;

fn texts(body: &str) -> Result<Vec<&str>, PayloadError> {
    let (mut all, mut rest) = (Vec::new(), body);
    loop {
        let (packet, after) = split_text(rest)?;
        all.push(packet);
        rest = after;
        if rest.is_empty() {
            return Ok(all);
        }
    }
}

fn packets(body: &[u8]) -> Result<Vec<Packet<'_>>, PayloadError> {
    let (mut all, mut rest) = (Vec::new(), body);
    loop {
        let (packet, after) = split_binary(rest)?;
        all.push(packet);
        rest = after;
        if rest.is_empty() {
            return Ok(all);
        }
    }
}

fn text_body(frames: &[Frame]) -> String {
    let mut out = Vec::new();
    frames.iter().for_each(|frame| push_text(&mut out, frame));
    String::from_utf8(out).unwrap()
}

fn binary_body(frames: &[Frame]) -> Vec<u8> {
    let mut out = Vec::new();
    frames.iter().for_each(|frame| push_binary(&mut out, frame));
    out
}

#[test]
fn text_as_on_the_wire() {
    assert_eq!(texts("6:4hello2:4€"), Ok(vec!["4hello", "4€"]));
    assert_eq!(texts("1:12:40"), Ok(vec!["1", "40"]));
    // The emoji is two units.
    assert_eq!(texts("4:4😀a1:2"), Ok(vec!["4😀a", "2"]));
    // A client of 1.7: the length counts what doubling has made of the text.
    assert_eq!(texts("7:4Ã©â\u{82}¬a"), Ok(vec!["4Ã©â\u{82}¬a"]));
    let frames = [Frame::message("hello"), Frame::message("€😀"), Frame::binary(&b"\x01\x02\x03\x04"[..])];
    assert_eq!(text_body(&frames), "6:4hello4:4€😀10:b4AQIDBA==");
}

#[test]
fn bytes_as_on_the_wire() {
    let body = b"\x00\x02\xff40\x01\x05\xff\x04\x01\x02\x03\xff";
    assert_eq!(packets(body), Ok(vec![Packet::Text(b"40"), Packet::Binary(b"\x04\x01\x02\x03\xff")]));
    assert_eq!(binary_body(&[Frame::text("40"), Frame::binary(&b"\x01\x02\x03\xff"[..])]), body);
    let long = Frame::text(vec![b'4'; 95]);
    assert!(binary_body(std::slice::from_ref(&long)).starts_with(b"\x00\x09\x05\xff4"));
    assert_eq!(binary_body(&[Frame::message("é")]), b"\x00\x03\xff4\xc3\xa9");
}

/// Bodies of text that real servers and clients have sent, and the packets in them.
#[test]
fn golden_text() {
    let open = r#"0{"sid":"v7F7HN34mgEPBUh4AAAE","upgrades":["websocket"],"pingInterval":1000,"pingTimeout":2000}"#;
    let golden: [(String, &[&str]); 6] = [
        (format!("95:{open}2:40"), &[open, "40"]),
        (r#"38:420["echo",1,"é€😀",{"a":[true,null]}]"#.into(), &[r#"420["echo",1,"é€😀",{"a":[true,null]}]"#]),
        (r#"12:42["tick",1]12:42["tick",2]"#.into(), &[r#"42["tick",1]"#, r#"42["tick",2]"#]),
        (r#"41:451-["bin",{"_placeholder":true,"num":0}]"#.into(), &[r#"451-["bin",{"_placeholder":true,"num":0}]"#]),
        // From a client of 1.7: the text is encoded twice, and the length counts that.
        (
            "43:420[\"echo\",1,\"Ã©â\u{82}¬ð\u{9f}\u{98}\u{80}\",{\"a\":[true,null]}]".into(),
            &["420[\"echo\",1,\"Ã©â\u{82}¬ð\u{9f}\u{98}\u{80}\",{\"a\":[true,null]}]"],
        ),
        ("1:6".into(), &["6"]),
    ];
    for (body, packets) in golden {
        assert_eq!(texts(&body).as_deref(), Ok(packets));
        let frames: Vec<Frame> = packets.iter().map(|packet| Frame::text(packet.as_bytes().to_vec())).collect();
        assert_eq!(text_body(&frames), body);
    }
}

/// The same of bytes, all of them from 1.0.6 and 1.7.4.
#[test]
fn golden_bytes() {
    let golden: [(&[u8], &[&[u8]]); 5] = [
        (b"\x00\x02\xff40", &[b"40"]),
        (
            b"\x00\x03\x06\xff430[1,\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\",{\"a\":[true,null]}]",
            &["430[1,\"é€😀\",{\"a\":[true,null]}]".as_bytes()],
        ),
        (b"\x00\x02\x01\xff423[\"question\",\"why\"]", &[b"423[\"question\",\"why\"]"]),
        (b"\x00\x01\x02\xff42[\"tick\",1]\x00\x01\x02\xff42[\"tick\",2]", &[b"42[\"tick\",1]", b"42[\"tick\",2]"]),
        (
            b"\x00\x04\x01\xff451-[\"bin\",{\"_placeholder\":true,\"num\":0}]",
            &[b"451-[\"bin\",{\"_placeholder\":true,\"num\":0}]"],
        ),
    ];
    for (body, expected) in golden {
        let expected_packets: Vec<_> = expected.iter().map(|text| Packet::Text(text)).collect();
        assert_eq!(packets(body), Ok(expected_packets));
        let frames: Vec<Frame> = expected.iter().map(|packet| Frame::text(packet.to_vec())).collect();
        assert_eq!(binary_body(&frames), body);
    }
    let attachment = b"\x01\x05\xff\x04\x01\x02\x03\xff";
    assert_eq!(packets(attachment), Ok(vec![Packet::Binary(b"\x04\x01\x02\x03\xff")]));
}

#[test]
fn bad_bodies_are_refused() {
    use PayloadError::{EmptyPacket, IllegalLength, UnknownType};
    for (body, error) in [
        ("", EmptyPacket),
        ("0:", EmptyPacket),
        ("4hello", IllegalLength),
        (":4", IllegalLength),
        ("3:4a", IllegalLength),
        ("2:4😀", IllegalLength),
        ("-1:4", IllegalLength),
        ("99999999999999999999:4", IllegalLength),
        ("2:4a5", IllegalLength),
    ] {
        assert_eq!(texts(body), Err(error), "{body}");
    }
    let bytes: [(&[u8], PayloadError); 7] = [
        (b"", EmptyPacket),
        (b"\x00\x00\xff", EmptyPacket),
        (b"\x00\xff4", IllegalLength),
        (b"\x00\x02\xff4", IllegalLength),
        (b"\x00\x0a\xff4", IllegalLength),
        (b"\x00\x01", IllegalLength),
        (b"\x02\x01\xff4", UnknownType),
    ];
    for (body, error) in bytes {
        assert_eq!(packets(body), Err(error), "{body:?}");
    }
}

#[test]
fn doubling_is_recognised() {
    assert_eq!(undouble("plain"), Doubled::Unknown);
    assert_eq!(undouble("Ã©"), Doubled::Yes("é".to_owned()));
    // What clients from 1.0 to 1.7 post for `é€😀`.
    assert_eq!(undouble("Ã©â\u{82}¬ð\u{9f}\u{98}\u{80}"), Doubled::Yes("é€😀".to_owned()));
    // A single `é`, and anything beyond U+00FF, was encoded once.
    assert_eq!(undouble("é"), Doubled::No);
    assert_eq!(undouble("Ã©€"), Doubled::No);
}

fn frames() -> impl Strategy<Value = Vec<Frame>> {
    let text = any::<String>().prop_map(|text| Frame::message(&text));
    let binary = prop::collection::vec(any::<u8>(), 0..20).prop_map(|data| Frame::binary(Bytes::from(data)));
    prop::collection::vec(prop_oneof![text, binary], 1..6)
}

proptest! {
    #[test]
    fn text_reads_back(frames in frames()) {
        let body = text_body(&frames);
        let read = texts(&body).unwrap();
        prop_assert_eq!(read.len(), frames.len());
        for (read, frame) in read.iter().zip(&frames) {
            match read.strip_prefix("b4") {
                Some(data) => prop_assert_eq!(&payload::decode_binary(&format!("b{data}")).unwrap(), frame.bytes()),
                None => prop_assert_eq!(read.as_bytes(), frame.bytes()),
            }
        }
    }

    #[test]
    fn bytes_read_back(frames in frames()) {
        let body = binary_body(&frames);
        let read = packets(&body).unwrap();
        prop_assert_eq!(read.len(), frames.len());
        for (read, frame) in read.iter().zip(&frames) {
            match read {
                Packet::Text(text) => prop_assert_eq!(*text, frame.bytes()),
                Packet::Binary(data) => prop_assert_eq!(&data[1..], frame.bytes()),
            }
        }
    }

    #[test]
    fn anything_is_survived(text in any::<String>(), data in prop::collection::vec(any::<u8>(), 0..60)) {
        let _ = texts(&text);
        let _ = texts(&format!("{}:{text}", text.len()));
        let _ = packets(&data);
        let _ = undouble(&text);
    }

    #[test]
    fn doubled_text_is_undoubled(text in any::<String>()) {
        let doubled: String = text.bytes().map(char::from).collect();
        let expected = if text.is_ascii() { Doubled::Unknown } else { Doubled::Yes(text) };
        prop_assert_eq!(undouble(&doubled), expected);
    }
}
