//! Redis and Valkey: one connection for a whole backend, that is made for the first call and again when it breaks, and
//! that nobody waits for while its server is away.

mod address;
mod breaker;
mod connection;
mod envelope;
mod link;
mod rate_limit;
mod store;

pub(super) use address::{RedisSettings, describe_cluster, describe_tls, read, read_tls};
pub(super) use link::{Link, LinkEvents, Patience};
pub use rate_limit::redis_rate_limit_store;
pub(super) use store::RedisStore;
