// A plugin, an extension point with and without a constructor, modules that write, a decorator, a multiton;
// checked in a module and in a function.
use std::sync::Arc;

use greenroom::prelude::*;

#[extension_point(plugin = "catalog", id = "catalog.sources")]
#[derive(Default)]
struct Sources(Vec<String>);

#[extension_point(plugin = "catalog", id = "catalog.targets", constructed_by = "targets")]
struct Targets(Logger);

#[service(id = "shop.checks", multiton)]
trait Check: Send + Sync {
    fn passes(&self) -> bool;
}

struct Always;

impl Check for Always {
    fn passes(&self) -> bool {
        true
    }
}

#[service_factory]
fn always() -> Arc<dyn Check> {
    Arc::new(Always)
}

#[service_factory]
fn targets(logger: Logger) -> Targets {
    Targets(logger)
}

#[service_decorator]
fn counted(logger: Logger) -> Logger {
    logger
}

#[backend_plugin(id = "catalog")]
async fn plugin(sources: Sources, targets: Targets, checks: Vec<Arc<dyn Check>>) {
    targets.0.info(format!("{:?} {}", sources.0, checks.iter().all(|check| check.passes())));
}

#[backend_module(plugin = "catalog", id = "files")]
async fn module(sources: &mut Sources, logger: Logger, targets: &mut Targets) -> Result<()> {
    std::future::ready(()).await;
    sources.0.push("files".to_owned());
    targets.0 = logger;
    Ok(())
}

// A function named like its parameter, and one that is not async.
#[backend_module(plugin = "catalog", id = "more")]
fn sources(sources: &mut Sources) {
    sources.0.push("more".to_owned());
}

macro_rules! borrows {
    ($name:ident, $ty:ty) => {
        #[backend_module(plugin = "catalog", id = "grouped")]
        fn $name(point: $ty) {
            point.0.clear();
        }
    };
}

borrows!(grouped, &mut Sources);

assert_wired![greenroom::defaults, always, targets, counted, plugin, module, sources, grouped];

fn main() {
    assert_wired![greenroom::defaults, always, targets, counted, plugin, module, sources, grouped];
}
