//! The writer against streams that take little at a time, or nothing for a while.

use std::task::Waker;

use super::*;

/// Takes the given numbers of bytes, one after the other, each followed by a `Pending`; then everything.
struct Narrow {
    takes: VecDeque<usize>,
    got: Vec<u8>,
    calls: usize,
}

impl Narrow {
    fn new(takes: impl IntoIterator<Item = usize>) -> Self {
        Self { takes: takes.into_iter().collect(), got: Vec::new(), calls: 0 }
    }
}

impl Sink for Narrow {
    fn poll_write(&mut self, _: &mut Context<'_>, parts: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        self.calls += 1;
        let mut room = match self.takes.pop_front() {
            Some(0) => return Poll::Pending,
            Some(n) => n,
            None => usize::MAX,
        };
        let before = self.got.len();
        for part in parts {
            let n = part.len().min(room);
            self.got.extend_from_slice(&part[..n]);
            room -= n;
        }
        Poll::Ready(Ok(self.got.len() - before))
    }
}

fn write(out: &mut FrameWriter, io: &mut Narrow) -> bool {
    let mut cx = Context::from_waker(Waker::noop());
    match out.poll_write(io, &mut cx) {
        Poll::Ready(result) => {
            result.unwrap();
            true
        }
        Poll::Pending => false,
    }
}

/// Reads unmasked frames back.
fn frames(mut bytes: &[u8]) -> Vec<(bool, Vec<u8>)> {
    let mut frames = Vec::new();
    while !bytes.is_empty() {
        let (length, header) = match bytes[1] {
            126 => (usize::from(u16::from_be_bytes([bytes[2], bytes[3]])), 4),
            127 => (u64::from_be_bytes(bytes[2..10].try_into().unwrap()) as usize, 10),
            short => (usize::from(short), 2),
        };
        frames.push((bytes[0] == 0x82, bytes[header..header + length].to_vec()));
        bytes = &bytes[header + length..];
    }
    frames
}

fn payloads() -> Vec<Bytes> {
    let sizes = [0, 1, 125, 126, COPIED, COPIED + 1, 65_535, 65_536, 3, 70_000, 5];
    sizes.iter().enumerate().map(|(i, &size)| Bytes::from(vec![b'a' + i as u8; size])).collect()
}

#[test]
fn frames_of_all_sizes_arrive_whole_and_in_order() {
    let mut out = FrameWriter::default();
    let payloads = payloads();
    for (i, payload) in payloads.iter().enumerate() {
        out.frame(b"", payload, i % 2 == 1);
    }
    let total = out.len();
    let mut io = Narrow::new([]);
    assert!(write(&mut out, &mut io));
    assert_eq!(io.got.len(), total);
    assert_eq!(io.calls, 1, "one vectored write for all");
    let read = frames(&io.got);
    assert_eq!(read.len(), payloads.len());
    for (i, (binary, payload)) in read.iter().enumerate() {
        assert_eq!((*binary, payload.as_slice()), (i % 2 == 1, &payloads[i][..]), "frame {i}");
    }
}

#[test]
fn partial_writes_never_mix_frames() {
    let payloads = payloads();
    for step in [1, 7, 126, 2_049, 65_537] {
        let mut out = FrameWriter::default();
        let mut io = Narrow::new(std::iter::repeat_n([step, 0], 20).flatten());
        let mut expected = Vec::new();
        for round in 0..4 {
            for payload in &payloads {
                out.frame(b"", payload, false);
                expected.push((false, payload.to_vec()));
            }
            out.raw(&[0x81, 1, b'0' + round]);
            expected.push((false, vec![b'0' + round]));
            write(&mut out, &mut io);
        }
        while !write(&mut out, &mut io) {}
        assert_eq!(frames(&io.got), expected, "step {step}");
        assert_eq!((out.len(), out.written()), (0, io.got.len() as u64));
    }
}

#[test]
fn many_large_frames_take_several_writes() {
    let mut out = FrameWriter::default();
    let payload = Bytes::from(vec![7; COPIED + 1]);
    for _ in 0..100 {
        out.frame(b"", &payload, true);
    }
    let mut io = Narrow::new([]);
    assert!(write(&mut out, &mut io));
    assert_eq!(frames(&io.got).len(), 100);
}

#[test]
fn an_idle_writer_holds_no_memory() {
    let mut out = FrameWriter::default();
    for payload in payloads() {
        out.frame(b"", &payload, false);
    }
    assert!(write(&mut out, &mut Narrow::new([])));
    assert_eq!((out.buffer.capacity(), out.large.capacity()), (0, 0));
}

#[test]
fn a_slow_reader_does_not_make_the_buffer_grow_with_what_it_has_read() {
    let mut out = FrameWriter::default();
    let small = Bytes::from(vec![1; 1000]);
    // One frame is always left, so the buffer is never given back.
    out.frame(b"", &small, false);
    for _ in 0..1000 {
        out.frame(b"", &small, false);
        write(&mut out, &mut Narrow::new([1004, 0]));
    }
    assert!(out.buffer.len() < 2 * MOVED_AT, "{}", out.buffer.len());
}

#[test]
fn a_stream_that_takes_nothing_is_an_error() {
    struct Full;
    impl Sink for Full {
        fn poll_write(&mut self, _: &mut Context<'_>, _: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
            Poll::Ready(Ok(0))
        }
    }
    let mut out = FrameWriter::default();
    out.raw(b"x");
    let result = out.poll_write(&mut Full, &mut Context::from_waker(Waker::noop()));
    assert!(matches!(result, Poll::Ready(Err(error)) if error.kind() == io::ErrorKind::WriteZero));
}
