//! Times as they are written into answers, whatever a token says of its end.
//!
//! A token may claim to last longer than the formats can write; it is then said to end with the year 9999.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The last second that RFC 3339 and the dates of HTTP can write: the end of the year 9999.
const LAST: Duration = Duration::from_secs(253_402_300_799);

/// The time in RFC 3339 with milliseconds, as the anchor writes it into JSON.
pub(crate) fn rfc3339(time: SystemTime) -> String {
    humantime::format_rfc3339_millis(writable(time)).to_string()
}

/// The time as headers have it.
pub(crate) fn http_date(time: SystemTime) -> String {
    httpdate::fmt_http_date(writable(time))
}

/// Whole seconds since 1970, as tokens count them.
pub(crate) fn seconds(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}

fn writable(time: SystemTime) -> SystemTime {
    time.clamp(UNIX_EPOCH, UNIX_EPOCH + LAST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_that_cannot_be_written_is_brought_near() {
        for time in [
            UNIX_EPOCH - Duration::from_secs(1),
            UNIX_EPOCH + LAST + LAST,
        ] {
            assert!(!rfc3339(time).is_empty() && !http_date(time).is_empty());
        }
        assert_eq!(http_date(UNIX_EPOCH), "Thu, 01 Jan 1970 00:00:00 GMT");
        assert_eq!(rfc3339(UNIX_EPOCH), "1970-01-01T00:00:00.000Z");
    }
}
