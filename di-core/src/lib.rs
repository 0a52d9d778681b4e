//! The container of greenroom: features as data, a graph that is checked while the program compiles,
//! and a runner that starts and stops what the graph reaches.
//!
//! This crate knows neither HTTP nor any service. Users depend on the facade `greenroom`; a library that
//! only declares services or features of its own may depend on this crate and the macros alone.
//!
//! Data flows one way: entries → nodes → plan → units → instances. See [`graph`] for the check and
//! [`Backend`] for the start.

use std::future::Future;
use std::pin::Pin;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
mod backend;
mod builtin;
mod call;
mod causes;
mod context;
mod error;
pub mod feature;
pub mod graph;
mod hooks;
pub mod inject;
mod instances;
pub mod lifecycle;
mod name;
mod panic;
mod place;
mod point;
mod policy;
mod rows;
pub mod service;
mod shared;
mod start;
mod stop;
mod tasks;
mod units;

pub use backend::Backend;
pub use causes::{causes, error_chain};
pub use context::{Inputs, PluginContext, RootContext, StopHandle};
pub use error::{Cause, Enough, Failure, Report, StartError, WiringError};
pub use feature::{Entry, Kind, Listed};
pub use inject::{Inject, Outcome, Provide};
pub use instances::Instance;
pub use place::Place;
pub use policy::{OnFailure, PluginPolicy, StartupPolicy};
pub use service::{ExtensionPoint, Scope, Service};
pub use start::{FeatureOutcome, FeatureReport, Running, StartReport};
pub use stop::StopReport;

/// Any error, boxed: what a plugin's init or a factory may fail with.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A future that can be stored and sent.
pub type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;
