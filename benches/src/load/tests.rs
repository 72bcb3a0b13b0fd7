//! The load generator against a server that spoils one answer: it has to notice, and must not complain of a good one.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use super::message::Shape;
use super::{Outcome, Plan, run};
use crate::cells::Load;
use crate::local::from_server;

/// What happens to the answer to message 20 of the first connection.
#[derive(Clone, Copy)]
enum Fault {
    None,
    Doubled,
    Altered,
    OfAnother,
    /// It comes after the next one.
    Late,
}

/// Serves any number of WebSocket clients, which only ask for `echo`, until they are gone.
fn serve(listener: TcpListener, mut fault: Fault) {
    for stream in listener.incoming() {
        let fault = std::mem::replace(&mut fault, Fault::None);
        thread::spawn(move || connection(stream?, fault));
    }
}

fn connection(mut stream: TcpStream, fault: Fault) -> io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut line = String::new();
    while line != "\r\n" {
        line.clear();
        reader.read_line(&mut line)?;
    }
    stream.write_all(b"HTTP/1.1 101 Switching Protocols\r\n\r\n")?;
    stream.write_all(&from_server(0x81, br#"0{"sid":"x","pingInterval":25000}"#))?;
    let mut held = Vec::new();
    for number in 0.. {
        let packet = read(&mut reader)?;
        let answer = match packet.strip_prefix("42") {
            None => r#"40{"sid":"y"}"#.to_owned(),
            Some(event) => format!("43{}", event.replacen("\"echo\",", "", 1)),
        };
        let frame = |answer: &str| from_server(0x81, answer.as_bytes());
        let frames = match fault {
            Fault::Doubled if number == 20 => frame(&answer).repeat(2),
            Fault::Altered if number == 20 => frame(&answer.replace("The", "the")),
            Fault::OfAnother if number == 20 => frame(&answer.replacen("0000", "1000", 1)),
            Fault::Late if number == 20 => {
                held = frame(&answer);
                continue;
            }
            _ => frame(&answer),
        };
        stream.write_all(&frames)?;
        stream.write_all(&std::mem::take(&mut held))?;
    }
    Ok(())
}

/// The text of one short masked frame.
fn read(from: &mut impl Read) -> io::Result<String> {
    let mut head = [0; 6];
    from.read_exact(&mut head)?;
    let mut payload = vec![0; usize::from(head[1] & 0x7f)];
    from.read_exact(&mut payload)?;
    payload.iter_mut().zip(head[2..].iter().cycle()).for_each(|(byte, mask)| *byte ^= mask);
    String::from_utf8(payload).map_err(io::Error::other)
}

fn echo(fault: Fault) -> Outcome {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let plan = Plan {
        address: listener.local_addr().unwrap(),
        pid: std::process::id(),
        warmup: Duration::ZERO,
        measure: Duration::from_millis(400),
    };
    thread::spawn(move || serve(listener, fault));
    run(Load::Echo { connections: 2, window: 4, shape: Shape::Text(64), rate: None }, plan)
}

#[test]
fn a_good_server_is_not_blamed() {
    let outcome = echo(Fault::None);
    assert_eq!(outcome.faults, Vec::<String>::new());
    assert_eq!(outcome.figures["reordered"], 0.0);
    assert!(outcome.figures["per_second"] > 0.0);
}

#[test]
fn one_wrong_answer_is_noticed() {
    for (fault, words) in
        [(Fault::Doubled, "nothing waits for"), (Fault::Altered, "came back as"), (Fault::OfAnother, "came back as")]
    {
        let faults = echo(fault).faults;
        assert!(faults.iter().any(|fault| fault.contains(words)), "{words}: {faults:?}");
    }
}

#[test]
fn order_is_told_apart() {
    let outcome = echo(Fault::Late);
    assert_eq!(outcome.faults, Vec::<String>::new());
    assert_eq!(outcome.figures["reordered"], 1.0);
}
