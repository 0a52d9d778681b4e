//! The headers that tell browsers what not to do, on every answer, in the anchor's order.
//!
//! They are computed once. What a handler sets itself wins, as with the anchor, where the headers are
//! there before the handler runs.

use http::{HeaderMap, HeaderName, HeaderValue};

/// The headers of every answer; by default none.
#[derive(Clone, Debug, Default)]
pub(super) struct SecurityHeaders {
    // With room for a handler's own, so that adding those does not grow the map.
    headers: HeaderMap,
}

impl SecurityHeaders {
    /// `csp` and `referrer_policy` are the two that the configuration can change.
    pub(super) fn new(csp: HeaderValue, referrer_policy: HeaderValue) -> Self {
        let fixed = |name: &'static str, value: &'static str| {
            (
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            )
        };
        let mut headers = HeaderMap::with_capacity(24);
        headers.insert(http::header::CONTENT_SECURITY_POLICY, csp);
        headers.insert(http::header::REFERRER_POLICY, referrer_policy);
        headers.extend([
            fixed(
                "strict-transport-security",
                "max-age=15552000; includeSubDomains",
            ),
            fixed("x-content-type-options", "nosniff"),
            fixed("x-dns-prefetch-control", "off"),
            fixed("x-download-options", "noopen"),
            fixed("x-frame-options", "SAMEORIGIN"),
            fixed("x-permitted-cross-domain-policies", "none"),
            fixed("x-xss-protection", "0"),
        ]);
        Self { headers }
    }

    /// Puts the headers in front of those that an answer has, and `others` between the two.
    pub(super) fn apply(&self, others: HeaderMap, headers: &mut HeaderMap) {
        let own = std::mem::replace(headers, self.headers.clone());
        headers.extend(others);
        headers.extend(own);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_come_first_in_order_and_give_way_to_a_handlers_own() {
        let security = SecurityHeaders::new(
            HeaderValue::from_static("default-src 'self'"),
            HeaderValue::from_static("no-referrer"),
        );
        let mut headers = HeaderMap::new();
        headers.insert("x-own", HeaderValue::from_static("1"));
        headers.append("set-cookie", HeaderValue::from_static("a=1"));
        headers.append("set-cookie", HeaderValue::from_static("b=2"));
        headers.insert("x-frame-options", HeaderValue::from_static("DENY"));
        let others = HeaderMap::from_iter([(
            HeaderName::from_static("x-ratelimit-limit"),
            HeaderValue::from_static("5"),
        )]);
        security.apply(others, &mut headers);

        let names: Vec<_> = headers.keys().map(HeaderName::as_str).collect();
        assert_eq!(
            names,
            [
                "content-security-policy",
                "referrer-policy",
                "strict-transport-security",
                "x-content-type-options",
                "x-dns-prefetch-control",
                "x-download-options",
                "x-frame-options",
                "x-permitted-cross-domain-policies",
                "x-xss-protection",
                "x-ratelimit-limit",
                "x-own",
                "set-cookie",
            ]
        );
        assert_eq!(headers["x-frame-options"], "DENY");
        assert_eq!(headers.get_all("x-frame-options").iter().count(), 1);
        assert_eq!(headers.get_all("set-cookie").iter().count(), 2);
    }
}
