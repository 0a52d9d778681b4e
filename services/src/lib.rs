//! The core services of greenroom: for each its interface, and a default factory.
//!
//! A folder is a service. Its `mod.rs` is the interface (the trait, its types, their docs) and all that
//! another service may import; `factory.rs` builds the default implementation, which is private.
//!
//! Users come here through the facade `greenroom`: its [`services`] has the factories, its root the
//! interfaces.
//!
//! [`services`]: https://docs.rs/greenroom/latest/greenroom/services/

// The macros name the facade by its public path; here the container stands in for it.
extern crate greenroom_di_core as greenroom;

pub mod auth;
pub mod cache;
pub mod clock;
pub mod config;
pub mod database;
pub mod discovery;
pub mod handler;
pub mod http_auth;
pub mod http_client;
pub mod http_error;
pub mod http_router;
pub mod lifecycle;
pub mod logger;
pub mod plugin_metadata;
pub mod queue;
pub mod role;
pub mod root_health;
pub mod root_http_router;
pub mod scheduler;
pub mod startup_policy;
pub mod user_info;
