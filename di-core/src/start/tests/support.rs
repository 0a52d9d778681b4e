//! Features built by hand: each runs what its test says under its name, and most take nothing but the root.

use std::any::TypeId;
use std::collections::HashMap;
use std::fmt::Debug;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::time::Instant;
use tracing::field::{Field, Visit};
use tracing::span;
use tracing::subscriber::NoSubscriber;
use tracing::{Dispatch, Event, Metadata, Subscriber};

use crate::feature::{Dependency, Entry, Feature, FeatureMeta, Initialization, Kind, Listing, Run};
use crate::inject::{
    Audience, Derivation, Findings, Inject, Injector, Need, Request, Supply, receive,
};
use crate::instances::Instance;
use crate::place::Place;
use crate::service::{
    ExtensionPoint, Multiton, PointMeta, Scope, Service, ServiceMeta, Single, hash,
};
use crate::{
    Backend, BoxError, BoxFuture, Inputs, PluginContext, RootContext, Running, StartError,
    StartupPolicy,
};

pub(super) fn keep<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

pub(super) fn place(line: u32) -> Place {
    Place {
        package: "acme",
        version: "1.0.0",
        file: "src/lib.rs",
        line,
        column: 5,
    }
}

/// What every service of these tests is built as: its id.
#[derive(Debug)]
pub(super) struct Thing(pub(super) &'static str);

/// These tests take it as one and as many.
pub(super) enum OneOrMany {}

impl Single<Thing> for OneOrMany {}
impl Multiton<Thing> for OneOrMany {}

impl Service for Thing {
    const META: &'static ServiceMeta = &service("test.thing", Scope::Root);
    type Arity = OneOrMany;
}

pub(super) const fn service(id: &'static str, scope: Scope) -> ServiceMeta {
    ServiceMeta {
        id,
        key: hash(&[id]),
        fingerprint: hash(&["acme", id]),
        scope,
        sealed: false,
        multiton: false,
        type_name: "Thing",
        provided_by: None,
        module: "acme",
        place: Place {
            package: "acme",
            version: "1.0.0",
            file: "src/lib.rs",
            line: 1,
            column: 5,
        },
        type_id: TypeId::of::<Arc<Thing>>,
    }
}

pub(super) const fn multiton(id: &'static str, scope: Scope) -> ServiceMeta {
    ServiceMeta {
        multiton: true,
        ..service(id, scope)
    }
}

/// The extension point of plugin `shop`: the words that were written to it.
#[derive(Debug, Default)]
pub(super) struct Words(pub(super) Vec<&'static str>);

impl ExtensionPoint for Words {
    const META: &'static PointMeta = &PointMeta {
        service: ServiceMeta {
            type_id: TypeId::of::<Arc<Words>>,
            ..service("shop.words", Scope::Plugin)
        },
        plugin: "shop",
        plugin_key: hash(&["shop"]),
        create: Some(crate::point::default::<Words>),
    };
}

fn depends(
    need: Need,
    receive: fn(Supply<'_>, &mut dyn std::any::Any) -> Result<(), BoxError>,
) -> Dependency {
    Dependency {
        request: keep(Request { need, receive }),
        name: "thing",
        spelled: "Thing",
        line: 1,
        column: 1,
    }
}

pub(super) fn needs(service: ServiceMeta) -> Dependency {
    depends(Need::Required(keep(service)), receive::<Arc<Thing>>)
}

pub(super) fn maybe(service: ServiceMeta) -> Dependency {
    depends(Need::Optional(keep(service)), receive::<Option<Arc<Thing>>>)
}

pub(super) fn many(service: ServiceMeta) -> Dependency {
    depends(Need::Many(keep(service)), receive::<Vec<Arc<Thing>>>)
}

pub(super) fn own_context() -> Dependency {
    depends(
        Need::Required(PluginContext::META),
        receive::<Arc<PluginContext>>,
    )
}

pub(super) fn extends() -> Dependency {
    depends(Need::Extend(Words::META), |_, _| Err("it is lent".into()))
}

pub(super) fn offers() -> Dependency {
    depends(Need::Offer(Words::META), receive::<Words>)
}

impl Inject for Words {
    const REQUEST: &'static Request = &Request::of::<Self>(Need::Offer(Words::META));

    fn receive(supply: Supply<'_>) -> Result<Self, BoxError> {
        supply.point()
    }
}

/// A value derived from a service, as settings are from the configuration.
pub(super) fn derived(
    from: ServiceMeta,
    check: fn(&Instance, Option<&str>) -> Findings,
) -> Dependency {
    let derivation = Derivation {
        from: keep(from),
        audience: Audience::Everyone,
        check,
        describe: |_, _| {},
    };
    depends(Need::Derived(keep(derivation)), |_, _| Ok(()))
}

/// A function that runs what the test says under a name.
macro_rules! act {
    ($name:literal) => {{
        fn run(injector: $crate::inject::Injector) -> $crate::start::tests::support::Work {
            $crate::start::tests::support::perform($name, injector)
        }
        run as $crate::feature::Run
    }};
}
pub(super) use act;

pub(super) type Work = BoxFuture<Result<Instance, BoxError>>;
type Act = Arc<dyn Fn(Taken) -> Work + Send + Sync>;

/// What a feature took.
pub(super) struct Taken {
    pub(super) name: &'static str,
    pub(super) root: Arc<RootContext>,
    pub(super) stage: Stage,
    pub(super) rest: Injector,
}

impl Taken {
    pub(super) fn take<T: 'static>(&mut self) -> Result<T, BoxError> {
        self.rest.take()
    }
}

/// What the features of a test do, and what they did.
#[derive(Clone, Default)]
pub(super) struct Stage {
    acts: HashMap<&'static str, Act>,
    diary: Arc<Mutex<Vec<String>>>,
}

impl Stage {
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// Says what the feature of a name does instead of nothing.
    pub(super) fn on<Fut>(
        mut self,
        name: &'static str,
        act: impl Fn(Taken) -> Fut + Send + Sync + 'static,
    ) -> Self
    where
        Fut: Future<Output = Result<Instance, BoxError>> + Send + 'static,
    {
        self.acts
            .insert(name, Arc::new(move |taken| Box::pin(act(taken))));
        self
    }

    pub(super) fn write(&self, what: impl Into<String>) {
        held(&self.diary).push(what.into());
    }

    pub(super) fn diary(&self) -> Vec<String> {
        held(&self.diary).clone()
    }

    pub(super) fn times(&self, what: &str) -> usize {
        self.diary().iter().filter(|one| *one == what).count()
    }

    pub(super) fn inputs(&self) -> Inputs {
        Inputs::new().with(self.clone())
    }

    pub(super) async fn start(&self, entries: &[Entry]) -> Result<Running, StartError> {
        backend(entries).start(self.inputs()).await
    }
}

pub(super) fn backend(entries: &[Entry]) -> Backend {
    Backend::compose(entries).expect("it is wired")
}

/// A name is in the diary once its feature has begun.
pub(super) fn perform(name: &'static str, mut injector: Injector) -> Work {
    Box::pin(async move {
        let root: Arc<RootContext> = injector.take()?;
        let stage = root.input::<Stage>().expect("the test brings one").clone();
        stage.write(name);
        let act = stage.acts.get(name).cloned();
        let taken = Taken {
            name,
            root,
            stage,
            rest: injector,
        };
        match act {
            Some(act) => act(taken).await,
            None => Ok(thing(name)),
        }
    })
}

pub(super) fn thing(id: &'static str) -> Instance {
    Instance::new(Arc::new(Thing(id)))
}

/// The failures of a start that failed, in the words of its error.
pub(super) fn failures(outcome: Result<Running, StartError>) -> Vec<String> {
    match outcome {
        Err(StartError::Failed(report)) => texts(&report.failures),
        Err(other) => panic!("it failed otherwise: {other}"),
        Ok(_) => panic!("it started"),
    }
}

pub(super) fn texts(failures: &[crate::Failure]) -> Vec<String> {
    let mut texts: Vec<_> = failures.iter().map(ToString::to_string).collect();
    texts.sort();
    texts
}

/// How far a plugin has come.
pub(super) fn state(running: &Running, plugin: &str) -> crate::lifecycle::PluginState {
    let mut plugins = running.context().plugins().iter();
    let plugin = plugins.find(|context| context.id() == plugin);
    *plugin.expect("it takes part").state().borrow()
}

/// A policy that says one thing of one plugin.
pub(super) fn policy_of(plugin: &str, policy: crate::PluginPolicy) -> StartupPolicy {
    StartupPolicy {
        plugins: [(plugin.to_owned(), policy)].into(),
        ..StartupPolicy::default()
    }
}

/// The same value for as many as ask, for tests that let something go on.
#[derive(Clone)]
pub(super) struct Gate(Arc<tokio::sync::Semaphore>);

impl Gate {
    pub(super) fn closed() -> Self {
        Self(Arc::new(tokio::sync::Semaphore::new(0)))
    }

    pub(super) fn open(&self) {
        self.0.add_permits(1_000_000);
    }

    pub(super) async fn pass(&self) {
        let _ = self.0.acquire().await;
    }
}

pub(super) fn nothing() -> Result<Instance, BoxError> {
    Ok(Instance::nothing())
}

fn feature(meta: FeatureMeta, dependencies: &[Dependency], run: Run) -> Entry {
    let root = depends(
        Need::Required(RootContext::META),
        receive::<Arc<RootContext>>,
    );
    let dependencies = std::iter::once(root).chain(dependencies.iter().copied());
    let meta = FeatureMeta {
        dependencies: keep(dependencies.collect::<Vec<_>>()),
        ..meta
    };
    let feature = Feature {
        meta: keep(meta),
        run,
    };
    Entry {
        spelled: meta.id,
        listing: Listing::Feature(feature),
        place: place(1),
        position: 0,
    }
}

const BLANK: FeatureMeta = FeatureMeta {
    kind: Kind::Plugin,
    id: "",
    key: 0,
    plugin: "",
    plugin_key: 0,
    provides: None,
    dependencies: &[],
    initialization: Initialization::Lazy,
    place: Place {
        package: "acme",
        version: "1.0.0",
        file: "src/lib.rs",
        line: 7,
        column: 1,
    },
};

pub(super) fn plugin(id: &'static str, dependencies: &[Dependency], run: Run) -> Entry {
    let meta = FeatureMeta {
        id,
        key: hash(&[id]),
        ..BLANK
    };
    feature(meta, dependencies, run)
}

pub(super) fn module(
    plugin: &'static str,
    id: &'static str,
    dependencies: &[Dependency],
    run: Run,
) -> Entry {
    let meta = FeatureMeta {
        kind: Kind::Module,
        id,
        key: hash(&[id]),
        plugin,
        plugin_key: hash(&[plugin]),
        ..BLANK
    };
    feature(meta, dependencies, run)
}

#[track_caller]
pub(super) fn factory(provides: ServiceMeta, dependencies: &[Dependency], run: Run) -> Entry {
    build(
        Kind::Factory,
        Initialization::Lazy,
        provides,
        dependencies,
        run,
    )
}

#[track_caller]
pub(super) fn eager(provides: ServiceMeta, dependencies: &[Dependency], run: Run) -> Entry {
    build(
        Kind::Factory,
        Initialization::Eager,
        provides,
        dependencies,
        run,
    )
}

#[track_caller]
pub(super) fn decorator(provides: ServiceMeta, dependencies: &[Dependency], run: Run) -> Entry {
    build(
        Kind::Decorator,
        Initialization::Lazy,
        provides,
        dependencies,
        run,
    )
}

#[track_caller]
fn build(
    kind: Kind,
    initialization: Initialization,
    provides: ServiceMeta,
    dependencies: &[Dependency],
    run: Run,
) -> Entry {
    // Two factories of one multiton service are two functions, at two places.
    let line = std::panic::Location::caller().line();
    let meta = FeatureMeta {
        kind,
        id: provides.id,
        provides: Some(keep(provides)),
        initialization,
        place: place(line),
        ..BLANK
    };
    feature(meta, dependencies, run)
}

/// A policy as a root service; what it says is an input of the backend.
pub(super) fn policy() -> Entry {
    fn run(mut injector: Injector) -> Work {
        Box::pin(async move {
            let root: Arc<RootContext> = injector.take()?;
            let policy = root.input::<StartupPolicy>().cloned().unwrap_or_default();
            Ok(Instance::new(Arc::new(policy)))
        })
    }
    eager(*StartupPolicy::META, &[], run)
}

/// The records that a backend logs, each with the time since the subscriber was made.
#[derive(Clone)]
pub(super) struct Lines {
    all: Arc<Mutex<Vec<Line>>>,
    /// The fields of each span, and the spans that are entered; for tests on one thread.
    spans: Arc<Mutex<Vec<String>>>,
    entered: Arc<Mutex<Vec<u64>>>,
    began: Instant,
    /// While there is a single dispatch, tracing lets the first thread that comes by, which may be another test's,
    /// decide for all threads whether a record is wanted. With these it asks every dispatch.
    _others: [Dispatch; 2],
}

#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) seconds: u64,
    pub(super) level: tracing::Level,
    pub(super) message: String,
    pub(super) fields: String,
    /// The fields of the span around it.
    pub(super) span: String,
}

impl Lines {
    pub(super) fn new() -> Self {
        Self {
            all: Arc::default(),
            spans: Arc::default(),
            entered: Arc::default(),
            began: Instant::now(),
            _others: [NoSubscriber::new(), NoSubscriber::new()].map(Dispatch::new),
        }
    }

    pub(super) fn dispatch(&self) -> Dispatch {
        Dispatch::new(self.clone())
    }

    pub(super) fn all(&self) -> Vec<Line> {
        held(&self.all).clone()
    }

    pub(super) fn containing(&self, text: &str) -> Vec<Line> {
        let mut lines = self.all();
        lines.retain(|line| line.message.contains(text));
        lines
    }
}

impl Line {
    fn blank() -> Self {
        Self {
            seconds: 0,
            level: tracing::Level::INFO,
            message: String::new(),
            fields: String::new(),
            span: String::new(),
        }
    }
}

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" {
            self.message = format!("{value:?}");
        } else {
            self.fields += &format!("{}={value:?} ", field.name());
        }
    }
}

impl Subscriber for Lines {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, attributes: &span::Attributes<'_>) -> span::Id {
        let mut fields = Line::blank();
        attributes.record(&mut fields);
        let mut spans = held(&self.spans);
        spans.push(fields.fields);
        span::Id::from_u64(spans.len() as u64)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line::blank();
        line.seconds = self.began.elapsed().as_secs();
        line.level = *event.metadata().level();
        if let Some(span) = held(&self.entered).last() {
            line.span.clone_from(&held(&self.spans)[*span as usize - 1]);
        }
        event.record(&mut line);
        held(&self.all).push(line);
    }

    fn enter(&self, span: &span::Id) {
        held(&self.entered).push(span.into_u64());
    }

    fn exit(&self, _: &span::Id) {
        held(&self.entered).pop();
    }
}

fn held<T>(value: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    value.lock().unwrap_or_else(PoisonError::into_inner)
}
