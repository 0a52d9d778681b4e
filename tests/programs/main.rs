//! Backends for the tests that need a process of their own: for signals, exit status and reports.
//!
//! The first argument names the backend, the rest are its arguments.

use std::ffi::OsString;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use greenroom::prelude::*;
use greenroom::{Backend, BoxError, RootContext};
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::sync::watch;

/// A root service that says in the log when it is stopped.
#[service(id = "test.pool", scope = "root")]
struct Pool;

#[service_factory]
fn pool(lifecycle: RootLifecycle, logger: RootLogger) -> Result<Arc<Pool>> {
    let logger = logger.logger(greenroom::logger::Fields::new());
    lifecycle.add_shutdown_hook(Hook::new("close the pool", async move || {
        logger.info("the pool is closed");
        Ok(())
    }))?;
    Ok(Arc::new(Pool))
}

/// Starts well, and says when it is stopped.
#[backend_plugin(id = "steady")]
fn steady(_pool: Arc<Pool>, lifecycle: Lifecycle, logger: Logger) -> Result<()> {
    lifecycle.add_shutdown_hook(Hook::new("say goodbye", async move || {
        logger.info("the steady plugin stops");
        Ok(())
    }))?;
    Ok(())
}

#[backend_plugin(id = "broken")]
async fn broken(_pool: Arc<Pool>) -> Result<()> {
    let cause = std::io::Error::other("connection refused");
    Err(Broken(cause).into())
}

#[derive(Debug, thiserror::Error)]
#[error("the index cannot be opened")]
struct Broken(#[source] std::io::Error);

#[backend_plugin(id = "panicky")]
async fn panicky() {
    panic!("nobody expects this");
}

#[service(id = "test.index")]
struct Index;

#[service_factory]
async fn index(logger: Logger) -> Result<Arc<Index>, BoxError> {
    logger.info("building the index");
    Err("the disk is full".into())
}

#[backend_plugin(id = "reader")]
async fn reader(_index: Arc<Index>) {}

/// Answers `/slow` when a line comes on standard input.
#[backend_plugin(id = "slow")]
async fn slow(http_router: HttpRouter, logger: Logger) {
    let (tell, told) = watch::channel(false);
    // A thread of its own, which the end of the process does not wait for.
    std::thread::spawn(move || {
        let _ = std::io::stdin().read_line(&mut String::new());
        tell.send_replace(true);
        loop {
            std::thread::park();
        }
    });
    let slow = async move || {
        logger.info("the slow request is in flight");
        let mut told = told.clone();
        let _ = told.wait_for(|&told| told).await;
        "done"
    };
    http_router.mount(Router::new().route("/slow", get(slow)));
    http_router.add_auth_policy(AuthPolicy::unauthenticated("/slow"));
}

#[backend_plugin(id = "hanging")]
fn hanging(lifecycle: Lifecycle) -> Result<()> {
    let hang = Hook::new("wait for nothing", async || {
        std::future::pending::<()>().await;
        Ok(())
    });
    lifecycle.add_shutdown_hook(hang.deadline(Duration::from_millis(20)))?;
    lifecycle.add_shutdown_hook(Hook::new("fall over", async || {
        panic!("the hook fell over")
    }))?;
    Ok(())
}

/// Never comes up.
#[backend_plugin(id = "endless")]
async fn endless() {
    std::future::pending().await
}

/// Asks for the stop itself, once it is up.
#[backend_plugin(id = "quitter")]
fn quitter(lifecycle: RootLifecycle, context: Arc<RootContext>) -> Result<()> {
    lifecycle.add_startup_hook(Hook::new("stop at once", async move || {
        context.request_stop();
        Ok(())
    }))?;
    Ok(())
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "only the check of the settings is of interest")]
struct ShopSettings {
    /// Articles on one page.
    page_size: u16,
    /// What prices are in.
    currency: Currency,
    /// For the supplier's API.
    #[serde(default)]
    token: Option<Secret<String>>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Currency {
    Euro,
    Dollar,
}

#[backend_plugin(id = "shop")]
fn shop(_settings: Settings<ShopSettings>, logger: Logger) {
    logger.info("the shop starts");
}

mod migrating;
mod ticker;

#[derive(Deserialize, JsonSchema)]
struct JobsSettings {
    /// Whether this process enqueues one.
    enqueue: bool,
}

/// The first attempt of its job never ends.
#[backend_plugin(id = "jobs")]
async fn jobs(queues: Queues, logger: Logger, settings: Settings<JobsSettings>) -> Result<()> {
    let options = QueueOptions::new().visibility(Duration::from_millis(500));
    let queue = queues.declare::<String>("slow", options).await?;
    queue.work(async move |job: Job<String>| {
        logger.info(format!("attempt {} begins", job.attempt()));
        if job.attempt() == 1 {
            std::future::pending::<()>().await;
        }
        logger.info("the job is done");
        Ok::<(), BoxError>(())
    })?;
    if settings.enqueue {
        queue.enqueue(&"work".to_owned()).await?;
    }
    Ok(())
}

#[tokio::main]
async fn main() -> ExitCode {
    let mut arguments: Vec<OsString> = std::env::args_os().collect();
    let name = arguments.remove(1);
    backend_called(&name.to_string_lossy())
        .run_with(arguments)
        .await
}

fn backend_called(name: &str) -> Backend {
    match name {
        "broken" => backend![greenroom::defaults, pool, steady, broken],
        "panicky" => backend![greenroom::defaults, pool, steady, panicky],
        "unbuilt" => backend![greenroom::defaults, pool, steady, index, reader],
        "slow" => backend![greenroom::defaults, pool, steady, slow],
        "stuck" => backend![greenroom::defaults, slow, endless],
        "hanging" => backend![greenroom::defaults, quitter, hanging],
        "quitter" => backend![greenroom::defaults, quitter],
        // Of the defaults of `shop_node`, nothing takes the catalogue.
        "crates" => backend![
            greenroom::defaults,
            shop_node::defaults,
            shop_backend_module_discounts::module,
            shop_backend_module_discounts::half,
            shop_backend::plugin,
        ],
        "shop" => backend![greenroom::defaults, shop],
        "ticker" => backend![greenroom::defaults, ticker::plugin],
        "jobs" => backend![greenroom::defaults, jobs],
        "migrating" => backend![greenroom::defaults, migrating::plugin],
        _ => panic!("there is no test backend called `{name}`"),
    }
}
