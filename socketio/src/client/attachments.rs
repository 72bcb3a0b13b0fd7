//! Binary packets on their way: the text has come, its attachments have not.

use std::pin::Pin;
use std::task::Context as Task;
use std::time::Duration;

use bytes::Bytes;
use tokio::time::{Sleep, sleep};

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
    deadline: Pin<Box<Sleep>>,
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
        self.pending = Some(Box::new(Pending { assembler, deadline: Box::pin(sleep(self.timeout)) }));
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

    /// Whether the attachments have taken too long; true once.
    pub(super) fn is_late(&mut self, task: &mut Task<'_>) -> bool {
        let late = self.pending.as_mut().is_some_and(|pending| pending.deadline.as_mut().poll(task).is_ready());
        if late {
            self.clear();
        }
        late
    }
}
