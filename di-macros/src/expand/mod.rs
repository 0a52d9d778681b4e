//! From what is meant to code. Nothing here can fail.
//!
//! Expansions name everything by absolute path through the facade's `__private` module, so that they
//! hold under any import, lint or rename in the caller's crate.

mod function;
mod list;
mod origin;
mod point;
mod service;
#[cfg(test)]
mod tests;

pub(crate) use function::{backend_module, backend_plugin, service_decorator, service_factory};
pub(crate) use list::{assert_wired, backend, features, test_backend};
pub(crate) use point::extension_point;
pub(crate) use service::service;
