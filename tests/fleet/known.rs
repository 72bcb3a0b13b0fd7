//! What fails between two servers of Node (or of Python) on the published adapters, so that no server of ours can mend it.

use super::requests::ASKING;
use super::servers::{Kind, Make};
use super::ways::Plan;

/// One thing that fails.
struct Known {
    check: &'static str,
    kinds: &'static [Kind],
    /// Where Node is when it fails.
    at: At,
    reason: &'static str,
}

/// The place of the server that fails.
enum At {
    From,
    To,
    Either,
}

const KNOWN: &[Known] = &[
    Known {
        check: "events_of_one_sender_arrive_in_order",
        kinds: &[Kind::Postgres],
        at: At::Either,
        reason: "postgres-adapter sends notifications over a pool of connections, and delivers others while it reads a row",
    },
    Known {
        check: "a_frozen_peer_delays_no_own_client_and_delivers_afterwards",
        kinds: &[Kind::Postgres],
        at: At::From,
        reason: "postgres-adapter sends notifications over a pool of connections",
    },
    Known {
        check: "a_broker_that_is_away_for_three_seconds",
        kinds: &[Kind::Classic, Kind::Sharded, Kind::ShardedStatic, Kind::Streams, Kind::Streams4, Kind::Postgres],
        at: At::To,
        reason: "own clients wait for the broker on sharded and streams, and postgres-adapter sends out of order",
    },
    Known {
        check: "a_cluster_whose_master_fails",
        kinds: &[Kind::Classic, Kind::Sharded],
        at: At::Either,
        reason: "the server of Node ends, or hears nothing more, when a master fails that it is connected to",
    },
    Known {
        check: "numbers_beyond_64_bits_arrive_unchanged",
        kinds: &[Kind::Classic, Kind::Sharded, Kind::ShardedStatic],
        at: At::From,
        reason: "notepack writes whole numbers of 2^64 and above as 64-bit integers",
    },
    Known {
        check: "every_size_around_the_limit_of_postgres_arrives",
        kinds: &[Kind::Postgres],
        at: At::From,
        reason: "postgres-adapter takes a message of exactly 8,000 bytes for a short one",
    },
    Known {
        check: "a_killed_peer_is_missing_and_comes_back",
        kinds: &[Kind::Postgres],
        at: At::From,
        reason: "the request fails after 5 s, because a peer counts until it has been silent for 10 s",
    },
    Known {
        check: "requests_give_what_they_have_while_a_peer_is_frozen",
        kinds: ASKING,
        at: At::From,
        reason: "the request fails after 5 s",
    },
    Known {
        check: "a_spy_changes_no_result",
        kinds: ASKING,
        at: At::From,
        reason: "the number of servers is that of the channel's subscribers",
    },
    Known {
        check: "a_room_is_heard_once_its_join_is_acknowledged",
        kinds: &[Kind::Sharded],
        at: At::To,
        reason: "the join of a room does not wait for its subscription",
    },
    Known {
        check: "leaving_and_joining_again_leaves_no_room_deaf",
        kinds: &[Kind::Sharded],
        at: At::To,
        reason: "a room's subscription and the end of the one before are not in order",
    },
    Known {
        check: "garbage_on_the_channels_is_ignored",
        kinds: ASKING,
        at: At::Either,
        reason: "a message that cannot be decoded ends the subscription of the server",
    },
    Known {
        check: "a_session_is_restored_once",
        kinds: &[Kind::Memory],
        at: At::From,
        reason: "a session in memory is restored as often as it is asked for",
    },
    Known {
        check: "recovery_after_volatile_and_acknowledged_events",
        kinds: &[Kind::Memory, Kind::Streams],
        at: At::From,
        reason: "a volatile event has no offset, and the client takes its last argument for one",
    },
    Known {
        check: "recovery_before_the_server_has_noticed",
        kinds: &[Kind::Memory, Kind::Streams],
        at: At::From,
        reason: "a session is kept when its connection has ended, and not before",
    },
    Known {
        check: "recovery_at_the_other_server_after_the_first_was_killed",
        kinds: &[Kind::Streams],
        at: At::From,
        reason: "a session is kept when its connection has ended, and not before",
    },
    Known {
        check: "recovery_leaves_out_volatile_events",
        kinds: &[Kind::Streams],
        at: At::From,
        reason: "volatile events are in the stream, and are sent again",
    },
    Known {
        check: "recovery_again_and_again",
        kinds: &[Kind::Streams],
        at: At::From,
        reason: "an event between the last read of the stream and the join of the rooms is lost",
    },
];

/// Why `check` may fail on this way.
pub(crate) fn reason(check: &str, plan: Plan) -> Option<&'static str> {
    let (from, to) = (plan.from != Make::Rust, plan.to != Make::Rust);
    let at = |known: &Known| match known.at {
        At::From => from,
        At::To => to,
        At::Either => from || to,
    };
    let known = KNOWN.iter().find(|known| known.check == check && known.kinds.contains(&plan.kind) && at(known));
    known.map(|known| known.reason)
}
