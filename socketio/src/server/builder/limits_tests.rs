//! The table of limits in `SECURITY.md` has every option that is a number or a time, with the default that the code has.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::engine::Options;
use crate::server::middleware::RateLimit;
use crate::socket::{Recovery, Settings};

const SECURITY: &str = include_str!("../../../../SECURITY.md");

/// Fields that are set by a method of another name, and limits that no method sets.
const RENAMED: &[(&str, &str)] = &[
    ("max_sessions", "Server::max_connections"),
    ("outbox_packets", "Server::outbox"),
    ("outbox_bytes", "Server::outbox"),
    ("held_packets", "Server::max_held"),
    ("held_bytes", "Server::max_held"),
    ("rooms", "Server::max_rooms"),
    ("name_bytes", "Server::max_room_name"),
    ("window", "Server::once_window"),
    ("ids", "Server::once_ids"),
    ("bytes", "Server::once_bytes"),
    ("heartbeat_interval", "LegacyOptions::heartbeat_interval"),
    ("heartbeat_timeout", "LegacyOptions::heartbeat_timeout"),
    ("close_timeout", "LegacyOptions::close_timeout"),
    ("most", "RateLimit::max_addresses"),
    ("polling_duration", "LegacyOptions::polling_duration"),
];

/// A row: the options that it names, and its default as a number; times in seconds.
struct Row<'a> {
    options: Vec<&'a str>,
    default: Option<u64>,
}

fn rows() -> Vec<Row<'static>> {
    let table = SECURITY.split("## Limits").nth(1).and_then(|rest| rest.split("## ").next()).unwrap();
    let lines = table.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| limit "));
    lines
        .map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split(" | ").collect();
            assert_eq!(cells.len(), 4, "not four cells: {line}");
            let options = cells[1].split('`').filter(|part| part.contains("::")).collect::<Vec<_>>();
            let options = if options.is_empty() { vec![cells[1].trim()] } else { options };
            Row { options, default: number(cells[2]) }
        })
        .collect()
}

/// `16 MiB`, `1,000,000`, `25 s (…)`.
fn number(cell: &str) -> Option<u64> {
    let mut words = cell.split([' ', '(']).filter(|word| !word.is_empty());
    let number: u64 = words.next()?.trim_end_matches(',').replace(',', "").parse().ok()?;
    let unit = match words.next() {
        Some("KiB") | Some("KiB,") => 1 << 10,
        Some("MiB") => 1 << 20,
        _ => 1,
    };
    Some(number * unit)
}

/// Each `field: number` and `field: 25s` in what a struct shows of itself.
fn fields(debug: &str) -> Vec<(String, u64)> {
    let words: Vec<&str> = debug.split([' ', ',', '{', '}', '(', ')']).filter(|word| !word.is_empty()).collect();
    let pairs = words.windows(2).filter_map(|pair| {
        let value = pair[1].strip_suffix('s').unwrap_or(pair[1]).parse().ok()?;
        Some((pair[0].strip_suffix(':')?.to_owned(), value))
    });
    pairs.collect()
}

/// Setters with their numbers.
type Numbers = Vec<(String, u64)>;

/// The adapters that the table names, and their numbers under the names of their setters, if their features are on.
fn adapters() -> Vec<(&'static str, Option<Numbers>)> {
    #[cfg(feature = "redis")]
    let redis = Some(format!("{:?}", crate::adapter::Redis::new("")));
    #[cfg(not(feature = "redis"))]
    let redis: Option<String> = None;
    #[cfg(feature = "postgres")]
    let postgres = Some(format!("{:?}", crate::adapter::Postgres::new("")));
    #[cfg(not(feature = "postgres"))]
    let postgres: Option<String> = None;
    #[cfg(feature = "nats")]
    let nats = Some(format!("{:?}", crate::adapter::Nats::new("")));
    #[cfg(not(feature = "nats"))]
    let nats: Option<String> = None;
    let numbers = |name: &str, shown: String| {
        let setter = |field: &str| match field {
            "messages" | "bytes" => format!("{name}::queue_{field}"),
            field => format!("{name}::{field}"),
        };
        fields(&shown).into_iter().map(|(field, value)| (setter(&field), value)).collect()
    };
    [("Redis", redis), ("Postgres", postgres), ("Nats", nats)]
        .into_iter()
        .map(|(name, shown)| (name, shown.map(|shown| numbers(name, shown))))
        .collect()
}

#[test]
fn the_table_of_limits_has_the_defaults_of_adapters() {
    let (rows, adapters) = (rows(), adapters());
    for row in &rows {
        for option in &row.options {
            let of = adapters.iter().find(|(name, _)| option.split("::").next() == Some(name));
            let Some((_, Some(numbers))) = of else { continue };
            let default = numbers.iter().find(|(setter, _)| setter == option).map(|(_, value)| *value);
            assert!(default.is_some(), "SECURITY.md names {option}, which is no option with a number: {numbers:?}");
            assert_eq!(row.default, default, "{option}");
        }
    }
}

#[test]
fn the_table_of_limits_has_every_default() {
    let rows = rows();
    let shown = [format!("{:?}", Options::default()), format!("{:?}", Settings::default())].concat();
    let fields = fields(&shown);
    assert!(fields.len() > 25, "{shown}");
    let per_address = format!("{:?}", RateLimit::per_address(1, Duration::from_secs(1)));
    let of_middleware = self::fields(&per_address).into_iter().filter(|(field, _)| field == "most");
    let mut named = BTreeSet::new();
    // Both the engine and the recovery have sessions.
    let of_recovery = self::fields(&format!("{:?}", Recovery::default())).into_iter();
    let of_recovery = of_recovery.map(|(field, value)| (format!("Recovery::{field}"), value));
    for (field, value) in fields.into_iter().chain(of_middleware).chain(of_recovery) {
        let renamed = RENAMED.iter().find(|(from, _)| *from == field).map(|(_, to)| (*to).to_owned());
        let renamed = renamed.or_else(|| field.starts_with("Recovery::").then(|| field.clone()));
        let own = [format!("Server::{field}"), format!("LegacyOptions::{field}")];
        let options = renamed.map_or_else(|| own.to_vec(), |option| vec![option]);
        let mut matching =
            rows.iter().filter(|row| options.iter().any(|option| row.options.contains(&option.as_str())));
        assert!(
            matching.any(|row| row.default == Some(value)),
            "SECURITY.md has no row with {options:?} and the default {value}"
        );
        named.extend(options);
    }
    for row in &rows {
        for option in row.options.iter().filter(|option| option.contains("::")) {
            let is_off = || shown.contains(&format!("{}: None", option.trim_start_matches("Server::")));
            let of_adapter = ["Redis::", "Postgres::", "Nats::"].iter().any(|adapter| option.starts_with(adapter));
            let known = of_adapter || named.contains(*option) || (row.default.is_none() && is_off());
            assert!(known, "SECURITY.md names {option}, which is no option with a number");
        }
    }
}
