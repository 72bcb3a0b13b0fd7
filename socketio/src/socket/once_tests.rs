//! What the table stores: for which sender, for how long, and within which bounds.

use super::*;
use crate::packet::write;

fn once(ids: usize, bytes: usize) -> Once {
    Once::new(OnceLimits { window: Duration::from_secs(600), ids, bytes })
}

fn user(name: &str) -> Sender {
    Sender::User(name.into())
}

fn name(id: impl ToString) -> Name {
    Name { namespace: "/".into(), handler: "on_pay", id: id.to_string().into() }
}

fn answer(value: &str) -> Answer {
    Answer::of(&write::ack("/", 0, &value).unwrap())
}

fn first(once: &Once, sender: &Sender, id: impl ToString) -> Ticket {
    match once.arrive(sender, &name(id)) {
        Arrived::First(ticket) => {
            ticket.begin();
            ticket
        }
        other => panic!("{other:?}"),
    }
}

/// The text of the answer to an event that was answered.
fn repeat(once: &Once, sender: &Sender, id: impl ToString) -> Option<String> {
    match once.arrive(sender, &name(id)) {
        Arrived::Answered(answer) => Some(answer.json.to_string()),
        Arrived::First(_) => None,
        Arrived::Running(_) => panic!("it runs"),
    }
}

/// Ids, answers and bytes that are kept.
fn sizes(once: &Once) -> (usize, usize, usize) {
    let state = once.0.lock();
    let events = state.senders.values().map(|ids| ids.events.len()).sum();
    let bytes: usize = state.senders.values().map(|ids| ids.bytes).sum();
    assert_eq!((bytes, state.bytes), (state.bytes, state.answered.values().map(|event| event.cost).sum()));
    assert_eq!(state.answered.len(), state.senders.values().map(|ids| ids.answered.len()).sum::<usize>());
    (events, state.answered.len(), state.bytes)
}

#[tokio::test]
async fn a_repeat_has_the_answer_of_the_first() {
    let once = once(100, 1 << 20);
    first(&once, &user("ada"), 1).answer(answer("paid"));
    assert_eq!(repeat(&once, &user("ada"), 1).unwrap(), r#"["paid"]"#);
    // Another id, another sender, another handler and another namespace are other events.
    let others = [Name { handler: "on_buy", ..name(1) }, Name { namespace: "/x".into(), ..name(1) }, name(2)];
    for other in others {
        assert!(matches!(once.arrive(&user("ada"), &other), Arrived::First(_)), "{other:?}");
    }
    assert_eq!(repeat(&once, &user("bob"), 1), None);
    assert_eq!(repeat(&once, &Sender::Connection("ada".into()), 1), None);
    assert_eq!(sizes(&once).0, 1);
}

#[tokio::test]
async fn those_that_wait_look_again_when_the_first_has_ended() {
    let once = once(100, 1 << 20);
    let (ada, ticket) = (user("ada"), first(&once, &user("ada"), 1));
    let Arrived::Running(mut done) = once.arrive(&ada, &name(1)) else { panic!() };
    assert!(!done.has_changed().unwrap());
    ticket.answer(answer("paid"));
    assert!(done.changed().await.is_err());
    assert!(repeat(&once, &ada, 1).is_some());
    // An event that was not handled is removed.
    for withdraws in [false, true] {
        let Arrived::First(ticket) = once.arrive(&ada, &name(2)) else { panic!() };
        let Arrived::Running(mut done) = once.arrive(&ada, &name(2)) else { panic!() };
        if withdraws {
            ticket.begin();
            ticket.withdraw();
        }
        drop(ticket);
        assert!(done.changed().await.is_err());
        assert_eq!(repeat(&once, &ada, 2), None);
    }
}

#[tokio::test]
async fn one_that_was_begun_and_has_no_answer_is_not_handled_again() {
    let once = once(100, 1 << 20);
    drop(first(&once, &user("ada"), 1));
    assert!(repeat(&once, &user("ada"), 1).unwrap().contains("answer_lost"));
    let ticket = first(&once, &user("ada"), 2);
    let panics = std::thread::spawn(move || {
        let _ticket = ticket;
        panic!("on purpose");
    });
    assert!(panics.join().is_err());
    assert!(repeat(&once, &user("ada"), 2).unwrap().contains(r#""code":"internal""#));
}

#[tokio::test(start_paused = true)]
async fn answers_are_kept_for_the_window() {
    let once = once(100, 1 << 20);
    let minutes = |count: u64| tokio::time::advance(Duration::from_secs(60 * count));
    let slow = first(&once, &user("ada"), "slow");
    first(&once, &user("ada"), 1).answer(answer("one"));
    minutes(5).await;
    first(&once, &user("bob"), 2).answer(answer("two"));
    minutes(4).await;
    assert!(repeat(&once, &user("ada"), 1).is_some());
    minutes(1).await;
    // The window of the first answer is over and that of the second is not; an event whose handler runs does not expire.
    assert_eq!(repeat(&once, &user("ada"), 1), None);
    assert!(repeat(&once, &user("bob"), 2).is_some());
    minutes(60).await;
    assert!(matches!(once.arrive(&user("ada"), &name("slow")), Arrived::Running(_)));
    slow.answer(answer("at last"));
    // The window counts from the answer.
    minutes(9).await;
    assert!(repeat(&once, &user("ada"), "slow").is_some());
    minutes(1).await;
    assert_eq!(repeat(&once, &user("ada"), "slow"), None);
    assert_eq!(sizes(&once), (0, 0, 0));
    assert!(once.0.lock().senders.is_empty());
}

#[tokio::test]
async fn what_is_kept_is_bounded_by_number_and_bytes() {
    let once = once(160, 1 << 20);
    for id in 0..1000 {
        first(&once, &user(&(id % 100).to_string()), id).answer(answer("ok"));
        assert!(sizes(&once).0 <= 160);
    }
    assert_eq!(sizes(&once).0, 160);
    assert_eq!(repeat(&once, &user("39"), 839), None, "the oldest are forgotten");
    assert!(repeat(&once, &user("40"), 840).is_some());
    // 64 KiB of answers are a sixteenth of the bytes: one sender keeps fewer than three, many fill the table.
    let large = "x".repeat(30_000);
    for id in 0..1000 {
        first(&once, &user(&format!("large {}", id / 10)), id).answer(answer(&large));
        assert!(sizes(&once).2 <= 1 << 20, "{:?}", sizes(&once));
    }
    let kept = (990..1000).filter(|id| repeat(&once, &user("large 99"), id).is_some()).count();
    assert_eq!(kept, 2);
}

#[tokio::test]
async fn one_sender_does_not_displace_the_others() {
    let once = once(1600, 1 << 24);
    first(&once, &user("ada"), 1).answer(answer("kept"));
    for id in 0..10_000 {
        first(&once, &user("mallory"), id).answer(answer("ok"));
    }
    assert!(repeat(&once, &user("ada"), 1).is_some());
    assert_eq!(sizes(&once).0, 1 + 100);
    assert_eq!(repeat(&once, &user("mallory"), 9_899), None);
    assert!(repeat(&once, &user("mallory"), 9_900).is_some());
}

#[tokio::test]
async fn an_answer_that_finds_no_room_is_an_error() {
    let once = once(100, 64 * 1024);
    first(&once, &user("ada"), 1).answer(answer(&"x".repeat(64 * 1024)));
    assert!(repeat(&once, &user("ada"), 1).unwrap().contains("answer_lost"));
    // The newest answer of a sender is kept although it takes more than a sixteenth of the bytes.
    first(&once, &user("ada"), 2).answer(answer(&"x".repeat(32 * 1024)));
    assert!(repeat(&once, &user("ada"), 2).unwrap().len() > 32 * 1024);
    assert_eq!((repeat(&once, &user("ada"), 1), sizes(&once).0), (None, 1));
}

#[tokio::test]
async fn the_defaults_keep_100_000_ids_within_their_bytes() {
    let once = Once::default();
    for id in 0..200_000 {
        first(&once, &user(&(id % 1000).to_string()), format!("{id:036}")).answer(answer("ok"));
    }
    let (ids, answered, bytes) = sizes(&once);
    assert_eq!((ids, answered), (100_000, 100_000));
    assert!(bytes < 64 << 20, "{bytes}");
}
