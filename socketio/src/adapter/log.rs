//! The log of one namespace: the last events that were sent, for clients that come back and have missed them.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use tokio::time::Instant;

use super::{Room, Target};
use crate::engine::Id;
use crate::packet::Message;

/// Bounds of a [`Log`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct LogLimits {
    pub(crate) events: usize,
    pub(crate) bytes: usize,
    /// How long an event is kept.
    pub(crate) age: Duration,
}

/// One event of the log.
struct Entry {
    at: Instant,
    to: Target,
    /// The event with its offset, as clients with recovery read it.
    message: Message,
    size: usize,
}

/// The members of this process that an event was for, as far as one session is concerned.
pub(crate) struct Membership<'a> {
    pub(crate) id: Id,
    /// The session's rooms, each with the number of the last event before the session joined it.
    pub(crate) rooms: &'a HashMap<Room, u64>,
}

/// Events in the order in which they were sent. They are numbered from 1 on.
pub(crate) struct Log {
    entries: VecDeque<Entry>,
    /// The number of the last event that is not kept any more; 0 if all are.
    removed: u64,
    bytes: usize,
    limits: LogLimits,
}

impl Log {
    pub(crate) fn new(limits: LogLimits) -> Self {
        Self { entries: VecDeque::new(), removed: 0, bytes: 0, limits }
    }

    /// The number of the last event; 0 if there was none.
    pub(crate) fn last(&self) -> u64 {
        self.removed + self.entries.len() as u64
    }

    /// Adds the event with the number `last() + 1`, and removes what is past the bounds. An event that is larger than the bounds by itself is
    /// not kept, nor is any before it.
    pub(crate) fn append(&mut self, to: &Target, message: Message) {
        /// The memory of an entry besides its message and the names of rooms.
        const ENTRY: usize = size_of::<Entry>();
        let rooms = to.rooms.iter().chain(&to.except).map(|room| size_of::<Room>() + room.len()).sum::<usize>();
        let size = ENTRY + message.size() + rooms;
        let now = Instant::now();
        self.entries.push_back(Entry { at: now, to: to.clone(), message, size });
        self.bytes += size;
        while let Some(first) = self.entries.front() {
            let full = self.entries.len() > self.limits.events || self.bytes > self.limits.bytes;
            if !full && now.duration_since(first.at) <= self.limits.age {
                break;
            }
            self.bytes -= first.size;
            self.removed += 1;
            self.entries.pop_front();
        }
    }

    /// The events behind number `after` that were for a session; `None` if some of them are not kept any more.
    pub(crate) fn since(&self, after: u64, session: &Membership<'_>) -> Option<Vec<(u64, Message)>> {
        let skip = usize::try_from(after.checked_sub(self.removed)?).ok()?;
        let numbered = (self.removed + 1..).zip(&self.entries).skip(skip);
        let missed = numbered.filter(|(number, entry)| session.receives(*number, &entry.to));
        Some(missed.map(|(number, entry)| (number, entry.message.clone())).collect())
    }
}

impl Membership<'_> {
    fn receives(&self, number: u64, to: &Target) -> bool {
        let own = |room: &Room| **room == *self.id.as_str();
        let member = |room: &Room| own(room) || self.rooms.get(room).is_some_and(|joined| number > *joined);
        to.skip != Some(self.id)
            && (to.rooms.is_empty() || to.rooms.iter().any(member))
            && !to.except.iter().any(|room| own(room) || self.rooms.contains_key(room))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packet::Frame;

    const LIMITS: LogLimits = LogLimits { events: 4, bytes: 100_000, age: Duration::from_secs(10) };

    fn to(rooms: &[&str]) -> Target {
        Target { rooms: rooms.iter().map(|room| Room::from(*room)).collect(), ..Target::default() }
    }

    fn message(text: &str) -> Message {
        Message::One(Frame::message(text))
    }

    fn numbers(log: &Log, after: u64, session: &Membership<'_>) -> Option<Vec<u64>> {
        Some(log.since(after, session)?.into_iter().map(|(number, _)| number).collect())
    }

    #[tokio::test(start_paused = true)]
    async fn a_session_gets_what_was_for_it_and_nothing_else() {
        let (id, other) = (Id::random().unwrap(), Id::random().unwrap());
        let mut log = Log::new(LogLimits { events: 100, ..LIMITS });
        // Joined "red" behind event 1.
        let rooms = HashMap::from([(Room::from("red"), 1)]);
        let session = Membership { id, rooms: &rooms };
        let targets = [
            to(&["red"]),
            to(&["red"]),
            to(&["blue"]),
            to(&["blue", "red"]),
            to(&[]),
            Target { skip: Some(id), ..to(&[]) },
            Target { except: vec![Room::from("red")], ..to(&[]) },
            Target { except: vec![Room::from(id)], ..to(&["red"]) },
            to(&[id.as_str()]),
            Target { rooms: vec![Room::from(other)], ..to(&[]) },
            Target { skip: Some(other), except: vec![Room::from("blue")], ..to(&[]) },
        ];
        for target in &targets {
            log.append(target, message("x"));
        }
        assert_eq!(numbers(&log, 0, &session).unwrap(), [2, 4, 5, 9, 11]);
        assert_eq!(numbers(&log, 5, &session).unwrap(), [9, 11]);
        assert_eq!(numbers(&log, 11, &session).unwrap(), [0; 0]);
    }

    #[tokio::test(start_paused = true)]
    async fn the_bounds_remove_the_oldest() {
        let rooms = HashMap::new();
        let session = Membership { id: Id::random().unwrap(), rooms: &rooms };
        let mut log = Log::new(LIMITS);
        for _ in 0..6 {
            log.append(&to(&[]), message("x"));
        }
        assert_eq!((numbers(&log, 1, &session), log.last()), (None, 6), "event 2 is not kept any more");
        assert_eq!(numbers(&log, 2, &session).unwrap(), [3, 4, 5, 6]);

        tokio::time::advance(Duration::from_secs(11)).await;
        log.append(&to(&[]), message("x"));
        assert_eq!(numbers(&log, 5, &session), None, "events 3 to 6 are too old");
        assert_eq!(numbers(&log, 6, &session).unwrap(), [7]);

        log.append(&to(&[]), message(&"x".repeat(LIMITS.bytes)));
        assert_eq!((numbers(&log, 7, &session), log.bytes), (None, 0), "larger than the bound by itself");
        assert_eq!(numbers(&log, 8, &session).unwrap(), [0; 0]);
        log.append(&to(&[]), message("x"));
        assert_eq!(numbers(&log, 8, &session).unwrap(), [9]);
    }
}
