//! Binary packets on their way: the text has come, its attachments have not.

use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;

use crate::engine::Text;
use crate::packet::attachments::{Assembler, Complete};
use crate::packet::error::PacketError;
use crate::packet::socket::Limits;
use crate::socket::Settings;

pub(super) struct Attachments {
    pub(super) limits: Limits,
    timeout: Duration,
    // Boxed: most connections never have one.
    pending: Option<Box<Pending>>,
}

struct Pending {
    assembler: Assembler<Text>,
    deadline: Instant,
}

impl Attachments {
    pub(super) fn new(settings: &Settings) -> Self {
        let limits = Limits {
            attachments: settings.max_attachments,
            attachment_bytes: settings.max_attachment_bytes,
            ..Limits::default()
        };
        Self { limits, timeout: settings.attachments_timeout, pending: None }
    }

    pub(super) fn is_pending(&self) -> bool {
        self.pending.is_some()
    }

    /// A packet that announces attachments.
    pub(super) fn begin(&mut self, text: Text, due: usize) -> Result<(), PacketError> {
        let mut assembler = Assembler::new();
        assembler.start(text, due)?;
        self.pending = Some(Box::new(Pending { assembler, deadline: Instant::now() + self.timeout }));
        Ok(())
    }

    /// One attachment; the whole packet with the last.
    pub(super) fn push(&mut self, data: Bytes) -> Result<Option<Complete<Text>>, PacketError> {
        let Some(pending) = &mut self.pending else { return Err(PacketError::UnexpectedBinary) };
        let complete = pending.assembler.push(data, &self.limits)?;
        if complete.is_some() {
            self.pending = None;
        }
        Ok(complete)
    }

    pub(super) fn clear(&mut self) {
        self.pending = None;
    }

    /// When the attachments must be here, if some are due.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.pending.as_ref().map(|pending| pending.deadline)
    }

    /// Whether the attachments have taken too long; true once.
    pub(super) fn is_late(&mut self) -> bool {
        let late = self.deadline().is_some_and(|deadline| deadline <= Instant::now());
        if late {
            self.clear();
        }
        late
    }
}
