//! The spare buffers of each thread, all of them, with their limits. A buffer is taken for one use and given back after it, so that an
//! idle connection has none; what is given back beyond a limit is freed.
//!
//! | for | one buffer is at most | kept by a thread |
//! |---|---|---|
//! | writing packets | 2 KiB | 1 |
//! | reading from a socket | 64 KiB | 1 |
//! | frames that wait to be written to a socket | 256 KiB | 1 |
//! | queues of messages | 256 messages | 1 |
//! | large messages and attachments | 1 MiB | 2 MiB together |
//!
//! Large messages are shared as [`Bytes`], which give their buffer back when the last clone is dropped. They are pooled because glibc's
//! allocator returns the end of its heap to the system when more than 128 KiB of it are free, and takes it again for the next
//! message: two `brk` calls and the page faults cost more than the rest of an echo of 64 KiB.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

use bytes::Bytes;

use crate::packet::Message;

/// Packets are written into a buffer of at most this size, in bytes; a larger one is not kept.
pub(crate) const PACKET: usize = 2 * 1024;
/// The bytes that are read from a socket at once.
pub(crate) const CHUNK: usize = 64 * 1024;
/// A buffer of frames larger than this is not kept, in bytes.
const FRAMES: usize = 256 * 1024;
/// A queue with room for more messages than this is not kept.
const MESSAGES: usize = 256;
/// From this size on, in bytes, a buffer that is shared is pooled. The pool's bookkeeping costs an allocation, and for smaller buffers
/// the allocator alone is as fast.
const LARGE: usize = 16 * 1024;
/// Shared buffers larger than this are not kept, in bytes.
const LARGEST: usize = 1024 * 1024;
/// The bytes of all large buffers that a thread keeps.
const LARGE_TOTAL: usize = 2 * 1024 * 1024;

thread_local! {
    static WRITING: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
    static READING: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
    static WAITING: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
    static QUEUE: Cell<VecDeque<Message>> = const { Cell::new(VecDeque::new()) };
    static SHARED: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}

/// An empty buffer to write a packet into.
pub(crate) fn packet() -> Vec<u8> {
    WRITING.take()
}

/// Gives back what [`packet`] gave.
pub(crate) fn give_packet(mut buffer: Vec<u8>) {
    if buffer.capacity() <= PACKET {
        buffer.clear();
        WRITING.set(buffer);
    }
}

/// A buffer of [`CHUNK`] bytes to read into, with arbitrary content.
pub(crate) fn chunk() -> Vec<u8> {
    let buffer = READING.take();
    if buffer.is_empty() { vec![0; CHUNK] } else { buffer }
}

/// Gives back what [`chunk`] gave; a buffer of another length is freed.
pub(crate) fn give_chunk(buffer: Vec<u8>) {
    if buffer.len() == CHUNK {
        READING.set(buffer);
    }
}

/// An empty buffer for frames that wait to be written.
pub(crate) fn frames() -> Vec<u8> {
    WAITING.take()
}

/// Gives back what [`frames`] gave.
pub(crate) fn give_frames(mut buffer: Vec<u8>) {
    if buffer.capacity() <= FRAMES {
        buffer.clear();
        WAITING.set(buffer);
    }
}

/// An empty queue of messages.
pub(crate) fn queue() -> VecDeque<Message> {
    QUEUE.take()
}

/// Gives back what [`queue`] gave, if it is empty.
pub(crate) fn give_queue(queue: VecDeque<Message>) {
    if queue.is_empty() && (1..=MESSAGES).contains(&queue.capacity()) {
        QUEUE.set(queue);
    }
}

/// An empty buffer with room for `size` bytes, to be shared by [`share`].
pub(crate) fn large(size: usize) -> Vec<u8> {
    if !(LARGE..=LARGEST).contains(&size) {
        return Vec::with_capacity(size);
    }
    let spare = SHARED.with_borrow_mut(|spare| {
        // The newest first, because it is most likely in the processor's cache. A buffer that is much too large is not taken, because it may be
        // kept for long.
        let fits = spare.iter().rposition(|buffer| buffer.capacity() >= size && !wastes(size, buffer.capacity()));
        fits.map(|at| spare.remove(at))
    });
    spare.unwrap_or_else(|| Vec::with_capacity(size))
}

/// Whether bytes that are kept should be copied out of their buffer: the buffer has more than 4 KiB, and less than half of it is used.
pub(crate) fn wastes(used: usize, buffer: usize) -> bool {
    buffer > 4096 && used < buffer / 2
}

/// The buffer as bytes that can be cloned; a large one is given back when the last clone is dropped. Bytes that use a small part of the
/// buffer are copied, because they are counted by their length wherever they wait.
pub(crate) fn share(buffer: Vec<u8>) -> Bytes {
    if wastes(buffer.len(), buffer.capacity()) {
        let copied = copy(&buffer);
        drop(Pooled(buffer));
        return copied;
    }
    if (LARGE..=LARGEST).contains(&buffer.capacity()) { Bytes::from_owner(Pooled(buffer)) } else { Bytes::from(buffer) }
}

/// A copy of `bytes`, in a pooled buffer if it is large.
pub(crate) fn copy(bytes: &[u8]) -> Bytes {
    if !(LARGE..=LARGEST).contains(&bytes.len()) {
        return Bytes::copy_from_slice(bytes);
    }
    let mut buffer = large(bytes.len());
    buffer.extend_from_slice(bytes);
    share(buffer)
}

/// A large buffer that is shared. The thread that drops it keeps it.
struct Pooled(Vec<u8>);

impl AsRef<[u8]> for Pooled {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for Pooled {
    fn drop(&mut self) {
        let mut buffer = std::mem::take(&mut self.0);
        if !(LARGE..=LARGEST).contains(&buffer.capacity()) {
            return;
        }
        buffer.clear();
        // The pool does not exist any more while the thread ends.
        let _ = SHARED.try_with(|spare| {
            let Ok(mut spare) = spare.try_borrow_mut() else { return };
            let kept: usize = spare.iter().map(Vec::capacity).sum();
            if kept + buffer.capacity() <= LARGE_TOTAL {
                spare.push(buffer);
            }
        });
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Whether the pool of this thread has the buffer at this address.
    pub(crate) fn keeps(address: *const u8) -> bool {
        SHARED.with_borrow(|spare| spare.iter().any(|buffer| buffer.as_ptr() == address))
    }

    fn kept() -> (usize, usize) {
        SHARED.with_borrow(|spare| (spare.len(), spare.iter().map(Vec::capacity).sum()))
    }

    #[test]
    fn a_large_buffer_comes_back_with_its_last_clone() {
        let bytes = copy(&[7; LARGE]);
        let (address, clone) = (bytes.as_ptr(), bytes.slice(1..));
        drop(bytes);
        assert_eq!((kept().0, clone[0]), (0, 7));
        drop(clone);
        assert_eq!(kept(), (1, LARGE));
        let again = large(LARGE);
        assert_eq!((again.as_ptr(), again.len(), kept().0), (address, 0, 0));
    }

    #[test]
    fn small_and_huge_buffers_are_left_to_the_allocator() {
        drop((copy(&[1; LARGE - 1]), copy(&vec![1; LARGEST + 1]), share(Vec::new())));
        assert_eq!(kept().0, 0);
        drop(copy(&vec![1; LARGEST]));
        assert_eq!(kept(), (1, LARGEST));
        assert!(large(LARGEST + 1).capacity() > LARGEST);
        assert_eq!(kept().0, 1);
    }

    #[test]
    fn a_thread_keeps_a_bounded_number_of_bytes() {
        let all: Vec<_> = (0..100).map(|_| copy(&[0; 50_000])).collect();
        drop(all);
        let (count, bytes) = kept();
        assert!(count > 10 && bytes <= LARGE_TOTAL, "{count} {bytes}");
        assert!(large(200_000).capacity() >= 200_000);
        assert_eq!(kept().0, count, "none of them is large enough");
    }

    #[test]
    fn few_bytes_do_not_take_a_large_buffer() {
        drop(copy(&vec![1; LARGEST]));
        assert!(large(LARGE).capacity() < LARGEST);
        let mut buffer = large(LARGEST);
        let address = buffer.as_ptr();
        buffer.extend_from_slice(b"few");
        let few = share(buffer);
        assert!(keeps(address), "it is free again");
        assert_eq!(&few[..], b"few");
        assert_eq!(few.try_into_mut().unwrap().capacity(), 3);
    }

    #[test]
    fn a_buffer_dropped_by_another_thread_stays_there() {
        let bytes = copy(&[0; LARGE]);
        std::thread::spawn(move || drop(bytes)).join().unwrap();
        assert_eq!(kept().0, 0);
    }

    #[test]
    fn what_is_too_large_is_not_kept() {
        give_packet(Vec::with_capacity(PACKET + 1));
        give_frames(Vec::with_capacity(FRAMES + 1));
        give_queue(VecDeque::with_capacity(MESSAGES + 1));
        give_chunk(vec![0; CHUNK - 1]);
        assert_eq!((packet().capacity(), frames().capacity(), queue().capacity()), (0, 0, 0));
        give_packet(vec![1; PACKET]);
        give_frames(vec![1; FRAMES]);
        assert_eq!((packet().len(), frames().len(), chunk().len()), (0, 0, CHUNK));
    }
}
