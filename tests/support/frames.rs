//! WebSocket frames by hand: those of a client as bytes, valid or not, and those of a server out of bytes.

/// The mask of the frames that [`frame`] writes.
pub const MASK: [u8; 4] = [0x1f, 0x2e, 0x3d, 0x4c];

/// A frame as a client writes it: `first` has FIN, the reserved bits and the opcode, as on the wire (`0x81` is a text message).
pub fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let length = payload.len();
    let form = match length {
        0..=125 => Form::Short,
        126..=0xffff => Form::Two,
        _ => Form::Eight,
    };
    [header(first, form, length as u64, Some(MASK)), masked(payload, MASK)].concat()
}

/// How the length of a payload is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// In seven bits.
    Short,
    /// In two bytes behind `126`.
    Two,
    /// In eight bytes behind `127`.
    Eight,
}

/// A frame's header alone: the length need not be that of what follows, and its form need not be the shortest.
pub fn header(first: u8, form: Form, length: u64, mask: Option<[u8; 4]>) -> Vec<u8> {
    let bit = if mask.is_some() { 0x80 } else { 0 };
    let mut header = vec![first];
    match form {
        Form::Short => header.push(bit | length as u8),
        Form::Two => {
            header.push(bit | 126);
            header.extend_from_slice(&(length as u16).to_be_bytes());
        }
        Form::Eight => {
            header.push(bit | 127);
            header.extend_from_slice(&length.to_be_bytes());
        }
    }
    header.extend(mask.into_iter().flatten());
    header
}

/// A payload under a mask.
pub fn masked(payload: &[u8], mask: [u8; 4]) -> Vec<u8> {
    payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask).collect()
}

/// A text message in one frame.
pub fn text(text: &str) -> Vec<u8> {
    frame(0x81, text.as_bytes())
}

/// A ping.
pub fn ping(payload: &[u8]) -> Vec<u8> {
    frame(0x89, payload)
}

/// The first frame in what a server sends, as its first byte and its payload, and how many bytes it takes; `None` while it is not whole.
///
/// # Panics
/// When it has a mask, which servers must not use.
pub fn server_frame(bytes: &[u8]) -> Option<(u8, &[u8], usize)> {
    let (&first, &second) = (bytes.first()?, bytes.get(1)?);
    assert_eq!(second & 0x80, 0, "a server's frame has a mask");
    let (length, begin) = match second {
        126 => (usize::from(u16::from_be_bytes(bytes.get(2..4)?.try_into().ok()?)), 4),
        127 => (usize::try_from(u64::from_be_bytes(bytes.get(2..10)?.try_into().ok()?)).ok()?, 10),
        short => (usize::from(short), 2),
    };
    Some((first, bytes.get(begin..begin + length)?, begin + length))
}
