//! Durations as ISO 8601 has them: how a cadence is kept and told.

use std::fmt::Write as _;
use std::time::Duration;

/// `PT5M`, `P365D`, `PT0.5S`: days, hours, minutes and seconds, as few as it takes.
pub(super) fn iso(duration: Duration) -> String {
    let (seconds, nanoseconds) = (duration.as_secs(), duration.subsec_nanos());
    let mut text = String::from("P");
    let days = seconds / 86_400;
    if days > 0 {
        let _ = write!(text, "{days}D");
    }
    let (hours, minutes, seconds) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    let has_time = hours + minutes + seconds > 0 || nanoseconds > 0;
    if has_time || days == 0 {
        text.push('T');
    }
    if hours > 0 {
        let _ = write!(text, "{hours}H");
    }
    if minutes > 0 {
        let _ = write!(text, "{minutes}M");
    }
    if nanoseconds > 0 {
        let fraction = format!("{nanoseconds:09}");
        let _ = write!(text, "{seconds}.{}S", fraction.trim_end_matches('0'));
    } else if seconds > 0 || !has_time && days == 0 {
        let _ = write!(text, "{seconds}S");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_as_short_as_it_can_be() {
        let known = [
            (0, "PT0S"),
            (500, "PT0.5S"),
            (10_000, "PT10S"),
            (300_000, "PT5M"),
            (5_400_000, "PT1H30M"),
            (86_400_000, "P1D"),
            (365 * 86_400_000, "P365D"),
            (90_061_001, "P1DT1H1M1.001S"),
        ];
        for (milliseconds, text) in known {
            assert_eq!(iso(Duration::from_millis(milliseconds)), text);
        }
    }
}
