//! One limit at work: counts, headers, and the refusal.

use std::net::IpAddr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::response::Response;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

use super::memory::MemoryStore;
use super::settings::Limit;
use super::shared::{RateLimitStore, SharedStore};
use super::store::{Hits, Store};
use crate::clock::Clock;
use crate::config::Mode;
use crate::http_error::{HttpError, StandingError};

const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");

/// Counts the requests under one limit.
pub(super) struct Limiter {
    limit: Limit,
    store: Box<dyn Store>,
    // Made once: a refusal should cost less than an answer.
    refusal: StandingError,
    clock: Clock,
}

/// What became of a request.
pub(super) enum Outcome {
    /// Its client is not limited.
    Exempt,
    /// It may go on.
    Counted,
    /// It may not.
    Refused(Response),
}

impl Limiter {
    pub(super) fn in_memory(limit: &Limit, mode: Mode, clock: Clock) -> Self {
        Self::new(
            limit.clone(),
            Box::new(MemoryStore::new(limit.window)),
            mode,
            clock,
        )
    }

    /// Counts where other replicas count too, under the name of the limit.
    pub(super) fn shared(
        limit: &Limit,
        name: &str,
        service: RateLimitStore,
        mode: Mode,
        clock: Clock,
    ) -> Self {
        let store = SharedStore {
            service,
            limit: name.to_owned(),
            window: limit.window,
        };
        Self::new(limit.clone(), Box::new(store), mode, clock)
    }

    fn new(limit: Limit, store: Box<dyn Store>, mode: Mode, clock: Clock) -> Self {
        let message = "Too many requests, please try again later";
        let error = HttpError::new(StatusCode::TOO_MANY_REQUESTS, "Error", message);
        Self {
            limit,
            store,
            refusal: StandingError::new(&error, mode),
            clock,
        }
    }

    pub(super) async fn count(&self, client: IpAddr, headers: &mut HeaderMap) -> Outcome {
        if self.limit.exempt.contains(&client) {
            return Outcome::Exempt;
        }
        let hits = match self.store.hit(client).await {
            Ok(hits) => hits,
            Err(_) if self.limit.pass_on_store_error => return Outcome::Exempt,
            Err(error) => {
                let error = HttpError::internal(error);
                return Outcome::Refused(error.into_bare_response());
            }
        };
        headers.insert(LIMIT, HeaderValue::from(self.limit.requests));
        headers.insert(
            REMAINING,
            HeaderValue::from(self.limit.requests.saturating_sub(hits.total)),
        );
        headers.insert(
            RESET,
            HeaderValue::from(epoch_seconds(self.clock.now(), hits)),
        );
        if hits.total <= self.limit.requests {
            return Outcome::Counted;
        }
        headers.insert(
            header::RETRY_AFTER,
            HeaderValue::from(rounded_up(hits.resets_in)),
        );
        Outcome::Refused(self.refusal.response())
    }

    pub(super) async fn settle(&self, client: IpAddr, status: StatusCode) {
        let failed = status.is_client_error() || status.is_server_error();
        let free = if failed {
            self.limit.skip_failed
        } else {
            self.limit.skip_successful
        };
        if free {
            // A store that fails has said so when the request was counted.
            let _ = self.store.take_back(client).await;
        }
    }
}

fn epoch_seconds(now: SystemTime, hits: Hits) -> u64 {
    let now = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    rounded_up(now + hits.resets_in)
}

fn rounded_up(duration: Duration) -> u64 {
    duration.as_secs() + u64::from(duration.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use std::future::ready;
    use std::sync::Arc;

    use super::super::store::StoreFuture;
    use super::*;
    use crate::clock::testing::Still;

    const CLIENT: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(1, 2, 3, 4));

    fn limit() -> Limit {
        Limit {
            requests: 1,
            exempt: vec![],
            ..Limit::default()
        }
    }

    fn at_the_epoch() -> Clock {
        Arc::new(Still(UNIX_EPOCH))
    }

    struct Broken;

    impl Store for Broken {
        fn hit(&self, _: IpAddr) -> StoreFuture<'_, Hits> {
            Box::pin(ready(Err("out of order".into())))
        }

        fn take_back(&self, _: IpAddr) -> StoreFuture<'_, ()> {
            Box::pin(ready(Err("out of order".into())))
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_limit_itself_is_allowed_and_one_more_is_not() {
        let limiter = Limiter::in_memory(&limit(), Mode::Production, at_the_epoch());
        let mut headers = HeaderMap::new();
        assert!(matches!(
            limiter.count(CLIENT, &mut headers).await,
            Outcome::Counted
        ));
        assert_eq!(
            (&headers[LIMIT], &headers[REMAINING]),
            (&"1".parse().unwrap(), &"0".parse().unwrap())
        );
        assert!(!headers.contains_key(header::RETRY_AFTER));
        let Outcome::Refused(response) = limiter.count(CLIENT, &mut headers).await else {
            panic!("it was one too many");
        };
        assert_eq!(response.status(), 429);
        assert_eq!(
            response.headers()[header::ETAG],
            "W/\"6e-++ntYBjusY61yzuLXMYuUVokcWk\""
        );
        assert_eq!(headers[header::RETRY_AFTER], "60");
        assert_eq!(headers[RESET], "60", "seconds since the epoch");
        let other = IpAddr::from([4, 3, 2, 1]);
        assert!(matches!(
            limiter.count(other, &mut headers).await,
            Outcome::Counted
        ));
    }

    #[tokio::test(start_paused = true)]
    async fn requests_are_taken_back_by_their_answer() {
        for (skip_failed, skip_successful, status, free) in [
            (false, false, 200, false),
            (true, false, 200, false),
            (true, false, 404, true),
            (false, true, 304, true),
            (false, true, 500, false),
        ] {
            let limit = Limit {
                skip_failed,
                skip_successful,
                ..limit()
            };
            let limiter = Limiter::in_memory(&limit, Mode::Production, at_the_epoch());
            let mut headers = HeaderMap::new();
            limiter.count(CLIENT, &mut headers).await;
            let status = StatusCode::from_u16(status).expect("a status");
            limiter.settle(CLIENT, status).await;
            let again = limiter.count(CLIENT, &mut headers).await;
            assert_eq!(matches!(again, Outcome::Counted), free, "{status}");
        }
    }

    #[tokio::test]
    async fn a_broken_store_refuses_unless_it_may_be_passed() {
        for (pass_on_store_error, passes) in [(true, true), (false, false)] {
            let limit = Limit {
                pass_on_store_error,
                ..limit()
            };
            let limiter = Limiter::new(limit, Box::new(Broken), Mode::Production, at_the_epoch());
            let outcome = limiter.count(CLIENT, &mut HeaderMap::new()).await;
            assert_eq!(matches!(outcome, Outcome::Exempt), passes);
            if let Outcome::Refused(response) = outcome {
                assert_eq!(response.status(), 500);
            }
        }
    }
}
