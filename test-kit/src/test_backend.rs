//! What a test wants of its backend, before the start.

use std::any::{Any, TypeId};
use std::fmt;
use std::panic::Location;
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use greenroom::__private::{
    Entry, Feature, Initialization, Inject, Kind, Listing, Place, ServiceMeta,
};
use greenroom::clock::{Clock, ClockService as _, SystemClock};
use greenroom::database::{DatabaseService, RootDatabase};
use greenroom::graph::Graph;
use greenroom::http_client::OnlyHosts;
use greenroom::root_http_router::NoListen;
use greenroom::{Backend, ExtensionPoint, Inputs, Service, StartError, StopHandle, services};
use serde_json::{Map, Value, json};

use crate::capture::Capture;
use crate::configuration::{Configuration, Network};
use crate::doubles::Doubles;
use crate::engine::{self, Time};
use crate::generated::{Bringing, Brought, Probe, Probed, Start, Starting, empty_plugin};
use crate::held_clock::HeldClock;
use crate::mock_credentials::RequestCredentials;
use crate::stand_in::Points;
use crate::started::Parts;
use crate::subscribers::keep_more_than_one;
use crate::{Logs, StartedTestBackend, TestCache, TestDatabase, TestDouble, Wiring};

/// A backend of a test that has not started. [`test_backend!`](crate::test_backend!) makes one.
///
/// It reads no file and no environment, opens no port, calls no host but this machine and writes its log into memory.
/// Any number run side by side.
#[derive(Debug)]
#[must_use = "a backend does nothing until it is started"]
pub struct TestBackend {
    graph: Graph<'static>,
    config: Value,
    /// What is added below `backend`, where the test's configuration leaves it open.
    state: Map<String, Value>,
    inputs: Inputs,
    /// The keys of the services whose factories are left out.
    replaced: Vec<u64>,
    added: Vec<Entry>,
    probes: Vec<(&'static str, TypeId)>,
    doubles: Doubles,
    /// What may be called, as it stands among the inputs.
    hosts: OnlyHosts,
    network: Network,
    time: Time,
    /// Ends a start that nobody waits for.
    stop: StopHandle,
}

/// A start that failed, as a test wanted it to.
#[derive(Debug)]
#[non_exhaustive]
pub struct FailedStart {
    /// Why.
    pub error: StartError,
    /// What the backend had logged by then.
    pub logs: Logs,
}

impl fmt::Display for FailedStart {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(formatter)
    }
}

impl TestBackend {
    pub(crate) fn of(graph: Graph<'static>) -> Self {
        let stop = StopHandle::new();
        Self {
            graph,
            config: json!({}),
            state: Map::new(),
            // A test may put ones of its own in their place.
            inputs: Inputs::new()
                .with(stop.clone())
                .with(OnlyHosts::this_machine()),
            replaced: Vec::new(),
            added: Vec::new(),
            probes: Vec::new(),
            doubles: Doubles::default(),
            hosts: OnlyHosts::this_machine(),
            network: Network::None,
            time: Time::Running,
            stop,
        }
    }

    /// The configuration, in place of an empty one.
    pub fn config(mut self, config: Value) -> Self {
        self.config = config;
        self
    }

    /// Lets plugins have their databases here, by the real factories of `core.database` in place of the fake one. It sets
    /// `backend.database`; what `.config(…)` says of that key counts more, such as `pluginDivisionMode`. Let the database
    /// live longer than the backend.
    #[track_caller]
    pub fn database(mut self, database: &TestDatabase) -> Self {
        let root = Entry::of::<services::root_database>();
        self.replace(RootDatabase::META, root);
        let factory = Entry::of::<services::database>();
        self.replace(<dyn DatabaseService>::META, factory);
        self.state.insert("database".to_owned(), database.config());
        self
    }

    /// Lets plugins have their caches here. It sets `backend.cache`; what `.config(…)` says of that key counts more. Let
    /// the cache live longer than the backend.
    pub fn cache(mut self, cache: &TestCache) -> Self {
        self.state.insert("cache".to_owned(), cache.config());
        self
    }

    /// Takes this instance in place of what the factories of the service would build. Of a service of which each
    /// plugin has its own, all get this one. Decorators that are listed wrap it.
    ///
    /// # Panics
    ///
    /// When the service is sealed.
    #[track_caller]
    pub fn service<S: Service + ?Sized>(mut self, instance: Arc<S>) -> Self {
        self.doubles.hold_bare(Arc::clone(&instance));
        self.bring(move |_| Arc::clone(&instance))
    }

    /// Takes this fake or mock in place of what the factories of its service would build. Of a service of which each
    /// plugin has its own, each gets what the double has for it. Decorators that are listed wrap it.
    ///
    /// The test fails at its end when the double [has a complaint](TestDouble::verify), when an expectation of a mock
    /// was not met, and when a mock refused a call, which is a panic inside of the backend that the backend contains.
    ///
    /// ```
    /// # use greenroom_test_kit::mock_services::FakeRootHealth;
    /// # use greenroom_test_kit::test_backend;
    /// # use std::sync::Arc;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let health = FakeRootHealth::new();
    /// let backend = test_backend![].with(Arc::clone(&health)).start().await;
    /// health.set_readiness(greenroom::root_health::Health::error("not now"));
    /// let path = "/.backstage/health/v1/readiness";
    /// backend.get(path).send().await.assert_status(503);
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// When the service is sealed.
    #[track_caller]
    pub fn with<D: TestDouble>(mut self, double: Arc<D>) -> Self {
        self.doubles.hold(Arc::clone(&double));
        if let Some(factory) = D::factory() {
            self.replace(D::Service::META, factory);
            return self.input(double);
        }
        let refusals = self.doubles.refusals().clone();
        self.bring(move |plugin| Arc::clone(&double).watched(plugin, &refusals))
    }

    #[track_caller]
    fn bring<S: Service + ?Sized>(
        mut self,
        make: impl Fn(Option<&'static str>) -> Arc<S> + Send + Sync + 'static,
    ) -> Self {
        let initialization = self.initialization(S::META.key);
        let entry = Bringing::<S>::entry(initialization, Place::caller());
        self.replace(S::META, entry);
        self.input(Brought(Box::new(make)))
    }

    /// Lists this factory in place of those of the service, and of one that was put there before.
    #[track_caller]
    fn replace(&mut self, service: &'static ServiceMeta, factory: Entry) {
        assert!(
            !service.sealed,
            "GR0011: `{}` is sealed: a backend has its own, in a test too; hand a double to the code itself",
            service.id
        );
        self.added.retain(|entry| !provides(entry, service.key));
        self.added.push(factory);
        if !self.replaced.contains(&service.key) {
            self.replaced.push(service.key);
        }
    }

    /// When the listed factory of a service builds it.
    fn initialization(&self, service: u64) -> Initialization {
        let listed = self.graph.nodes.iter().enumerate();
        let mut factories = listed.filter(|(at, node)| {
            let provides = node.meta.provides.map(|service| service.key);
            node.meta.kind == Kind::Factory
                && provides == Some(service)
                && self.graph.is_selected(*at)
        });
        if factories.any(|(_, node)| node.meta.initialization == Initialization::Eager) {
            Initialization::Eager
        } else {
            Initialization::Lazy
        }
    }

    /// Takes this value as what an extension point starts from, in place of its `Default` or constructor.
    #[track_caller]
    pub fn extension_point<T: ExtensionPoint>(mut self, value: T) -> Self {
        let key = T::META.service.key;
        if !self.replaced.contains(&key) {
            self.replaced.push(key);
            self.added.push(Starting::<T>::entry(Place::caller()));
        }
        self.input(Start(Mutex::new(Some(value))))
    }

    /// Has a service built for a plugin, for [`StartedTestBackend::service`] to give. A plugin that is not listed
    /// is made up, so that a factory can be tested alone.
    #[track_caller]
    pub fn reach<S: Service + ?Sized>(mut self, plugin: &'static str) -> Self
    where
        Arc<S>: Inject,
    {
        let place = Place::caller();
        let mut nodes = self.graph.nodes.iter();
        let is_listed = nodes.any(|node| node.meta.kind == Kind::Plugin && node.meta.id == plugin);
        if !is_listed && self.probes.iter().all(|(id, _)| *id != plugin) {
            self.added.push(empty_plugin(plugin, place));
        }
        let probe = (plugin, TypeId::of::<S>());
        if !self.probes.contains(&probe) {
            self.probes.push(probe);
            self.added.push(Probe::<S>::entry(plugin, place));
        }
        self
    }

    /// Hands a value to the factories, as [`Inputs::with`] does.
    pub fn input<T: Any + Send + Sync>(mut self, value: T) -> Self {
        if let Some(hosts) = (&value as &dyn Any).downcast_ref::<OnlyHosts>() {
            self.hosts = hosts.clone();
        }
        self.inputs = self.inputs.with(value);
        self
    }

    /// Lets requests that show no credentials come with these, as Backstage's tests have it. Without this they come from
    /// nobody, as in production.
    pub fn default_credentials(self, credentials: impl Into<RequestCredentials>) -> Self {
        self.input(credentials.into())
    }

    /// Lets plugins call this host too, by [`core.httpClient`](greenroom::http_client). Without this they call this
    /// machine alone, where mocks listen; any other call is refused, by an error that names the plugin.
    pub fn allow_host(mut self, host: impl AsRef<str>) -> Self {
        let hosts = std::mem::take(&mut self.hosts).and(host);
        self.input(hosts)
    }

    /// Listens on a free port of this machine, unless the configuration says where. Without this there is no
    /// socket, and requests go straight to the router.
    pub fn listen(mut self) -> Self {
        self.network = Network::Loopback;
        self
    }

    /// Stops the backend's clock once it has started: its timers wait for [`StartedTestBackend::advance`], and
    /// `core.clock` stands still with them, beginning at the time of this call. While the backend starts and stops,
    /// both jump to the next timer whenever nothing else is to be done.
    ///
    /// A factory of `core.clock` that the test lists, or its own instance by [`service`](Self::service), is left as it
    /// is; then the timers alone are held.
    pub fn paused_clock(self) -> Self {
        self.paused_clock_at(SystemClock.now())
    }

    /// As [`paused_clock`](Self::paused_clock), beginning at this time.
    pub fn paused_clock_at(mut self, time: SystemTime) -> Self {
        let clock = Arc::new(HeldClock::at(time));
        self.time = Time::Paused(Arc::clone(&clock));
        self.input::<Clock>(clock)
    }

    /// What would be started, and in which order.
    ///
    /// # Panics
    ///
    /// When what was added by the methods above does not fit what is listed.
    #[must_use]
    #[track_caller]
    pub fn wiring(&self) -> Wiring {
        Wiring::of(self.compose())
    }

    /// Starts the backend.
    ///
    /// # Panics
    ///
    /// When it does not start: with the reason and the log. Before that, when what was added by the methods above does
    /// not fit what is listed.
    #[track_caller]
    pub fn start(self) -> impl Future<Output = StartedTestBackend> + Send {
        let caller = Location::caller();
        let starting = self.begin();
        async move {
            match starting.await {
                Ok(started) => started,
                // The doubles go while the panic is under way, and are silent: why it did not start says more.
                Err((FailedStart { error, logs }, _doubles)) => {
                    panic!("the backend of {caller} did not start: {error}\n\n{logs}")
                }
            }
        }
    }

    /// Starts a backend that is to fail.
    ///
    /// # Panics
    ///
    /// When it starts, and when what stood in for a service was not used as it should be: see [`with`](Self::with).
    #[track_caller]
    pub fn start_error(self) -> impl Future<Output = FailedStart> + Send {
        let caller = Location::caller();
        let starting = self.begin();
        async move {
            match starting.await {
                Ok(started) => {
                    let logs = started.logs();
                    drop(started);
                    panic!("the backend of {caller} started, and should have failed.\n{logs}")
                }
                Err((failed, mut doubles)) => {
                    if let Some(problem) = doubles.end(&failed.logs) {
                        let FailedStart { error, logs } = failed;
                        panic!("{problem}\n\nthe backend did not start: {error}\n\n{logs}")
                    }
                    failed
                }
            }
        }
    }

    #[track_caller]
    fn begin(
        self,
    ) -> impl Future<Output = Result<StartedTestBackend, (FailedStart, Doubles)>> + Send {
        keep_more_than_one();
        let backend = self.compose();
        let Self {
            config,
            state,
            mut inputs,
            doubles,
            network,
            time,
            stop,
            ..
        } = self;
        if network == Network::None {
            inputs = inputs.with(NoListen);
        }
        let config = Configuration::new(config, state, network);
        let (capture, points, probed) = (Capture::new(), Points::default(), Probed::default());
        let inputs = inputs
            .with(config.arguments())
            .with(capture.sink())
            .with(points.clone())
            .with(probed.clone());
        async move {
            match engine::start(backend, inputs, time.clone(), stop).await {
                Ok(live) => Ok(StartedTestBackend::of(Parts {
                    live,
                    time,
                    config,
                    capture,
                    points,
                    probed,
                    doubles,
                })),
                Err(error) => {
                    let logs = capture.logs();
                    Err((FailedStart { error, logs }, doubles))
                }
            }
        }
    }

    /// What is listed, without what the test replaces, and with what it adds. The same check runs again, over what
    /// the compiler could not know.
    #[track_caller]
    fn compose(&self) -> Backend {
        let nodes = self.graph.nodes.iter().enumerate();
        let listed = nodes.filter_map(|(at, node)| {
            let provides = node.meta.provides.map(|service| service.key);
            let is_replaced = node.meta.kind == Kind::Factory
                && provides.is_some_and(|key| self.replaced.contains(&key));
            let run = node
                .run
                .filter(|_| self.graph.is_selected(at) && !is_replaced)?;
            let meta = node.meta;
            Some(Entry {
                spelled: node.spelled,
                listing: Listing::Feature(Feature { meta, run }),
                place: node.listed,
                position: 0,
            })
        });
        let entries: Vec<Entry> = listed.chain(self.added.iter().copied()).collect();
        Backend::compose(&entries).unwrap_or_else(|error| panic!("{error}"))
    }
}

fn provides(entry: &Entry, service: u64) -> bool {
    match entry.listing {
        Listing::Feature(feature) => {
            let provided = feature.meta.provides;
            provided.is_some_and(|provided| provided.key == service)
        }
        Listing::Set(_) => false,
    }
}
