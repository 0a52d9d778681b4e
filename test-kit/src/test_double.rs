//! What stands in for a service in a test: the interface of fakes and mocks, the kit's own and those of a library.

use std::sync::Arc;

use greenroom::startup_policy::StartupPolicy;
use greenroom::{Entry, Service};

use crate::refusals::Refusals;

/// Something that stands in for a service in a test: a fake, which works in memory and can be looked into, or a mock,
/// which is told what to expect.
///
/// [`TestBackend::with`](crate::TestBackend::with) puts it into a backend;
/// [`into_service`](Self::into_service) hands it to code that is tested without one.
/// [`mock_service!`](crate::mock_service!) writes this trait for a mock. A fake says how it becomes the service:
///
/// ```
/// # use greenroom::prelude::*;
/// # use greenroom_test_kit::TestDouble;
/// # use std::sync::Arc;
/// # #[service(id = "shop.prices")]
/// # pub trait Prices: Send + Sync {
/// #     fn of(&self, article: &str) -> u64;
/// # }
/// pub struct FakePrices(pub u64);
///
/// impl Prices for FakePrices {
///     fn of(&self, _article: &str) -> u64 {
///         self.0
///     }
/// }
///
/// impl TestDouble for FakePrices {
///     type Service = dyn Prices;
///
///     fn into_service(self: Arc<Self>) -> Arc<dyn Prices> {
///         self
///     }
/// }
/// ```
pub trait TestDouble: Send + Sync + 'static {
    /// The service for which it stands: `dyn Trait`, or a struct.
    type Service: Service + ?Sized;

    /// The service itself.
    fn into_service(self: Arc<Self>) -> Arc<Self::Service>;

    /// The service as one plugin has it. Every plugin has the same unless this is written. A service of the root has
    /// no plugin, and this is not called.
    fn for_plugin(self: Arc<Self>, plugin: &'static str) -> Arc<Self::Service> {
        let _ = plugin;
        self.into_service()
    }

    /// Judges, at the end of the test, how the double was used.
    ///
    /// # Errors
    ///
    /// What is wrong, for the person whose test fails. A mock of `mockall` has no need of it: it says so when it is
    /// dropped.
    fn verify(&self) -> Result<(), String> {
        Ok(())
    }

    /// The factory that builds the service around the `Arc<Self>` among the backend's inputs, for a double that needs
    /// more of a backend than the id of a plugin.
    #[doc(hidden)]
    #[must_use]
    fn factory() -> Option<Entry>
    where
        Self: Sized,
    {
        None
    }

    /// The service as a backend gets it: with a plugin, or without one for the root. What it panics with goes to the
    /// list too, since a backend contains panics.
    #[doc(hidden)]
    fn watched(
        self: Arc<Self>,
        plugin: Option<&'static str>,
        refusals: &Refusals,
    ) -> Arc<Self::Service> {
        let _ = refusals;
        match plugin {
            Some(plugin) => self.for_plugin(plugin),
            None => self.into_service(),
        }
    }
}

/// The policy is a value, and stands for itself.
impl TestDouble for StartupPolicy {
    type Service = Self;

    fn into_service(self: Arc<Self>) -> Arc<Self> {
        self
    }
}
