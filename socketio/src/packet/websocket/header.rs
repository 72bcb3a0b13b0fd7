//! The header of a client's frame (RFC 6455, section 5.2), and the rules for a single header. `reader` has the rules for frames in a row.

use crate::packet::websocket::Fault;

/// The largest header: two bytes, eight of length, four of mask.
pub(crate) const LARGEST: usize = 14;

/// The largest payload of a control frame.
const CONTROL: u64 = 125;

/// What a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Opcode {
    Continuation,
    Text,
    Binary,
    Close,
    Ping,
    Pong,
}

/// See the module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) opcode: Opcode,
    /// FIN: the last frame of its message.
    pub(crate) last: bool,
    pub(crate) mask: [u8; 4],
    /// The length of the payload.
    pub(crate) length: u64,
}

impl Header {
    /// The header at the beginning of `bytes`, and its length; `None` while it is incomplete.
    #[inline]
    pub(crate) fn parse(bytes: &[u8]) -> Result<Option<(Self, usize)>, Fault> {
        let &[first, second, ref rest @ ..] = bytes else { return Ok(None) };
        if first & 0x70 != 0 {
            return Err(Fault::Protocol("reserved bit is set"));
        }
        let last = first & 0x80 != 0;
        let opcode = match first & 0x0f {
            0x0 => Opcode::Continuation,
            0x1 => Opcode::Text,
            0x2 => Opcode::Binary,
            0x8 => Opcode::Close,
            0x9 => Opcode::Ping,
            0xa => Opcode::Pong,
            _ => return Err(Fault::Protocol("unknown opcode")),
        };
        if second & 0x80 == 0 {
            return Err(Fault::Protocol("client frame is not masked"));
        }
        let (length, rest) = match (second & 0x7f, rest) {
            (126, &[a, b, ref rest @ ..]) => (u64::from(u16::from_be_bytes([a, b])), rest),
            (127, &[a, b, c, d, e, f, g, h, ref rest @ ..]) => (u64::from_be_bytes([a, b, c, d, e, f, g, h]), rest),
            (126 | 127, _) => return Ok(None),
            (short, rest) => (u64::from(short), rest),
        };
        let least = match second & 0x7f {
            126 => 126,
            127 => 0x1_0000,
            _ => 0,
        };
        if length < least || length > u64::MAX >> 1 {
            return Err(Fault::Protocol("length is not in its shortest form"));
        }
        if opcode.is_control() && (!last || length > CONTROL) {
            return Err(Fault::Protocol("control frame is fragmented or too long"));
        }
        let &[a, b, c, d, ref rest @ ..] = rest else { return Ok(None) };
        Ok(Some((Self { opcode, last, mask: [a, b, c, d], length }, bytes.len() - rest.len())))
    }
}

impl Opcode {
    /// Whether it is a control frame, which may stand between the frames of a message.
    #[inline]
    pub(crate) fn is_control(self) -> bool {
        matches!(self, Self::Close | Self::Ping | Self::Pong)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(bytes: &[u8]) -> bool {
        matches!(Header::parse(bytes), Err(Fault::Protocol(_)))
    }

    #[test]
    fn lengths_have_three_forms() {
        let mask = [1, 2, 3, 4];
        for (length, form) in [
            (0, vec![0x80]),
            (125, vec![0x80 | 125]),
            (126, vec![0x80 | 126, 0, 126]),
            (0xffff, vec![0x80 | 126, 0xff, 0xff]),
            (0x1_0000, vec![0x80 | 127, 0, 0, 0, 0, 0, 1, 0, 0]),
            (u64::MAX >> 1, vec![0x80 | 127, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
        ] {
            let bytes = [&[0x82], &form[..], &mask].concat();
            for cut in 0..bytes.len() {
                assert_eq!(Header::parse(&bytes[..cut]), Ok(None), "{cut} of {length}");
            }
            let header = Header { opcode: Opcode::Binary, last: true, mask, length };
            assert_eq!(Header::parse(&[&bytes[..], b"payload"].concat()), Ok(Some((header, bytes.len()))));
            assert!(bytes.len() <= LARGEST);
        }
    }

    #[test]
    fn a_length_longer_than_needed_is_refused_and_so_is_one_with_a_sign() {
        assert!(fault(&[0x82, 0x80 | 126, 0, 125]));
        assert!(fault(&[0x82, 0x80 | 127, 0, 0, 0, 0, 0, 0, 0xff, 0xff]));
        assert!(fault(&[0x82, 0x80 | 127, 0x80, 0, 0, 0, 0, 0, 0, 0]));
    }

    #[test]
    fn every_opcode_is_known_or_refused() {
        let known = [0x0, 0x1, 0x2, 0x8, 0x9, 0xa];
        for opcode in 0..16 {
            let parsed = Header::parse(&[0x80 | opcode, 0x80, 0, 0, 0, 0]);
            assert_eq!(parsed.is_ok(), known.contains(&opcode), "{opcode}");
            if let Ok(Some((header, _))) = parsed {
                assert_eq!(header.opcode.is_control(), opcode >= 8);
            }
        }
    }

    #[test]
    fn the_first_two_bytes_are_enough_for_most_rules() {
        for reserved in [0x40, 0x20, 0x10] {
            assert!(fault(&[0x81 | reserved, 0x80]));
        }
        assert!(fault(&[0x81, 0x00]), "no mask");
        for control in [0x8, 0x9, 0xa] {
            assert!(fault(&[control, 0x80]), "in pieces");
            assert!(fault(&[0x80 | control, 0xfe, 0, 126]), "too large");
            assert!(Header::parse(&[0x80 | control, 0xfd]).is_ok());
        }
    }
}
