//! `core.lifecycle` in tests.

use std::borrow::Cow;
use std::fmt;
use std::panic::resume_unwind;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use greenroom::lifecycle::{Hook, HookResult, LateHook, Lifecycle, LifecycleService, Phase};
use greenroom::{BoxError, BoxFuture};
use tokio::task::JoinHandle;

use super::hooks::Hooks;
use super::of_plugins::OfPlugins;
use crate::TestDouble;

/// The hooks and tasks of a plugin, of which the test runs the former when it likes.
///
/// ```
/// # use greenroom::prelude::*;
/// # use greenroom_test_kit::mock_services::FakeLifecycle;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let lifecycle = FakeLifecycle::new();
/// let hook = Hook::new("flush", async || Err("the disk is full".into()));
/// lifecycle.clone().add_shutdown_hook(hook).unwrap();
/// assert_eq!(lifecycle.shutdown_hooks(), ["flush"]);
///
/// let failed = lifecycle.run_shutdown_hooks().await;
/// assert_eq!(failed[0].1.to_string(), "the disk is full");
/// # }
/// # use greenroom::lifecycle::LifecycleService as _;
/// ```
///
/// In a backend each plugin has its own, [`of_plugin`](Self::of_plugin), and the container runs none of its hooks.
pub struct FakeLifecycle {
    startup: Hooks,
    shutdown: Hooks,
    tasks: Mutex<Vec<Task>>,
    of_plugins: OfPlugins<Self>,
}

/// A task that was spawned: its name, and how to wait for it, unless somebody does already.
struct Task(Cow<'static, str>, Option<JoinHandle<HookResult>>);

impl FakeLifecycle {
    /// Without hooks and tasks.
    #[must_use]
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            startup: Hooks::of(Phase::Startup),
            shutdown: Hooks::of(Phase::Shutdown),
            tasks: Mutex::default(),
            of_plugins: OfPlugins::default(),
        })
    }

    /// That of a plugin in a backend.
    #[must_use]
    pub fn of_plugin(&self, id: &str) -> Arc<Self> {
        self.of_plugins.get(id, Self::new)
    }

    /// The names of the startup hooks, in the order in which they were added.
    #[must_use]
    pub fn startup_hooks(&self) -> Vec<String> {
        self.startup.names()
    }

    /// The names of the shutdown hooks, in the order in which they were added.
    #[must_use]
    pub fn shutdown_hooks(&self) -> Vec<String> {
        self.shutdown.names()
    }

    /// The names of the tasks, in the order in which they began.
    #[must_use]
    pub fn tasks(&self) -> Vec<String> {
        let tasks = self.lock();
        tasks.iter().map(|Task(name, _)| name.to_string()).collect()
    }

    /// Runs the startup hooks one after the other. From then on there can be no more of them.
    ///
    /// # Errors
    ///
    /// That of the first hook that fails or takes longer than its deadline; the ones after it do not run.
    pub async fn run_startup_hooks(&self) -> HookResult {
        self.startup.run_in_order().await
    }

    /// Runs the shutdown hooks, last added first, and cancels the tasks that still run. Gives the names of the hooks
    /// that failed, with their errors. From then on there can be no more hooks.
    pub async fn run_shutdown_hooks(&self) -> Vec<(String, BoxError)> {
        let failed = self.shutdown.run_in_reverse().await;
        for Task(_, handle) in &*self.lock() {
            if let Some(handle) = handle {
                handle.abort();
            }
        }
        failed
    }

    /// Waits for the end of a task, and gives what it came to. A task that panicked goes on panicking here.
    ///
    /// # Errors
    ///
    /// That of the task; or it was cancelled.
    ///
    /// # Panics
    ///
    /// When there is no task of this name, or somebody waits for it already.
    pub async fn task(&self, name: &str) -> HookResult {
        let handle = {
            let mut tasks = self.lock();
            let mut named = tasks.iter_mut().filter(|Task(known, _)| known == name);
            named.find_map(|Task(_, handle)| handle.take())
        };
        let Some(handle) = handle else {
            panic!(
                "there is no task `{name}` to wait for; there were {:?}",
                self.tasks()
            );
        };
        match handle.await {
            Ok(result) => result,
            Err(error) => match error.try_into_panic() {
                Ok(payload) => resume_unwind(payload),
                Err(_) => Err("it was cancelled".into()),
            },
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Task>> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for FakeLifecycle {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("FakeLifecycle")
            .field("startup", &self.startup_hooks())
            .field("shutdown", &self.shutdown_hooks())
            .field("tasks", &self.tasks())
            .finish_non_exhaustive()
    }
}

impl LifecycleService for FakeLifecycle {
    fn add_startup_hook(&self, hook: Hook) -> Result<(), LateHook> {
        self.startup.add(hook)
    }

    fn add_shutdown_hook(&self, hook: Hook) -> Result<(), LateHook> {
        self.shutdown.add(hook)
    }

    fn spawn_boxed(&self, name: Cow<'static, str>, task: BoxFuture<HookResult>) {
        let handle = tokio::spawn(task);
        self.lock().push(Task(name, Some(handle)));
    }
}

impl TestDouble for FakeLifecycle {
    type Service = dyn LifecycleService;

    fn into_service(self: Arc<Self>) -> Lifecycle {
        self
    }

    fn for_plugin(self: Arc<Self>, plugin: &'static str) -> Lifecycle {
        self.of_plugin(plugin)
    }
}

mock_service! {
    /// A mock of `core.lifecycle`. `lifecycle.spawn` comes as `spawn_boxed`.
    pub MockLifecycleService for LifecycleService {
        fn add_startup_hook(&self, hook: Hook) -> Result<(), LateHook>;
        fn add_shutdown_hook(&self, hook: Hook) -> Result<(), LateHook>;
        fn spawn_boxed(&self, name: Cow<'static, str>, task: BoxFuture<HookResult>);
    }
}
