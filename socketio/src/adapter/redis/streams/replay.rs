//! What a session has missed: the entries behind the client's offset.

use super::codec;
use super::entry::{self, Entry};
use super::id::EntryId;
use super::shared::Shared;
use super::writer::range;
use crate::adapter::cluster::Body;
use crate::adapter::{AdapterError, Missed, Room};

impl Shared {
    /// Whether the entry at this position is still in the stream of a namespace. It may be one of another namespace, which a client that has
    /// received no event comes back with.
    pub(super) async fn has(&self, path: &str, offset: EntryId) -> Result<bool, AdapterError> {
        let page = self.page(path, offset, Some(offset)).await?;
        Ok(page.iter().any(|(id, _)| *id == offset))
    }

    /// The events behind the offset for a member of these rooms. `None` if the stream does not reach back to it, or if there are too many.
    pub(super) async fn replay(
        &self,
        path: &str,
        offset: EntryId,
        rooms: &[Room],
    ) -> Result<Option<Vec<Missed>>, AdapterError> {
        let (mut missed, mut bytes, mut from, mut found, mut last_seen) = (Vec::new(), 0, offset, false, offset);
        loop {
            let page = self.page(path, from, None).await?;
            let Some((last, _)) = page.last() else {
                if let Some(own) = rooms.first() {
                    self.arrivals.note(own, last_seen);
                }
                return Ok(found.then_some(missed));
            };
            last_seen = *last;
            let next = last.next();
            // The first entry is the one that the client names. Without it, entries behind it may be missing as well.
            if !found && page.first().is_none_or(|(id, _)| *id != offset) {
                return Ok(None);
            }
            let behind = page.into_iter().filter(|(id, _)| *id > offset);
            for (id, entry) in behind {
                let Some(packet) = entry.and_then(|entry| self.missed_by(path, rooms, entry)) else { continue };
                bytes += packet.text().len() + packet.attachments().iter().map(bytes::Bytes::len).sum::<usize>();
                if bytes > self.settings.max_replay_bytes {
                    tracing::warn!(
                        namespace = path,
                        "a session has missed more than max_replay_bytes: it is not recovered"
                    );
                    return Ok(None);
                }
                missed.push(Missed::new(packet, id.to_string().into()));
            }
            (from, found) = (next, true);
        }
    }

    /// The event of an entry, if a session with these rooms has missed it: neither volatile events nor those that ask for an acknowledgement.
    fn missed_by(&self, path: &str, rooms: &[Room], entry: Entry) -> Option<crate::packet::Packet> {
        if entry.namespace != path || entry.kind != codec::BROADCAST {
            return None;
        }
        let Body::Broadcast { packet, opts, request: None } = codec::decode(&entry)?.body else { return None };
        let is_in = |list: &[Room]| list.iter().any(|room| rooms.iter().any(|own| **own == **room));
        let wanted = !opts.volatile
            && packet.id().is_none()
            && (opts.rooms.is_empty() || is_in(&opts.rooms))
            && !is_in(&opts.except);
        wanted.then_some(packet)
    }

    async fn page(&self, path: &str, from: EntryId, to: Option<EntryId>) -> Result<entry::Page, AdapterError> {
        let stream = self.names.of(path);
        let to = to.map_or_else(|| "+".to_owned(), |to| to.to_string());
        let mut commands = redis::Pipeline::new();
        commands.add_command(range("XRANGE", &stream, &from.to_string(), &to));
        let answers = self.pool.run(&stream, &commands).await?;
        Ok(answers.into_iter().next().map(entry::entries).unwrap_or_default())
    }
}
