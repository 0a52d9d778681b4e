//! Hearing of jobs that other replicas enqueue, where the database tells: PostgreSQL.

use std::sync::Arc;

use crate::database::DatabaseClient;
use crate::queue::service::Shared;

/// Wakes the worker whenever somebody has enqueued a job. Without a connection that can listen it ends at once, and the
/// worker finds out by looking.
pub(super) async fn run(_shared: Arc<Shared>, _client: DatabaseClient) {}
