//! The rules of RFC 6455 one by one. Random frames are compared with what tungstenite makes of them in `fuzz`.

use proptest::{collection::vec, prelude::*};

use super::*;

#[path = "reader_fuzz.rs"]
mod fuzz;

const MAX: usize = 3000;
const MASK: [u8; 4] = [0x11, 0x82, 0xf3, 0x04];

/// A frame as a client sends it.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    match payload.len() {
        length @ 0..=125 => frame.push(0x80 | length as u8),
        length @ 126..=0xffff => {
            frame.push(0x80 | 126);
            frame.extend_from_slice(&(length as u16).to_be_bytes());
        }
        length => {
            frame.push(0x80 | 127);
            frame.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
    frame.extend_from_slice(&MASK);
    let begin = frame.len();
    frame.extend_from_slice(payload);
    unmask(&mut frame[begin..], MASK);
    frame
}

/// Everything that is read out of the bytes when they come in pieces of these sizes, again and again; and the fault, if
/// there is one.
fn read(reader: &mut Reader, bytes: &[u8], sizes: &[usize]) -> (Vec<Event>, Option<Fault>) {
    let mut events = Vec::new();
    let (mut rest, mut sizes) = (bytes, sizes.iter().cycle());
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(rest.len().min(*sizes.next().unwrap()));
        rest = after;
        let mut piece = piece.to_vec();
        let mut at = 0;
        while at < piece.len() {
            match reader.read(&mut piece[at..]) {
                Ok((n, event)) => {
                    assert!(event.is_some() || at + n == piece.len(), "all is used when there is no event");
                    at += n;
                    events.extend(event);
                }
                Err(fault) => return (events, Some(fault)),
            }
        }
    }
    (events, None)
}

fn read_all(bytes: &[u8]) -> (Vec<Event>, Option<Fault>) {
    let whole = read(&mut Reader::new(MAX), bytes, &[usize::MAX]);
    assert_eq!(read(&mut Reader::new(MAX), bytes, &[1]), whole, "byte by byte");
    whole
}

fn text(text: &str) -> Event {
    Event::Text(text.into())
}

#[test]
fn messages_are_put_together_and_control_frames_may_stand_between() {
    let bytes = [
        frame(0x81, "hé".as_bytes()),
        frame(0x82, &[7; 300]),
        frame(0x82, b""),
        // A character in two frames.
        frame(0x01, b"h\xc3"),
        frame(0x89, b"ping"),
        frame(0x00, b""),
        frame(0x8a, b""),
        frame(0x80, b"\xa9"),
        frame(0x02, b""),
        frame(0x80, b"b"),
        frame(0x88, b"\x03\xe8"),
    ];
    let events = vec![
        text("hé"),
        Event::Binary(Bytes::from_static(&[7; 300])),
        Event::Binary(Bytes::new()),
        Event::Ping(Bytes::from_static(b"ping")),
        Event::Pong,
        text("hé"),
        Event::Binary(Bytes::from_static(b"b")),
        Event::Close(Bytes::from_static(b"\x03\xe8")),
    ];
    assert_eq!(read_all(&bytes.concat()), (events, None));
}

#[test]
fn frames_in_the_wrong_place_are_refused() {
    for bytes in [
        frame(0x80, b"x"),
        frame(0x00, b"x"),
        [frame(0x01, b"x"), frame(0x81, b"x")].concat(),
        [frame(0x02, b"x"), frame(0x01, b"x")].concat(),
        [frame(0x01, b"x"), frame(0x80, b"x"), frame(0x80, b"x")].concat(),
    ] {
        assert!(matches!(read_all(&bytes), (_, Some(Fault::Protocol(_)))), "{bytes:?}");
    }
}

#[test]
fn a_text_that_is_none_is_refused_at_the_first_frame_that_shows_it() {
    for bytes in [
        frame(0x81, b"a\xff"),
        frame(0x81, b"\xc3"),
        frame(0x01, b"\xff"),
        [frame(0x01, b"\xc3"), frame(0x00, b"x")].concat(),
        [frame(0x01, b"\xc3"), frame(0x80, b"")].concat(),
        // A surrogate, across frames.
        [frame(0x01, b"\xed"), frame(0x00, b"\xa0")].concat(),
    ] {
        assert_eq!(read_all(&bytes).1, Some(Fault::Utf8), "{bytes:?}");
    }
}

#[test]
fn the_limit_is_looked_at_before_the_payload_comes() {
    let header = |first: u8, length: u64| [&[first, 0x80 | 127][..], &length.to_be_bytes(), &MASK].concat();
    for length in [0x1_0000, 1 << 40, u64::MAX >> 1] {
        assert_eq!(read_all(&header(0x82, length)), (vec![], Some(Fault::Size)));
    }
    assert_eq!(read_all(&frame(0x82, &[0; MAX])).1, None);
    assert_eq!(read_all(&frame(0x82, &[0; MAX + 1])[..8]).1, Some(Fault::Size));
    let begun = [frame(0x02, &[0; MAX - 1]), frame(0x00, b"x")].concat();
    assert_eq!(read_all(&begun), (vec![], None));
    assert_eq!(read_all(&[&begun[..], &frame(0x80, b"x")].concat()).1, Some(Fault::Size));
    assert!(matches!(read_all(&[&begun[..], &frame(0x80, b"")].concat()), (all, None) if all.len() == 1));
}

#[test]
fn memory_is_taken_as_a_message_comes_and_not_when_it_is_announced() {
    const LARGE: usize = 10 << 20;
    let mut reader = Reader::new(LARGE);
    let bytes = frame(0x82, &vec![7; LARGE]);
    let (begin, rest) = bytes.split_at(100);
    assert_eq!(read(&mut reader, begin, &[100]), (vec![], None));
    assert!(reader.message.capacity() <= 2 * AHEAD);
    let (half, rest) = rest.split_at(LARGE / 2);
    assert_eq!(read(&mut reader, half, &[AHEAD]), (vec![], None));
    assert!(reader.message.capacity() <= LARGE, "never more than was announced");
    let (events, fault) = read(&mut reader, rest, &[AHEAD]);
    assert_eq!((events, fault), (vec![Event::Binary(vec![7; LARGE].into())], None));
    assert_eq!(reader.message.capacity(), 0, "nothing is left behind");
}

proptest! {
    #[test]
    fn any_bytes_in_any_pieces_come_to_the_same(bytes in vec(any::<u8>(), 0..200), sizes in vec(1..20_usize, 1..6)) {
        let whole = read(&mut Reader::new(MAX), &bytes, &[usize::MAX]);
        prop_assert_eq!(read(&mut Reader::new(MAX), &bytes, &sizes), whole);
    }
}
