//! What is tried again, and after which pause.

use std::time::{Duration, SystemTime};

use http::{HeaderMap, Method, StatusCode, header};

/// The pause after the first try, without chance.
const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// The longest pause that is not asked for by `Retry-After`.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// Whether the method may be sent twice without harm (RFC 9110, section 9.2.2).
pub(super) fn may_be_repeated(method: &Method) -> bool {
    method.is_idempotent()
}

/// Whether the answer says that another try may do better.
pub(super) fn asks_for_another_try(status: StatusCode) -> bool {
    matches!(status.as_u16(), 429 | 502..=504)
}

/// The pause that an answer asks for, in seconds or up to a date.
pub(super) fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let value = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    // A date in the past says: now.
    Some(date.duration_since(now).unwrap_or_default())
}

/// The pause after a try, counted from 1: twice as long each time, of which `chance` (0 to 1) takes up to half
/// away.
pub(super) fn pause(attempt: u32, chance: f64) -> Duration {
    let factor = 1_u32
        .checked_shl(attempt.saturating_sub(1))
        .unwrap_or(u32::MAX);
    let whole = FIRST_PAUSE.saturating_mul(factor).min(LONGEST_PAUSE);
    whole.mul_f64(1.0 - chance / 2.0)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn what_is_idempotent_may_be_repeated() {
        let safe = [
            Method::GET,
            Method::HEAD,
            Method::OPTIONS,
            Method::PUT,
            Method::DELETE,
        ];
        assert!(safe.iter().all(may_be_repeated));
        let unsafe_ones = [Method::POST, Method::PATCH, Method::CONNECT];
        assert!(!unsafe_ones.iter().any(may_be_repeated));
    }

    #[test]
    fn overload_and_gateways_ask_for_another_try() {
        let asking =
            (100..600).filter(|code| StatusCode::from_u16(*code).is_ok_and(asks_for_another_try));
        assert_eq!(asking.collect::<Vec<_>>(), [429, 502, 503, 504]);
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = httpdate::parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT").expect("a date");
        for (value, seconds) in [
            ("0", Some(0)),
            (" 120 ", Some(120)),
            ("Sun, 06 Nov 1994 08:49:40 GMT", Some(3)),
            ("Sun, 06 Nov 1994 08:49:00 GMT", Some(0)),
            ("-1", None),
            ("soon", None),
            ("99999999999999999999999", None),
        ] {
            let value = HeaderValue::from_static(value);
            let headers = HeaderMap::from_iter([(header::RETRY_AFTER, value.clone())]);
            let expected = seconds.map(Duration::from_secs);
            assert_eq!(retry_after(&headers, now), expected, "{value:?}");
        }
        assert_eq!(retry_after(&HeaderMap::new(), now), None);
    }

    #[test]
    fn pauses_grow_up_to_a_limit_and_vary_by_half() {
        let whole = [1, 2, 3, 6, 7, 40, u32::MAX].map(|attempt| pause(attempt, 0.0).as_millis());
        assert_eq!(whole, [200, 400, 800, 6400, 10_000, 10_000, 10_000]);
        assert_eq!(pause(1, 1.0).as_millis(), 100);
    }
}
