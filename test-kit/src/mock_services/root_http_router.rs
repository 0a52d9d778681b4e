//! `core.rootHttpRouter` in tests.

use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use greenroom::config::{Config, FromConfig};
use greenroom::root_http_router::{
    Endpoint, EndpointFuture, HttpSettings, MountError, RootHttpRouter, RootHttpRouterService,
    RootRouter,
};

use super::{FakeRootHealth, FakeRootLogger};
use crate::TestDouble;

/// The routes of a backend, without the backend: what is mounted where, and its answers.
///
/// It is the default router without a server, so that paths conflict and requests are answered as they are in a
/// backend.
pub struct FakeRootHttpRouter {
    router: Arc<RootRouter>,
    mounted: Mutex<Vec<String>>,
}

impl FakeRootHttpRouter {
    /// Nothing is mounted but the health routes.
    #[must_use]
    pub fn new() -> Arc<Self> {
        let settings = HttpSettings::from_config(&Config::empty());
        let settings = settings.unwrap_or_else(|_| unreachable!("every setting has a default"));
        let (logger, health) = (FakeRootLogger::new(), FakeRootHealth::new());
        Arc::new(Self {
            router: RootRouter::new(
                &settings,
                &logger.into_service(),
                health.into_service(),
                None,
            ),
            mounted: Mutex::default(),
        })
    }

    /// The paths at which something is mounted, in the order in which that was done.
    #[must_use]
    pub fn mounted(&self) -> Vec<String> {
        let mounted = self.mounted.lock().unwrap_or_else(PoisonError::into_inner);
        mounted.clone()
    }

    /// Answers a request, as a backend would: with headers, limits and the bodies of errors.
    pub async fn handle(&self, request: Request) -> Response {
        self.router.handle(request).await
    }
}

impl fmt::Debug for FakeRootHttpRouter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_tuple("FakeRootHttpRouter");
        shown.field(&self.mounted()).finish()
    }
}

impl RootHttpRouterService for FakeRootHttpRouter {
    fn mount_endpoint(&self, path: &str, endpoint: Arc<dyn Endpoint>) -> Result<(), MountError> {
        self.router.mount_endpoint(path, endpoint)?;
        let mut mounted = self.mounted.lock().unwrap_or_else(PoisonError::into_inner);
        mounted.push(path.to_owned());
        Ok(())
    }

    fn answer(self: Arc<Self>, request: Request) -> EndpointFuture {
        Arc::clone(&self.router).answer(request)
    }

    fn address(&self) -> Option<SocketAddr> {
        None
    }
}

impl TestDouble for FakeRootHttpRouter {
    type Service = dyn RootHttpRouterService;

    fn into_service(self: Arc<Self>) -> RootHttpRouter {
        self
    }
}

mockall::mock! {
    /// A mock of `core.rootHttpRouter`.
    pub RootHttpRouterService {}

    impl RootHttpRouterService for RootHttpRouterService {
        fn mount(&self, path: &str, router: Router) -> Result<(), MountError>;
        fn mount_endpoint(&self, path: &str, endpoint: Arc<dyn Endpoint>) -> Result<(), MountError>;
        fn answer(self: Arc<Self>, request: Request) -> EndpointFuture;
        fn address(&self) -> Option<SocketAddr>;
    }
}

/// Written by hand for the sake of `answer`, which takes more than `&self`.
const _: () = {
    struct Watched {
        mock: Arc<MockRootHttpRouterService>,
        refusals: crate::refusals::Refusals,
    }

    impl RootHttpRouterService for Watched {
        fn mount(&self, path: &str, router: Router) -> Result<(), MountError> {
            self.refusals.watch(|| self.mock.mount(path, router))
        }

        fn mount_endpoint(
            &self,
            path: &str,
            endpoint: Arc<dyn Endpoint>,
        ) -> Result<(), MountError> {
            self.refusals
                .watch(|| self.mock.mount_endpoint(path, endpoint))
        }

        fn answer(self: Arc<Self>, request: Request) -> EndpointFuture {
            self.refusals
                .watch(|| Arc::clone(&self.mock).answer(request))
        }

        fn address(&self) -> Option<SocketAddr> {
            self.refusals.watch(|| self.mock.address())
        }
    }

    __test_double! { MockRootHttpRouterService, RootHttpRouterService }
};
