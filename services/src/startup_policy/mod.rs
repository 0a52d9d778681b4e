//! `core.startupPolicy`: which plugins take part, and what a start does about one that fails.
//!
//! The container asks this service; plugins do not. The keys are the anchor's where it has them, so that
//! one configuration serves both. Its default is the strict one: a failure that nobody has thought about
//! should stop a deployment, not hide in its log.
//!
//! The policy is read when the backend starts and stays as it is. It names plugins by their ids, and says
//! nothing about services: what depends on a service that fails, fails with it.

mod factory;
mod settings;

pub use factory::{EveryPluginForItself, startup_policy};
pub use greenroom_di_core::{OnFailure, PluginPolicy, StartupPolicy};
