//! Rate limits: how many requests a client may send within a window of time.
//!
//! One limit is for the whole server (`backend.rateLimit`), others are for single plugins
//! (`backend.rateLimit.plugin.<id>`). They count by client address, see [`TrustProxy`]; an IPv6 client is
//! counted by its network of 64 bits, for it has all of those addresses. A request without an address, which
//! came over no socket, is not limited.
//!
//! Counts are kept in memory, or, with `store: redis`, by a [`RateLimitStoreService`] for all replicas together. Requests
//! that such a store cannot count go on, unless `passOnStoreError: false` says otherwise: a limit protects the backend from
//! its clients, and must not be what makes it refuse them all.
//!
//! [`TrustProxy`]: super::client_address::TrustProxy

mod limiter;
mod memory;
mod settings;
mod shared;
mod store;

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use axum::response::Response;
use http::{HeaderMap, StatusCode};

use self::limiter::{Limiter, Outcome};
pub(super) use self::settings::{RateLimitSettings, StoreChoice, describe, read};
pub use self::shared::{RateLimitStore, RateLimitStoreService};
pub use self::store::Hits;
use super::client_address::ClientAddress;
use crate::clock::Clock;
use crate::config::Mode;

/// All limits of a server.
pub(super) struct RateLimits {
    global: Option<Limiter>,
    // By id in lower case.
    plugins: HashMap<String, Limiter>,
}

/// A request that was counted, until its answer says whether it stays so.
pub(super) struct Counted<'a> {
    client: IpAddr,
    limiters: [Option<&'a Limiter>; 2],
}

impl RateLimits {
    /// The configured limits; none if there are none. With a store they are those of all replicas.
    pub(super) fn new(
        settings: &RateLimitSettings,
        mode: Mode,
        clock: &Clock,
        shared: Option<&RateLimitStore>,
    ) -> Option<Self> {
        let global = settings.global.as_ref();
        let plugins = settings.plugins.iter();
        let limiter = |name: &str, limit| match shared {
            Some(shared) => {
                Limiter::shared(limit, name, Arc::clone(shared), mode, Arc::clone(clock))
            }
            None => Limiter::in_memory(limit, mode, Arc::clone(clock)),
        };
        let limits = Self {
            global: global.map(|limit| limiter("global", limit)),
            plugins: plugins
                .map(|(id, limit)| {
                    let id = id.to_ascii_lowercase();
                    let limiter = limiter(&format!("plugin:{id}"), limit);
                    (id, limiter)
                })
                .collect(),
        };
        (limits.global.is_some() || !limits.plugins.is_empty()).then_some(limits)
    }

    /// Counts a request and tells the client by `headers`, or refuses it.
    pub(super) async fn count(
        &self,
        client: Option<ClientAddress>,
        plugin: Option<&str>,
        headers: &mut HeaderMap,
    ) -> Result<Option<Counted<'_>>, Response> {
        let Some(ClientAddress(client)) = client else {
            return Ok(None);
        };
        let plugin = plugin.filter(|_| !self.plugins.is_empty());
        let plugin = plugin.and_then(|id| self.plugins.get(&id.to_ascii_lowercase()));
        let mut counted = Counted {
            client,
            limiters: [None, None],
        };
        for (place, limiter) in [self.global.as_ref(), plugin].into_iter().enumerate() {
            let Some(limiter) = limiter else {
                continue;
            };
            match limiter.count(client, headers).await {
                Outcome::Exempt => {}
                Outcome::Counted => counted.limiters[place] = Some(limiter),
                Outcome::Refused(response) => return Err(response),
            }
        }
        Ok(Some(counted))
    }
}

impl Counted<'_> {
    /// Takes the count back where requests with such an answer do not count.
    pub(super) async fn settle(self, status: StatusCode) {
        for limiter in self.limiters.into_iter().flatten() {
            limiter.settle(self.client, status).await;
        }
    }
}
