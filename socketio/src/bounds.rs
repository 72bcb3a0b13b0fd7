//! The bounds of options: a value outside of them is an error at start that names the option.

use std::time::Duration;

use crate::error::Error;

const SHORTEST: Duration = Duration::from_millis(1);
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// Fails if a number is out of its bounds.
pub(crate) fn number(option: &str, value: usize, least: usize, most: usize) -> Result<(), Error> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    let bounds = if most == usize::MAX { format!("at least {least}") } else { format!("from {least} to {most}") };
    Err(Error::start(format!("`{option}` is {value}; it must be {bounds}")))
}

/// Fails if a time is shorter than a millisecond, which is what timers can tell apart, or longer than a day.
pub(crate) fn time(option: &str, value: Duration) -> Result<(), Error> {
    if (SHORTEST..=LONGEST).contains(&value) {
        return Ok(());
    }
    Err(Error::start(format!("`{option}` is {value:?}; it must be from 1 ms to 1 day")))
}

/// Fails if a time is longer than a day; it may be zero.
pub(crate) fn time_or_zero(option: &str, value: Duration) -> Result<(), Error> {
    if value <= LONGEST {
        return Ok(());
    }
    Err(Error::start(format!("`{option}` is {value:?}; it must be at most 1 day")))
}
