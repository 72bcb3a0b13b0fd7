//! Tests of the outstanding requests, with the clock of tokio paused.

use futures_util::StreamExt as _;

use super::*;
use crate::adapter::remote::Reply;

const TIMEOUT: Duration = Duration::from_secs(5);

fn text(text: &str) -> Arc<str> {
    Arc::from(text)
}

fn asked(nodes: &[&str], counting: bool) -> Asked {
    let nodes = nodes.iter().map(|node| (text(node), text(&format!("name of {node}")))).collect();
    Asked { namespace: text("/"), counting, nodes, timeout: TIMEOUT }
}

fn open(requests: &Arc<Requests>, nodes: &[&str]) -> Answers {
    requests.add(&text("r"), asked(nodes, true), Box::pin(std::future::ready(()))).unwrap()
}

fn count(request: &str, count: usize) -> Body {
    Body::CountReply { request: text(request), count }
}

fn ack(number: usize) -> Body {
    Body::Ack { request: text("r"), socket: None, reply: Reply::new(format!("[{number}]"), Vec::new()) }
}

async fn all(answers: Answers) -> Vec<String> {
    let name = |item: Item| match item {
        Ok(Answer::Count(count)) => format!("count {count}"),
        Ok(Answer::Asked(asked)) => format!("asked {asked}"),
        Ok(Answer::Acknowledged { reply: Ok(reply), .. }) => reply.json().to_owned(),
        Ok(Answer::Acknowledged { reply: Err(failure), .. }) => format!("{failure:?}"),
        Ok(other) => format!("{other:?}"),
        Err(error) => error.to_string(),
    };
    answers.map(name).collect().await
}

#[tokio::test(start_paused = true)]
async fn a_request_ends_with_the_last_answer_and_gives_each_node_once() {
    let requests = Requests::new(10);
    let answers = open(&requests, &["a", "b"]);
    requests.answer(&text("a"), count("r", 1));
    requests.answer(&text("a"), count("r", 100));
    requests.answer(&text("unnamed"), count("r", 4));
    requests.expect("r", 1, &[]);
    requests.answer(&text("b"), count("other", 100));
    assert_eq!(requests.count(), 1);
    requests.answer(&text("b"), count("r", 2));
    assert_eq!(requests.count(), 0);
    let begun = tokio::time::Instant::now();
    assert_eq!(all(answers).await, ["count 1", "count 4", "count 2"]);
    assert_eq!(begun.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn after_the_timeout_each_missing_node_is_an_error() {
    let requests = Requests::new(10);
    let answers = open(&requests, &["a"]);
    requests.expect("r", 2, &[]);
    requests.answer(&text("x"), count("r", 4));
    let begun = tokio::time::Instant::now();
    let unknown = "node `unknown` has not answered";
    assert_eq!(all(answers).await, ["count 4", "node `name of a` has not answered", unknown]);
    assert_eq!((begun.elapsed(), requests.count()), (TIMEOUT, 0));
    // Without an answer of the broker.
    let answers = open(&requests, &[]);
    requests.answer(&text("x"), count("r", 4));
    assert_eq!(all(answers).await[0], "count 4");
}

#[tokio::test(start_paused = true)]
async fn nobody_else_is_asked() {
    let requests = Requests::new(10);
    let answers = open(&requests, &[]);
    requests.expect("r", 0, &[]);
    assert!(all(answers).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn nodes_that_close_or_are_silent_or_not_connected_are_not_waited_for() {
    let requests = Requests::new(10);
    let answers = open(&requests, &["a", "b", "c", "d"]);
    requests.expect("r", 0, &[text("c")]);
    requests.gone("/", &text("a"), true);
    requests.gone("/other", &text("d"), false);
    requests.gone("/", &text("b"), false);
    assert_eq!(requests.count(), 1);
    requests.answer(&text("d"), count("r", 1));
    assert_eq!(all(answers).await, ["node `name of b` has not answered", "count 1"]);
}

#[tokio::test(start_paused = true)]
async fn acknowledgements_come_from_each_socket_once() {
    let requests = Requests::new(10);
    let answers = open(&requests, &["a", "b", "c"]);
    requests.expect("r", 1, &[]);
    let asked = |count| Body::ClientCount { request: text("r"), count };
    requests.answer(&text("a"), ack(1));
    requests.answer(&text("a"), asked(2));
    requests.answer(&text("a"), asked(7));
    requests.answer(&text("a"), ack(2));
    requests.answer(&text("a"), ack(3));
    requests.answer(&text("x"), asked(0));
    requests.answer(&text("b"), asked(1));
    // A node that leaves takes its sockets with it.
    requests.gone("/", &text("b"), true);
    requests.answer(&text("c"), asked(2));
    let failure = AckFailure::TooMany;
    requests.answer(&text("c"), Body::AckFailed { request: text("r"), socket: None, failure });
    let expected = ["[1]", "asked 2", "[2]", "asked 0", "asked 1", "Disconnected", "asked 2", "TooMany", "Timeout"]
        .map(String::from);
    assert_eq!(all(answers).await, expected);
}

#[tokio::test(start_paused = true)]
async fn numbers_that_a_node_makes_up_cost_nothing() {
    let requests = Requests::new(10);
    let answers = open(&requests, &["a"]);
    requests.expect("r", usize::MAX, &[]);
    requests.answer(&text("a"), Body::ClientCount { request: text("r"), count: usize::MAX });
    // The first was read before the others came.
    assert_eq!(all(answers).await.len(), UNREAD + 1);
}

#[tokio::test(start_paused = true)]
async fn requests_are_bounded_and_end_with_their_answers() {
    let requests = Requests::new(1);
    let answers = open(&requests, &["a"]);
    let second = requests.add(&text("s"), asked(&[], false), Box::pin(std::future::ready(())));
    assert!(matches!(second.err(), Some(AdapterError::Full)));
    drop(answers);
    assert_eq!(requests.count(), 0);
    drop(open(&requests, &["a"]));
}
