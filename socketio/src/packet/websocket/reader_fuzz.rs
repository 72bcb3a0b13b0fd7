//! Random frames in random pieces, valid and not, and what tungstenite makes of the same bytes.

use std::io::{self, Cursor, Read, Write};

use proptest::{collection::vec, prelude::*, sample::Index};
use tokio_tungstenite::tungstenite::{
    Error, Message,
    protocol::{Role, WebSocket, WebSocketConfig},
};

use super::*;
use crate::fuzz::fuzz;
use crate::packet::websocket::close;

/// The other end of tungstenite: bytes in, nothing out.
struct Wire(Cursor<Vec<u8>>);

impl Read for Wire {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match self.0.read(buf)? {
            0 => Err(io::ErrorKind::WouldBlock.into()),
            n => Ok(n),
        }
    }
}

impl Write for Wire {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        Ok(buf.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What is compared: messages and pings as they are, and that the client has closed.
#[derive(Debug, PartialEq)]
enum Seen {
    Text(String),
    Binary(Bytes),
    Ping(Bytes),
    Pong,
    Close,
}

/// What tungstenite sees up to a close frame, and whether it finds fault.
fn expected(bytes: &[u8]) -> (Vec<Seen>, bool) {
    let config = WebSocketConfig::default().max_message_size(Some(MAX)).max_frame_size(Some(MAX));
    let mut socket = WebSocket::from_raw_socket(Wire(Cursor::new(bytes.to_vec())), Role::Server, Some(config));
    let mut seen = Vec::new();
    loop {
        seen.push(match socket.read() {
            Ok(Message::Text(text)) => Seen::Text(text.as_str().to_owned()),
            Ok(Message::Binary(data)) => Seen::Binary(data),
            Ok(Message::Ping(data)) => Seen::Ping(data),
            Ok(Message::Pong(_)) => Seen::Pong,
            Ok(Message::Close(_)) => {
                seen.push(Seen::Close);
                return (seen, false);
            }
            Ok(Message::Frame(_)) => unreachable!("never read"),
            Err(Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => return (seen, false),
            Err(_) => return (seen, true),
        });
    }
}

/// The same of ours. A close frame is judged as the WebSocket judges it, and ends the reading.
fn actual(bytes: &[u8], sizes: &[usize]) -> (Vec<Seen>, bool) {
    let (events, fault) = read(&mut Reader::new(MAX), bytes, sizes);
    let mut seen = Vec::new();
    for event in events {
        seen.push(match event {
            Event::Text(text) => Seen::Text(text.as_str().to_owned()),
            Event::Binary(data) => Seen::Binary(data),
            Event::Ping(data) => Seen::Ping(data),
            Event::Pong => Seen::Pong,
            Event::Close(payload) => {
                if close::answer(&payload).is_err() {
                    return (seen, true);
                }
                seen.push(Seen::Close);
                return (seen, false);
            }
        });
    }
    (seen, fault.is_some())
}

/// How the length of a payload is written.
#[derive(Clone, Copy, Debug)]
enum Form {
    Shortest,
    Two,
    Eight,
}

/// A frame as a client might send it.
#[derive(Clone, Debug)]
struct Sent {
    /// FIN, the reserved bits and the opcode.
    first: u8,
    mask: Option<[u8; 4]>,
    form: Form,
    payload: Vec<u8>,
}

impl Sent {
    fn shortest(&self) -> Form {
        match self.payload.len() {
            0..=125 => Form::Shortest,
            126..=0xffff => Form::Two,
            _ => Form::Eight,
        }
    }

    /// tungstenite accepts such a length; RFC 6455 5.2 does not.
    fn is_longer_than_needed(&self) -> bool {
        matches!((self.form, self.shortest()), (Form::Two, Form::Shortest) | (Form::Eight, Form::Shortest | Form::Two))
    }

    fn write(&self, out: &mut Vec<u8>) {
        let masked = if self.mask.is_some() { 0x80 } else { 0 };
        let form = if self.is_longer_than_needed() { self.form } else { self.shortest() };
        out.push(self.first);
        match form {
            Form::Shortest => out.push(masked | self.payload.len() as u8),
            Form::Two => {
                out.push(masked | 126);
                out.extend_from_slice(&(self.payload.len() as u16).to_be_bytes());
            }
            Form::Eight => {
                out.push(masked | 127);
                out.extend_from_slice(&(self.payload.len() as u64).to_be_bytes());
            }
        }
        out.extend(self.mask.into_iter().flatten());
        let begin = out.len();
        out.extend_from_slice(&self.payload);
        unmask(&mut out[begin..], self.mask.unwrap_or_default());
    }
}

/// The first byte of a frame, mostly of a proper one.
fn first() -> impl Strategy<Value = u8> {
    prop_oneof![
        20 => prop_oneof![Just(0x81), Just(0x82), Just(0x01), Just(0x02)],
        15 => prop_oneof![Just(0x00), Just(0x80)],
        10 => prop_oneof![Just(0x89), Just(0x8a)],
        1 => Just(0x88),
        1 => any::<u8>(),
    ]
}

fn payload() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        8 => "[a-zé€😀]{0,40}".prop_map(String::into_bytes),
        4 => vec(any::<u8>(), 0..8),
        // What a close frame says.
        2 => (any::<u16>(), "[a-zé]{0,4}").prop_map(|(code, text)| [&(code % 6000).to_be_bytes(), text.as_bytes()].concat()),
        1 => vec(Just(b'x'), 120..132),
        1 => vec(Just(b'x'), 100..1700),
        1 => vec(Just(b'x'), MAX - 2..MAX + 3),
    ]
}

/// A frame, or a text in two frames that may be cut within a character.
fn frames() -> impl Strategy<Value = Vec<Sent>> {
    let mask = prop_oneof![1 => Just(None), 60 => any::<[u8; 4]>().prop_map(Some)];
    let form = prop_oneof![60 => Just(Form::Shortest), 1 => Just(Form::Two), 1 => Just(Form::Eight)];
    let one = (first(), mask, form, payload());
    let one = one.prop_map(|(first, mask, form, payload)| vec![Sent { first, mask, form, payload }]);
    let cut = ("[é€😀]{1,3}", any::<Index>(), any::<[u8; 4]>()).prop_map(|(text, at, mask)| {
        let (begin, end) = text.as_bytes().split_at(at.index(text.len()));
        let part =
            |first, payload: &[u8]| Sent { first, mask: Some(mask), form: Form::Shortest, payload: payload.to_vec() };
        vec![part(0x01, begin), part(0x80, end)]
    });
    vec(prop_oneof![3 => one, 1 => cut], 0..12).prop_map(|frames| frames.concat())
}

#[test]
fn random_frames_are_read_as_by_tungstenite() {
    let input = (frames(), vec(1..2000_usize, 1..6), any::<Option<Index>>());
    fuzz("random_frames_are_read_as_by_tungstenite", &input, |(frames, sizes, cut)| {
        let (mut bytes, mut longer) = (Vec::new(), false);
        for frame in &frames {
            if frame.is_longer_than_needed() {
                longer = true;
                break;
            }
            frame.write(&mut bytes);
        }
        let (seen, mut fault) = expected(&bytes);
        if longer && !fault && seen.last() != Some(&Seen::Close) {
            let mut wrong = bytes.clone();
            frames.iter().find(|frame| frame.is_longer_than_needed()).unwrap().write(&mut wrong);
            (bytes, fault) = (wrong, true);
        }
        prop_assert_eq!(actual(&bytes, &sizes), (seen, fault));

        // Of a part, tungstenite sees no more; a fault may be found before the frame's end, but none that is not there.
        let part = &bytes[..cut.map_or(bytes.len(), |cut| cut.index(bytes.len() + 1))];
        let ((ours, ours_fault), (theirs, theirs_fault)) = (actual(part, &sizes), expected(part));
        if !longer {
            prop_assert_eq!(ours, theirs);
            prop_assert!(!theirs_fault || ours_fault);
            prop_assert!(!ours_fault || fault);
        }
        Ok(())
    });
}

#[test]
fn random_bytes_are_judged_as_by_tungstenite() {
    let byte = prop_oneof![2 => any::<u8>(), 1 => prop_oneof![Just(0x81u8), Just(0x82), Just(0x80), Just(0x01)]];
    let input = (vec(byte, 0..60), vec(1..20_usize, 1..6));
    fuzz("random_bytes_are_judged_as_by_tungstenite", &input, |(bytes, sizes)| {
        let ((ours, ours_fault), (theirs, theirs_fault)) = (actual(&bytes, &sizes), expected(&bytes));
        // tungstenite may go on behind a length in more bytes than it needs, and finds fault only at a frame's end.
        prop_assert!(theirs.starts_with(&ours), "{ours:?} {theirs:?}");
        prop_assert!(ours_fault || (!theirs_fault && ours == theirs));
        Ok(())
    });
}
