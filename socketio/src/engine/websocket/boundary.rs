//! Where frames begin and end in the bytes that come in. Nothing is judged here: that is for tungstenite, which reads the
//! same bytes.

/// The largest header: two bytes, eight of length, four of mask.
const HEADER: usize = 14;

/// How far the stream has been followed.
#[derive(Default)]
pub(super) struct Boundaries {
    header: [u8; HEADER],
    /// How much of the header is known.
    known: usize,
    /// What is left of the payload.
    left: u64,
    /// A message has begun, and its last frame has not.
    fragmented: bool,
    largest: u64,
}

impl Boundaries {
    /// Goes on over what was read.
    pub(super) fn follow(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            if self.left > 0 {
                let skipped = usize::try_from(self.left).unwrap_or(usize::MAX).min(bytes.len());
                self.left -= skipped as u64;
                bytes = &bytes[skipped..];
                continue;
            }
            self.header[self.known] = bytes[0];
            self.known += 1;
            bytes = &bytes[1..];
            if self.known == header_length(&self.header[..self.known]) {
                self.begin();
            }
        }
    }

    /// The header is whole.
    fn begin(&mut self) {
        const LAST: u8 = 0x80;
        const CONTROL: u8 = 0x08;
        let first = self.header[0];
        if first & CONTROL == 0 {
            self.fragmented = first & LAST == 0;
        }
        let [a, b, c, d, e, f, g, h] = [2, 3, 4, 5, 6, 7, 8, 9].map(|at| self.header[at]);
        self.left = match self.header[1] & 0x7f {
            126 => u64::from(u16::from_be_bytes([a, b])),
            127 => u64::from_be_bytes([a, b, c, d, e, f, g, h]),
            short => u64::from(short),
        };
        self.largest = self.largest.max(self.left);
        self.known = 0;
    }

    /// Whether everything that has come belongs to whole messages.
    pub(super) fn is_between(&self) -> bool {
        self.known == 0 && self.left == 0 && !self.fragmented
    }

    /// The largest payload of a frame.
    pub(super) fn largest(&self) -> u64 {
        self.largest
    }
}

/// How long the header is that begins so; more than is known while that is not certain.
fn header_length(known: &[u8]) -> usize {
    let Some(second) = known.get(1) else { return 2 };
    let mask = if second & 0x80 == 0 { 0 } else { 4 };
    match second & 0x7f {
        126 => 4 + mask,
        127 => 10 + mask,
        _ => 2 + mask,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A masked frame.
    fn frame(first: u8, length: usize) -> Vec<u8> {
        let mut frame = vec![first];
        match length {
            0..=125 => frame.push(0x80 | length as u8),
            126..=0xffff => {
                frame.push(0x80 | 126);
                frame.extend_from_slice(&(length as u16).to_be_bytes());
            }
            _ => {
                frame.push(0x80 | 127);
                frame.extend_from_slice(&(length as u64).to_be_bytes());
            }
        }
        // Payload that looks like headers.
        frame.extend(std::iter::repeat_n(0x81, 4 + length));
        frame
    }

    #[test]
    fn only_the_ends_of_messages_are_boundaries_however_the_bytes_come() {
        let frames = [
            (frame(0x81, 5), true),
            (frame(0x82, 0), true),
            (frame(0x82, 125), true),
            (frame(0x01, 126), false),
            (frame(0x89, 4), false),
            (frame(0x00, 7), false),
            (frame(0x80, 70_000), true),
            (frame(0x88, 2), true),
        ];
        for size in [1, 2, 3, 13, 4096, usize::MAX] {
            let mut boundaries = Boundaries::default();
            assert!(boundaries.is_between());
            for (frame, whole) in &frames {
                let (head, last) = frame.split_at(frame.len() - 1);
                for chunk in head.chunks(size) {
                    boundaries.follow(chunk);
                    assert!(!boundaries.is_between());
                }
                boundaries.follow(last);
                assert_eq!(boundaries.is_between(), *whole);
            }
            assert_eq!(boundaries.largest(), 70_000);
            let all = frames.iter().flat_map(|(frame, _)| frame.clone()).collect::<Vec<_>>();
            for chunk in all.chunks(size) {
                boundaries.follow(chunk);
            }
            assert!(boundaries.is_between());
        }
    }

    #[test]
    fn an_unmasked_frame_is_followed_as_well() {
        let mut boundaries = Boundaries::default();
        boundaries.follow(&[0x81, 3, 1, 2]);
        assert!(!boundaries.is_between());
        boundaries.follow(&[3]);
        assert!(boundaries.is_between());
    }
}
