//! How the texts of one client are read: clients from 1.0 to 1.7 encode some of them in UTF-8 twice, and nothing in
//! their requests says so.

use crate::packet::{
    Generation, Text,
    engine::payload_v3::{Doubled, undouble},
};

/// What is known of one client so far.
#[derive(Clone, Copy, Debug)]
pub(super) struct Words {
    v3: bool,
    /// It may be one that encodes twice. A text that cannot have been doubled settles that it is not.
    doubles: bool,
}

impl Words {
    pub(super) fn new(generation: Generation) -> Self {
        let v3 = generation == Generation::V3;
        Self { v3, doubles: v3 }
    }

    /// For texts that are never encoded twice.
    pub(super) fn plain(generation: Generation) -> Self {
        Self { doubles: false, ..Self::new(generation) }
    }

    /// Whether packets have the form of Engine.IO 3.
    pub(super) fn are_v3(&self) -> bool {
        self.v3
    }

    /// The text that is meant.
    pub(super) fn read(&mut self, text: Text) -> Text {
        if !self.doubles {
            return text;
        }
        match undouble(&text) {
            Doubled::Unknown => text,
            Doubled::Yes(meant) => Text::from(meant),
            Doubled::No => {
                self.doubles = false;
                text
            }
        }
    }
}
