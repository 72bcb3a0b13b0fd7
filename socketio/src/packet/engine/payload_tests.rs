//! Polling bodies: round trips, the first error ends a body, and arbitrary bytes.

use proptest::prelude::*;

use super::*;

fn all(body: &'static [u8]) -> Vec<Result<Packet, PayloadError>> {
    decode(std::str::from_utf8(body).unwrap()).collect()
}

#[test]
fn splits_texts_and_binaries() {
    let body = "4hällo\u{1e}bAQIDBA==\u{1e}2\u{1e}4".as_bytes();
    let packets = all(body);
    assert_eq!(packets.len(), 4);
    let Ok(Packet::Text(Kind::Message, range)) = &packets[0] else { panic!("{packets:?}") };
    assert_eq!(&body[range.clone()], "hällo".as_bytes());
    assert_eq!(packets[1], Ok(Packet::Binary(Bytes::from_static(&[1, 2, 3, 4]))));
    assert_eq!(packets[2], Ok(Packet::Text(Kind::Ping, 19..19)));
    assert_eq!(packets[3], Ok(Packet::Text(Kind::Message, 21..21)));
}

#[test]
fn stops_at_the_first_bad_packet() {
    let first = Ok(Packet::Text(Kind::Message, 1..2));
    for (body, error) in [
        (&b"4a\x1e\x1e4b"[..], PayloadError::EmptyPacket),
        (b"4a\x1e", PayloadError::EmptyPacket),
        (b"4a\x1e7\x1e4b", PayloadError::UnknownType),
        (b"4a\x1eabc", PayloadError::UnknownType),
        (b"4a\x1e\xc3\xa9", PayloadError::UnknownType),
        (b"4a\x1eb?\x1e4b", PayloadError::IllegalBase64),
        (b"4a\x1ebAQ-_\x1e4b", PayloadError::IllegalBase64),
        (b"4a\x1ebA", PayloadError::IllegalBase64),
        (b"4a\x1eb A==", PayloadError::IllegalBase64),
    ] {
        assert_eq!(all(body), [first.clone(), Err(error)], "{body:?}");
    }
    assert_eq!(all(b""), [Err(PayloadError::EmptyPacket)]);
}

#[test]
fn padding_may_be_absent() {
    for text in ["b", "bAQ==", "bAQ", "bAQI=", "bAQI", "bAQID"] {
        let bytes = decode_binary(text).unwrap();
        assert_eq!(bytes.as_ref(), &[1, 2, 3][..bytes.len()], "{text}");
    }
    assert_eq!(decode_binary("AQID"), Err(PayloadError::UnknownType));
}

#[test]
fn an_empty_queue_is_an_empty_body() {
    assert!(encode_all([].iter()).is_empty());
}

fn frames() -> impl Strategy<Value = Vec<Frame>> {
    let text = "[^\u{1e}]{0,20}".prop_map(|text| Frame::message(&text));
    let binary = prop::collection::vec(any::<u8>(), 0..20).prop_map(Frame::binary);
    prop::collection::vec(prop_oneof![text, binary], 1..8)
}

proptest! {
    #[test]
    fn what_is_encoded_is_decoded(frames in frames()) {
        let body = encode_all(frames.iter());
        prop_assert!(body.capacity() <= frames.iter().map(encoded_len).sum::<usize>() + frames.len());
        let body = String::from_utf8(body).unwrap();
        let read = decode(&body).map(|packet| match packet.unwrap() {
            Packet::Text(kind, range) => {
                assert_eq!(kind, Kind::Message);
                Frame::message(&body[range])
            }
            Packet::Binary(bytes) => Frame::binary(bytes),
        });
        prop_assert_eq!(read.collect::<Vec<_>>(), frames);
    }

    #[test]
    fn no_text_panics(body in any::<String>()) {
        let packets = decode(&body).collect::<Vec<_>>();
        let first_error = packets.iter().position(Result::is_err).unwrap_or(packets.len());
        prop_assert!(packets.len() <= first_error + 1);
    }

    #[test]
    fn no_likely_text_panics(body in "[0-7bA=\u{1e}é]{0,30}") {
        for packet in decode(&body) {
            if let Ok(Packet::Text(_, range)) = packet {
                prop_assert!(body.get(range).is_some());
            }
        }
    }
}
