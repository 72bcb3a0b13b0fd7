//! Reads the packets of one connection, and bounds the time that the attachments of a packet may take.

use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;

use crate::packet::{Decoder, Limits, Packet, PacketError, Text};
use crate::socket::Settings;

/// Makes packets of the messages of one connection.
pub(super) struct PacketReader {
    decoder: Decoder,
    timeout: Duration,
    /// When the attachments that are due must have arrived.
    deadline: Option<Instant>,
}

impl PacketReader {
    pub(super) fn new(settings: &Settings, limits: Limits) -> Self {
        Self { decoder: Decoder::new(limits), timeout: settings.attachments_timeout, deadline: None }
    }

    pub(super) fn limits(&self) -> &Limits {
        self.decoder.limits()
    }

    /// Reads a text message; `None` if the packet has attachments, which follow.
    pub(super) fn text(&mut self, text: Text) -> Result<Option<Packet>, PacketError> {
        let packet = self.decoder.text(text)?;
        if packet.is_none() {
            self.deadline = Some(Instant::now() + self.timeout);
        }
        Ok(packet)
    }

    /// Reads one attachment; the packet if it was the last.
    pub(super) fn binary(&mut self, data: Bytes) -> Result<Option<Packet>, PacketError> {
        let packet = self.decoder.binary(data)?;
        if packet.is_some() {
            self.deadline = None;
        }
        Ok(packet)
    }

    /// Forgets a packet whose attachments have not all arrived.
    pub(super) fn clear(&mut self) {
        self.decoder.clear();
        self.deadline = None;
    }

    /// When the attachments must have arrived, if any are due.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// Whether the attachments have taken too long. The packet is forgotten then, so that this is true once.
    pub(super) fn is_late(&mut self) -> bool {
        let late = self.deadline.is_some_and(|deadline| deadline <= Instant::now());
        if late {
            self.clear();
        }
        late
    }
}
