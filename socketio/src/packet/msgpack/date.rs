//! Dates, which JSON writes as text.

/// The largest time of a JavaScript `Date`, in milliseconds before or after 1970.
const LAST: i64 = 8_640_000_000_000_000;

const DAY: i64 = 86_400_000;

/// A time in milliseconds since 1970 as JavaScript's `toJSON` writes it, such as `2026-11-20T21:09:14.342Z`; `None` if no `Date` has it.
pub(super) fn text(ms: i64) -> Option<String> {
    if !(-LAST..=LAST).contains(&ms) {
        return None;
    }
    let (day, time) = (ms.div_euclid(DAY), ms.rem_euclid(DAY));
    let (year, month, day) = civil(day);
    let year = match year {
        0..=9999 => format!("{year:04}"),
        _ => format!("{}{:06}", if year < 0 { '-' } else { '+' }, year.abs()),
    };
    let (hour, minute, second, ms) = (time / 3_600_000, time / 60_000 % 60, time / 1000 % 60, time % 1000);
    Some(format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{ms:03}Z"))
}

/// Year, month and day of a number of days since 1970, in the Gregorian calendar. Years are counted from March on, so that the leap day is their
/// last, and in cycles of 400 years, which all have the same number of days.
fn civil(days: i64) -> (i64, i64, i64) {
    const CYCLE: i64 = 146_097;
    // From 0000-03-01.
    let days = days + 719_468;
    let (cycle, day) = (days.div_euclid(CYCLE), days.rem_euclid(CYCLE));
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    (cycle * 400 + year + next, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written_as_in_javascript() {
        // From node: `new Date(ms).toJSON()`.
        for (ms, json) in [
            (0, Some("1970-01-01T00:00:00.000Z")),
            (1_795_208_954_342, Some("2026-11-20T21:09:14.342Z")),
            (-1, Some("1969-12-31T23:59:59.999Z")),
            (951_782_400_000, Some("2000-02-29T00:00:00.000Z")),
            (4_107_542_400_000, Some("2100-03-01T00:00:00.000Z")),
            (253_402_300_800_000, Some("+010000-01-01T00:00:00.000Z")),
            (-62_167_219_200_001, Some("-000001-12-31T23:59:59.999Z")),
            (LAST, Some("+275760-09-13T00:00:00.000Z")),
            (-LAST, Some("-271821-04-20T00:00:00.000Z")),
            (LAST + 1, None),
            (i64::MIN, None),
        ] {
            assert_eq!(text(ms).as_deref(), json, "{ms}");
        }
    }
}
