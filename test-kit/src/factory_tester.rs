//! A factory alone, with everything else as in a test.

use std::marker::PhantomData;
use std::sync::Arc;

use greenroom::__private::Inject;
use greenroom::Service;

use crate::{StartedTestBackend, TestBackend};

/// The plugin for which a service is built when the test names none.
const PLUGIN: &str = "test";

/// Tests one factory: it builds the service `S` for a made-up plugin, in a backend that has all else.
///
/// ```
/// # use greenroom::prelude::*;
/// # use greenroom_test_kit::{ServiceFactoryTester, test_backend};
/// # use std::sync::Arc;
/// # #[service(id = "shop.prices")]
/// # pub trait Prices: Send + Sync {
/// #     fn of(&self, article: &str) -> u64;
/// # }
/// # struct Fixed;
/// # impl Prices for Fixed {
/// #     fn of(&self, _article: &str) -> u64 { 100 }
/// # }
/// # #[service_factory]
/// # fn prices() -> Arc<dyn Prices> { Arc::new(Fixed) }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let tester = ServiceFactoryTester::<dyn Prices>::from(test_backend![prices]).start().await;
/// assert_eq!(tester.subject().of("tea"), 100);
/// # }
/// ```
///
/// What is special goes into the [`TestBackend`]: its configuration, doubles of the services that the factory takes, and
/// by [`reach`](TestBackend::reach) services that the test wants to see besides.
#[derive(Debug)]
#[must_use = "a factory does nothing until it is started"]
pub struct ServiceFactoryTester<S: ?Sized> {
    backend: TestBackend,
    plugins: Vec<&'static str>,
    subject: PhantomData<fn() -> Arc<S>>,
}

/// A service that was built for a test, in the backend that was started for it.
#[derive(Debug)]
pub struct StartedFactory<S: ?Sized> {
    backend: StartedTestBackend,
    first: &'static str,
    subject: PhantomData<fn() -> Arc<S>>,
}

impl<S: Service + ?Sized> From<TestBackend> for ServiceFactoryTester<S> {
    fn from(backend: TestBackend) -> Self {
        Self {
            backend,
            plugins: Vec::new(),
            subject: PhantomData,
        }
    }
}

impl<S: Service + ?Sized> ServiceFactoryTester<S>
where
    Arc<S>: Inject,
{
    /// Builds the service for this plugin, in place of one with the id `test`. Called again, for one more.
    pub fn plugin(mut self, id: &'static str) -> Self {
        self.plugins.push(id);
        self
    }

    /// Starts the backend.
    ///
    /// # Panics
    ///
    /// As [`TestBackend::start`] does.
    #[track_caller]
    pub fn start(self) -> impl Future<Output = StartedFactory<S>> + Send {
        let Self {
            mut backend,
            plugins,
            ..
        } = self;
        let first = plugins.first().copied().unwrap_or(PLUGIN);
        backend = backend.reach::<S>(first);
        for plugin in plugins {
            backend = backend.reach::<S>(plugin);
        }
        let starting = backend.start();
        async move {
            StartedFactory {
                backend: starting.await,
                first,
                subject: PhantomData,
            }
        }
    }
}

impl<S: Service + ?Sized> StartedFactory<S> {
    /// The service, as the first plugin has it.
    #[must_use]
    #[track_caller]
    pub fn subject(&self) -> Arc<S> {
        self.subject_of(self.first)
    }

    /// The service, as this plugin has it.
    ///
    /// # Panics
    ///
    /// When it was not built for this plugin: see [`ServiceFactoryTester::plugin`].
    #[must_use]
    #[track_caller]
    pub fn subject_of(&self, plugin: &str) -> Arc<S> {
        self.backend.service::<S>(plugin)
    }

    /// The backend, with its log, its other services and its clock.
    #[must_use]
    pub fn backend(&self) -> &StartedTestBackend {
        &self.backend
    }
}
