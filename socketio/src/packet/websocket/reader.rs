//! `Reader`: parses the bytes of a client, in pieces of any length, into messages and control frames.

use bytes::Bytes;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use crate::packet::{
    pool,
    websocket::{
        Fault,
        header::{self, Header, Opcode},
        mask::unmask,
    },
};

/// Bytes of memory taken ahead for a message that is being received, and never more than its frame has announced.
const AHEAD: usize = 64 * 1024;

/// A message or control frame of a client.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Event {
    Text(Utf8Bytes),
    Binary(Bytes),
    Ping(Bytes),
    Pong,
    /// A close frame, and its payload.
    Close(Bytes),
}

/// See the module.
pub(crate) struct Reader {
    /// The largest message, in bytes.
    max: usize,
    /// The beginning of a header.
    head: [u8; header::LARGEST],
    known: usize,
    /// The frame that is incomplete; `length` is what is missing, and the mask fits that.
    frame: Option<Header>,
    /// The opcode of the message that is incomplete: text or binary.
    kind: Option<Opcode>,
    /// What was received of that message.
    message: Vec<u8>,
    /// How many bytes of a text were checked to be UTF-8.
    checked: usize,
    /// What was received of a control frame.
    control: Vec<u8>,
}

impl Reader {
    pub(crate) fn new(max: usize) -> Self {
        Self {
            max,
            head: [0; header::LARGEST],
            known: 0,
            frame: None,
            kind: None,
            message: Vec::new(),
            checked: 0,
            control: Vec::new(),
        }
    }

    /// Parses `bytes` to the end of the first message or control frame in them, and returns how many bytes that were: all, without an
    /// event.
    #[inline]
    pub(crate) fn read(&mut self, bytes: &mut [u8]) -> Result<(usize, Option<Event>), Fault> {
        let mut at = 0;
        loop {
            let (mut frame, fresh) = match self.frame.take() {
                Some(frame) => (frame, false),
                None => match self.header(&bytes[at..])? {
                    (n, Some(header)) => {
                        at += n;
                        (header, true)
                    }
                    (n, None) => return Ok((at + n, None)),
                },
            };
            let rest = &mut bytes[at..];
            let n = usize::try_from(frame.length).map_or(rest.len(), |length| length.min(rest.len()));
            let payload = &mut rest[..n];
            frame.mask = unmask(payload, frame.mask);
            frame.length -= n as u64;
            at += n;
            if frame.length > 0 {
                self.keep(&frame, payload);
                self.frame = Some(frame);
                return Ok((at, None));
            }
            let event = match frame.opcode {
                Opcode::Close | Opcode::Ping | Opcode::Pong => Some(self.control(frame.opcode, payload)),
                Opcode::Text | Opcode::Binary if fresh && frame.last => Some(event(frame.opcode, pool::copy(payload))?),
                _ => {
                    self.keep(&frame, payload);
                    self.end(frame.last)?
                }
            };
            if event.is_some() {
                return Ok((at, event));
            }
        }
    }

    /// The next header, which may have begun before `bytes`, and how much of `bytes` belongs to it.
    #[inline]
    fn header(&mut self, bytes: &[u8]) -> Result<(usize, Option<Header>), Fault> {
        if self.known == 0
            && let Some((header, n)) = Header::parse(bytes)?
        {
            self.admit(&header)?;
            return Ok((n, Some(header)));
        }
        for (at, byte) in bytes.iter().enumerate() {
            self.head[self.known] = *byte;
            self.known += 1;
            if let Some((header, _)) = Header::parse(&self.head[..self.known])? {
                self.known = 0;
                self.admit(&header)?;
                return Ok((at + 1, Some(header)));
            }
        }
        Ok((bytes.len(), None))
    }

    /// Checks whether the frame may stand here, and its size.
    #[inline]
    fn admit(&mut self, header: &Header) -> Result<(), Fault> {
        match (header.opcode, self.kind) {
            (Opcode::Continuation, None) => return Err(Fault::Protocol("continuation without a message")),
            (Opcode::Text | Opcode::Binary, Some(_)) => {
                return Err(Fault::Protocol("message begins within another"));
            }
            (Opcode::Text | Opcode::Binary, None) if !header.last => self.kind = Some(header.opcode),
            _ => {}
        }
        let room = self.max.saturating_sub(self.message.len()) as u64;
        if !header.opcode.is_control() && header.length > room {
            return Err(Fault::Size);
        }
        Ok(())
    }

    /// Keeps a part of a payload. `frame.length` is what follows it.
    fn keep(&mut self, frame: &Header, payload: &[u8]) {
        if frame.opcode.is_control() {
            return self.control.extend_from_slice(payload);
        }
        if frame.last && frame.opcode != Opcode::Continuation {
            // A message of one frame.
            self.kind = Some(frame.opcode);
        }
        if self.message.capacity() - self.message.len() < payload.len() {
            // Doubling keeps copies few. The size of the frames that follow a fragment is not known.
            let missing = usize::try_from(frame.length).unwrap_or(usize::MAX);
            let most = if frame.last { missing } else { self.max.saturating_sub(self.message.len() + payload.len()) };
            let least = if missing > 0 { AHEAD } else { 0 };
            let room = payload.len() + self.message.len().max(least).min(most);
            if self.message.capacity() == 0 {
                self.message = pool::large(room);
            } else {
                self.message.reserve_exact(room);
            }
        }
        self.message.extend_from_slice(payload);
    }

    /// A frame of the message is complete; so is the message if it is the `last`.
    fn end(&mut self, last: bool) -> Result<Option<Event>, Fault> {
        if last {
            self.checked = 0;
            let kind = self.kind.take().unwrap_or(Opcode::Binary);
            return event(kind, pool::share(std::mem::take(&mut self.message))).map(Some);
        }
        if self.kind == Some(Opcode::Text) {
            // A character may continue in the next frame.
            self.checked += match std::str::from_utf8(&self.message[self.checked..]) {
                Ok(text) => text.len(),
                Err(error) if error.error_len().is_none() => error.valid_up_to(),
                Err(_) => return Err(Fault::Utf8),
            };
        }
        Ok(None)
    }

    /// A control frame is complete with `payload`.
    fn control(&mut self, opcode: Opcode, payload: &[u8]) -> Event {
        self.control.extend_from_slice(payload);
        let payload = Bytes::from(std::mem::take(&mut self.control));
        match opcode {
            Opcode::Close => Event::Close(payload),
            Opcode::Ping => Event::Ping(payload),
            _ => Event::Pong,
        }
    }
}

/// A whole message.
#[inline]
fn event(kind: Opcode, payload: Bytes) -> Result<Event, Fault> {
    if kind == Opcode::Text {
        return Utf8Bytes::try_from(payload).map(Event::Text).map_err(|_| Fault::Utf8);
    }
    Ok(Event::Binary(payload))
}

#[cfg(test)]
#[path = "reader_tests.rs"]
mod tests;
