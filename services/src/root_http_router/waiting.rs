//! What stands at a plugin's path until the plugin has mounted its own routes.
//!
//! The port is open before the plugins' services are built. A request to a plugin that this backend has, and
//! that is only not there yet, waits for it like one that comes a moment later; without this it would be
//! told that there is nothing. If the plugin fails before it has mounted anything, this stays, and says so.

use std::sync::{Arc, Weak};

use arc_swap::ArcSwap;
use axum::extract::Request;
use axum::response::IntoResponse as _;
use http::StatusCode;

use super::dispatch::Table;
use super::gate::Gate;
use super::{Endpoint, EndpointFuture};

pub(super) struct Waiting {
    pub(super) plugin: Arc<str>,
    pub(super) gate: Gate,
    /// The table in which this stands, so not by a handle that keeps it.
    pub(super) table: Weak<ArcSwap<Table>>,
}

impl Endpoint for Waiting {
    fn call(self: Arc<Self>, request: Request) -> EndpointFuture {
        Box::pin(async move {
            if let Err(refusal) = self.gate.pass().await {
                return refusal.into_bare_response();
            }
            let table = self.table.upgrade();
            match table.and_then(|table| table.load().plugin(&self.plugin)) {
                Some(endpoint) => endpoint.call(request).await,
                // It is up, and has no routes.
                None => StatusCode::NOT_FOUND.into_response(),
            }
        })
    }

    fn plugin_id(&self) -> Option<&Arc<str>> {
        Some(&self.plugin)
    }
}
