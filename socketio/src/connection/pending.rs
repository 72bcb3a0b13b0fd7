//! The packets of one connection, and how long the attachments of one may take to arrive.

use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;

use crate::packet::{Decoder, Limits, Packet, PacketError, Text};
use crate::socket::Settings;

pub(super) struct Packets {
    decoder: Decoder,
    timeout: Duration,
    /// When the attachments that are due must have come.
    deadline: Option<Instant>,
}

impl Packets {
    pub(super) fn new(settings: &Settings, limits: Limits) -> Self {
        Self { decoder: Decoder::new(limits), timeout: settings.attachments_timeout, deadline: None }
    }

    pub(super) fn limits(&self) -> &Limits {
        self.decoder.limits()
    }

    /// A text message; nothing if its attachments are to come.
    pub(super) fn text(&mut self, text: Text) -> Result<Option<Packet>, PacketError> {
        let packet = self.decoder.text(text)?;
        if packet.is_none() {
            self.deadline = Some(Instant::now() + self.timeout);
        }
        Ok(packet)
    }

    /// One attachment; the whole packet with the last.
    pub(super) fn binary(&mut self, data: Bytes) -> Result<Option<Packet>, PacketError> {
        let packet = self.decoder.binary(data)?;
        if packet.is_some() {
            self.deadline = None;
        }
        Ok(packet)
    }

    pub(super) fn clear(&mut self) {
        self.decoder.clear();
        self.deadline = None;
    }

    /// When the attachments must have come, if some are due.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// Whether the attachments have taken too long; true once.
    pub(super) fn is_late(&mut self) -> bool {
        let late = self.deadline.is_some_and(|deadline| deadline <= Instant::now());
        if late {
            self.clear();
        }
        late
    }
}
