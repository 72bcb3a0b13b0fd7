//! Acknowledgements of the clients of all nodes: when they end, and what is said of clients and nodes that have not answered.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream;
use socketio::adapter::{
    Action, Adapter, AdapterError, Answer, BoxFuture, BoxStream, Node as OwnNode, Question, Reply,
};
use socketio::prelude::*;
use socketio::{AckError, SocketId};
use tests::session::Client;
use tokio::sync::mpsc;

use crate::app::{App, text};
use crate::nodes::pair;

type Said = Result<Answer, AdapterError>;

/// The other nodes are the test: what it sends is what they say.
#[derive(Clone)]
struct Scripted(Arc<Mutex<Option<mpsc::UnboundedReceiver<Said>>>>);

impl Adapter for Scripted {
    fn start(&self, _: OwnNode) -> BoxFuture<'static, Result<(), Error>> {
        Box::pin(std::future::ready(Ok(())))
    }
    fn publish(&self, _: Action) -> Result<(), AdapterError> {
        Ok(())
    }
    fn ask(&self, _: Question) -> BoxStream<'static, Said> {
        let mut said = self.0.lock().unwrap().take().expect("one question");
        Box::pin(stream::poll_fn(move |cx| said.poll_recv(cx)))
    }
}

#[derive(Default)]
struct Quiet;

#[namespace("/", manual)]
impl Quiet {
    fn on_nothing(&self) {}
}

async fn scripted() -> (App, mpsc::UnboundedSender<Said>) {
    let (say, said) = mpsc::unbounded_channel();
    let adapter = Scripted(Arc::new(Mutex::new(Some(said))));
    (App::start(Server::empty().mount::<Quiet>().adapter(adapter)).await, say)
}

fn reply(value: u8) -> Said {
    Ok(Answer::Acknowledged { socket: None, reply: Ok(Reply::new(format!("[{value}]"), Vec::new())) })
}

/// Answers the question that comes next.
async fn answer(client: &mut Client, value: u8) {
    let packet = text(client).await;
    let id = packet.trim_start_matches("42").split('[').next().unwrap().to_owned();
    client.send(format!("43{id}[{value}]")).await;
}

const LONG: Duration = Duration::from_secs(86_400);

#[tokio::test]
async fn the_end_comes_with_the_last_answer_of_all_nodes() {
    let ((left, mut l, l_id), (right, mut r, r_id)) = pair().await;
    for (app, other) in [(&left, r_id), (&right, l_id)] {
        let mut answers = app.handle.of("/").timeout(LONG).emit_with_ack::<u8>("ask", ());
        answer(&mut l, 1).await;
        answer(&mut r, 2).await;
        let mut got = Vec::new();
        while let Some((id, answer)) = answers.next().await {
            got.push((id, answer.unwrap()));
        }
        got.sort_by_key(|(_, value)| *value);
        assert_eq!(got, [(l_id, 1), (r_id, 2)]);
        assert_eq!((answers.missing(), answers.missing_nodes()), (Some(0), &[][..]));
        // Nobody is in the room: the end comes at once.
        let nobody = app.handle.of("/").to("nobody").timeout(LONG).emit_with_ack::<u8>("ask", ());
        assert_eq!(nobody.collect::<Vec<_>>().await, []);
        let one = app.handle.of("/").to(other).timeout(LONG).emit_with_ack::<u8>("ask", ());
        answer(if other == l_id { &mut l } else { &mut r }, 3).await;
        assert_eq!(one.collect::<Vec<_>>().await, [(other, Ok(3))]);
    }
}

#[tokio::test]
async fn clients_that_do_not_answer_are_counted_on_every_node() {
    let ((left, mut l, l_id), (right, mut r, r_id)) = pair().await;
    for (app, answers_there) in [(&left, true), (&right, false)] {
        let mut answers = app.handle.of("/").timeout(Duration::from_millis(300)).emit_with_ack::<u8>("ask", ());
        assert_eq!(answers.missing(), Some(1), "the own client, so far");
        let (speaks, silent) = if answers_there { (&mut r, &mut l) } else { (&mut l, &mut r) };
        answer(speaks, 1).await;
        text(silent).await;
        let mut got = Vec::new();
        while let Some(item) = answers.next().await {
            got.push(item);
        }
        let (speaks, silent) = if answers_there { (r_id, l_id) } else { (l_id, r_id) };
        assert_eq!(got, [(speaks, Ok(1)), (silent, Err(AckError::Timeout))]);
        assert_eq!((answers.missing(), answers.missing_nodes()), (Some(1), &[][..]));
    }
}

#[tokio::test]
async fn clients_of_nodes_that_tell_no_ids_are_counted() {
    let (app, say) = scripted().await;
    let mut client = app.client().await;
    let mut answers = app.handle.of("/").timeout(LONG).emit_with_ack::<u8>("ask", ());
    answer(&mut client, 7).await;
    for said in [Ok(Answer::Asked(2)), reply(8), Ok(Answer::Asked(0)), Ok(Answer::Asked(2)), reply(9)] {
        say.send(said).unwrap();
    }
    drop(say);
    let mut got = Vec::new();
    while let Some((id, answer)) = answers.next().await {
        got.push((id == SocketId::UNKNOWN, answer));
    }
    got.sort_by_key(|(unknown, answer)| (*unknown, answer.clone().unwrap_or(u8::MAX)));
    let late = (true, Err(AckError::Timeout));
    assert_eq!(got, [(false, Ok(7)), (true, Ok(8)), (true, Ok(9)), late.clone(), late]);
    assert_eq!(answers.missing(), Some(2));
    assert!(answers.next().await.is_none());
}

#[tokio::test]
async fn a_node_that_does_not_answer_makes_the_number_unknown() {
    let (app, say) = scripted().await;
    let mut client = app.client().await;
    let mut answers = app.handle.of("/").timeout(LONG).emit_with_ack::<u8>("ask", ());
    answer(&mut client, 7).await;
    say.send(Ok(Answer::Asked(1))).unwrap();
    say.send(Err(AdapterError::NoAnswer("b".to_owned()))).unwrap();
    say.send(reply(8)).unwrap();
    drop(say);
    let got: Vec<_> = (&mut answers).map(|(_, answer)| answer).collect().await;
    assert_eq!(got.len(), 2);
    assert_eq!(answers.missing(), None);
    assert_eq!(answers.missing_nodes(), [AdapterError::NoAnswer("b".to_owned())]);
}

#[tokio::test]
async fn an_adapter_that_never_ends_does_not_hold_up_the_end() {
    let (app, say) = scripted().await;
    let mut client = app.client().await;
    tokio::time::pause();
    let mut answers = app.handle.of("/").timeout(Duration::from_secs(2)).emit_with_ack::<u8>("ask", ());
    let begun = tokio::time::Instant::now();
    text(&mut client).await;
    say.send(Ok(Answer::Asked(1))).unwrap();
    let got: Vec<_> = (&mut answers).collect().await;
    let id = |n: usize| got[n].0.as_str();
    assert_eq!((got.len(), id(0), id(1)), (2, client.sid.as_str(), SocketId::UNKNOWN.as_str()));
    assert!(got.iter().all(|(_, answer)| *answer == Err(AckError::Timeout)));
    assert_eq!((answers.missing(), answers.missing_nodes()), (None, &[AdapterError::Timeout][..]));
    assert!(begun.elapsed() >= Duration::from_secs(2));
    drop(say);
}

/// A number that no node can mean takes neither memory nor time.
#[tokio::test]
async fn a_node_may_claim_any_number_of_clients() {
    let (app, say) = scripted().await;
    let mut answers = app.handle.of("/").timeout(LONG).emit_with_ack::<u8>("ask", ());
    say.send(Ok(Answer::Asked(usize::MAX))).unwrap();
    say.send(Ok(Answer::Asked(usize::MAX))).unwrap();
    drop(say);
    let mut count = 0;
    while answers.next().await.is_some() {
        count += 1;
    }
    assert_eq!((count, answers.missing()), (1_000_000, Some(usize::MAX)));
}
