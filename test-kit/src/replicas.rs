//! Several backends that are one: what a plugin keeps in memory does not survive this.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};

use http::Method;

use crate::{Logs, StartedTestBackend, TestBackend, TestRequest};

/// Replicas of one backend in a test. Each request goes to the next of them, as behind a load balancer.
///
/// They share nothing but what their configuration names: a database, a cache. So a plugin that keeps in memory what all
/// have to know is found out.
///
/// ```
/// # use greenroom::prelude::*;
/// # use greenroom_test_kit::{TestReplicas, test_backend};
/// # #[backend_plugin(id = "example")]
/// # pub async fn plugin(http_router: HttpRouter) {
/// #     http_router.mount(Router::new().route("/health", get(async || "ok")));
/// #     http_router.add_auth_policy(AuthPolicy::unauthenticated("/health"));
/// # }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let mut replicas = TestReplicas::start(2, || test_backend![plugin]).await;
/// replicas.get("/api/example/health").send().await.assert_status(200);
/// replicas.kill(0).await;
/// replicas.get("/api/example/health").send().await.assert_status(200);
/// # }
/// ```
pub struct TestReplicas<'a> {
    make: Box<dyn Fn() -> TestBackend + Send + Sync + 'a>,
    replicas: Vec<Option<StartedTestBackend>>,
    next: AtomicUsize,
}

impl<'a> TestReplicas<'a> {
    /// Starts this many replicas at once, as a cluster does. The function makes one that has not started; what they are to
    /// share it gets from around it, such as `.database(&database)`.
    ///
    /// # Panics
    ///
    /// When one does not start: with the reason and its log.
    pub async fn start(count: usize, make: impl Fn() -> TestBackend + Send + Sync + 'a) -> Self {
        let mut replicas = Self {
            make: Box::new(make),
            replicas: Vec::new(),
            next: AtomicUsize::new(0),
        };
        let starting: Vec<_> = (0..count)
            .map(|_| tokio::spawn((replicas.make)().start()))
            .collect();
        for starting in starting {
            let started = starting.await;
            let started = started.unwrap_or_else(|error| match error.try_into_panic() {
                Ok(payload) => std::panic::resume_unwind(payload),
                Err(error) => panic!("the runtime of the test ends: {error}"),
            });
            replicas.replicas.push(Some(started));
        }
        replicas
    }

    /// Starts one more; gives its number.
    ///
    /// # Panics
    ///
    /// When it does not start: with the reason and its log.
    pub async fn start_another(&mut self) -> usize {
        let started = (self.make)().start().await;
        self.replicas.push(Some(started));
        self.replicas.len() - 1
    }

    /// Ends a replica as a crash does: see [`StartedTestBackend::kill`]. Gives its log. The numbers of the others stay.
    ///
    /// # Panics
    ///
    /// When it does not run.
    pub async fn kill(&mut self, number: usize) -> Logs {
        self.take(number).kill().await
    }

    /// Stops a replica in order, and takes it out, to look at its [report](StartedTestBackend::stop). The numbers of the
    /// others stay.
    ///
    /// # Panics
    ///
    /// When it does not run.
    pub async fn stop(&mut self, number: usize) -> greenroom::StopReport {
        self.take(number).stop().await
    }

    /// One of the replicas; they are numbered from 0, in the order of their starts.
    ///
    /// # Panics
    ///
    /// When it does not run.
    #[must_use]
    #[track_caller]
    pub fn replica(&self, number: usize) -> &StartedTestBackend {
        let replica = self.replicas.get(number).and_then(Option::as_ref);
        replica.unwrap_or_else(|| panic!("replica {number} does not run: {self:?}"))
    }

    /// Those that run, in the order of their numbers.
    pub fn running(&self) -> impl Iterator<Item = &StartedTestBackend> {
        self.replicas.iter().flatten()
    }

    /// A GET request to the next replica.
    #[track_caller]
    pub fn get(&self, path: &str) -> TestRequest<'_> {
        self.request(Method::GET, path)
    }

    /// A POST request to the next replica.
    #[track_caller]
    pub fn post(&self, path: &str) -> TestRequest<'_> {
        self.request(Method::POST, path)
    }

    /// A PUT request to the next replica.
    #[track_caller]
    pub fn put(&self, path: &str) -> TestRequest<'_> {
        self.request(Method::PUT, path)
    }

    /// A PATCH request to the next replica.
    #[track_caller]
    pub fn patch(&self, path: &str) -> TestRequest<'_> {
        self.request(Method::PATCH, path)
    }

    /// A DELETE request to the next replica.
    #[track_caller]
    pub fn delete(&self, path: &str) -> TestRequest<'_> {
        self.request(Method::DELETE, path)
    }

    /// A request of any method to the next replica that runs, one after the other.
    ///
    /// # Panics
    ///
    /// When none runs.
    #[track_caller]
    pub fn request(&self, method: Method, path: &str) -> TestRequest<'_> {
        let running: Vec<_> = self.running().collect();
        assert!(!running.is_empty(), "no replica runs: {self:?}");
        let turn = self.next.fetch_add(1, Ordering::Relaxed);
        running[turn % running.len()].request(method, path)
    }

    #[track_caller]
    fn take(&mut self, number: usize) -> StartedTestBackend {
        let replica = self.replicas.get_mut(number).and_then(Option::take);
        replica.unwrap_or_else(|| panic!("replica {number} does not run: {self:?}"))
    }
}

impl fmt::Debug for TestReplicas<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (count, running) = (self.replicas.len(), self.running().count());
        write!(formatter, "TestReplicas({running} of {count} run)")
    }
}
