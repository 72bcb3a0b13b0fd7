//! Close frames, and the pongs beside them.

use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use crate::packet::websocket::Fault;

/// Bytes of a reason: a control frame has at most 125, and two of them are the code.
const LONGEST_REASON: usize = 123;

/// A close frame with this payload, which is at most 125 bytes.
pub(crate) fn frame(payload: &[u8]) -> Vec<u8> {
    control(0x88, payload)
}

/// The status of a close frame that this side sends: a code of RFC 6455 and a reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloseStatus(Vec<u8>);

impl CloseStatus {
    /// A status that may be sent (1000 to 1003, 1007 to 1013, 3000 to 4999) with a reason of at most 123 bytes; `None` for
    /// any other.
    #[must_use]
    pub fn new(code: u16, reason: &str) -> Option<Self> {
        let sound = CloseCode::from(code).is_allowed() && reason.len() <= LONGEST_REASON;
        sound.then(|| Self([&code.to_be_bytes(), reason.as_bytes()].concat()))
    }

    /// The payload of the close frame.
    pub(crate) fn payload(&self) -> &[u8] {
        &self.0
    }
}

/// The answer to a ping, whose payload is at most 125 bytes.
pub(crate) fn pong(payload: &[u8]) -> Vec<u8> {
    control(0x8a, payload)
}

fn control(first: u8, payload: &[u8]) -> Vec<u8> {
    debug_assert!(payload.len() <= 125);
    [&[first, payload.len() as u8], payload].concat()
}

/// The answer to a client's close frame: the same payload, unless its code must not be sent.
pub(crate) fn answer(payload: &[u8]) -> Result<Vec<u8>, Fault> {
    match payload {
        [] => Ok(frame(&[])),
        [_] => Err(Fault::Protocol("close code of one byte")),
        [_, _, reason @ ..] if std::str::from_utf8(reason).is_err() => Err(Fault::Utf8),
        &[a, b, ..] if CloseCode::from(u16::from_be_bytes([a, b])).is_allowed() => Ok(frame(payload)),
        _ => Ok(Fault::Protocol("close code that must not be sent").close()),
    }
}

impl Fault {
    /// The close frame with the code of this fault.
    pub(crate) fn close(self) -> Vec<u8> {
        let code = match self {
            Self::Protocol(_) => CloseCode::Protocol,
            Self::Size => CloseCode::Size,
            Self::Utf8 => CloseCode::Invalid,
        };
        frame(&u16::from(code).to_be_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_close_frame_is_answered_with_its_own_code() {
        assert_eq!(answer(b""), Ok(vec![0x88, 0]));
        for code in [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 3000, 3999, 4000, 4999_u16] {
            let payload = [&code.to_be_bytes()[..], "wörd".as_bytes()].concat();
            assert_eq!(answer(&payload), Ok([&[0x88, 7], &payload[..]].concat()), "{code}");
        }
    }

    #[test]
    fn a_code_that_is_not_for_the_wire_is_a_fault_of_its_own() {
        for code in [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535_u16] {
            assert_eq!(answer(&code.to_be_bytes()), Ok(vec![0x88, 2, 0x03, 0xea]), "{code}");
        }
    }

    #[test]
    fn a_status_is_one_that_may_be_sent() {
        assert_eq!(CloseStatus::new(4001, "bye").unwrap().payload(), b"\x0f\xa1bye");
        for code in [1000, 1003, 1007, 1011, 3000, 4999] {
            assert!(CloseStatus::new(code, &"x".repeat(123)).is_some(), "{code}");
            assert_eq!(CloseStatus::new(code, &"x".repeat(124)), None);
        }
        for code in [0, 999, 1004, 1005, 1006, 1015, 2000, 5000] {
            assert_eq!(CloseStatus::new(code, ""), None, "{code}");
        }
    }

    #[test]
    fn half_a_code_and_a_reason_that_is_no_text_are_faults() {
        assert!(matches!(answer(&[3]), Err(Fault::Protocol(_))));
        assert_eq!(answer(&[3, 0xe8, 0xff]), Err(Fault::Utf8));
    }
}
