//! The start: every unit is one task, begun as soon as all that it needs is there.
//!
//! One loop owns the plan. It fills a slot once, counts down what waits for it, and hands clones to the
//! next task, so no lock is held and nobody who goes away can cancel what others wait for. When a unit
//! fails, all that does not depend on it is still started, so that one start shows all failures; whether
//! the backend then goes on is for the startup policy to say.

use std::sync::Arc;

use tracing::instrument::WithSubscriber;
use tracing::{Dispatch, dispatcher};

use crate::context::{Inputs, RootContext};
use crate::error::StartError;
use crate::graph::{Graph, NONE};
use crate::instances::Instances;
use crate::service::Service;
use crate::stop::{self, StopReport};
use crate::tasks::CancelOnDrop;

mod derivations;
mod ending;
mod failing;
mod policy;
mod progress;
mod report;
mod rounds;
mod starter;
#[cfg(test)]
mod tests;

pub use report::{FeatureOutcome, FeatureReport, StartReport};

use starter::Starter;

/// A backend that has started.
#[derive(Debug)]
pub struct Running {
    pub(crate) root: Arc<RootContext>,
    // The services live as long as the backend, whoever else holds them.
    pub(crate) instances: Instances,
    pub(crate) tasks: CancelOnDrop,
    root_services: usize,
    report: StartReport,
}

impl Running {
    /// The backend's context.
    #[must_use]
    pub fn context(&self) -> &Arc<RootContext> {
        &self.root
    }

    /// A root service that was started, for programs and tests that stand outside the graph. None when
    /// nothing reached it.
    #[must_use]
    pub fn root_service<S: Service + ?Sized>(&self) -> Option<Arc<S>> {
        // The last one: whatever wraps a service comes after it.
        (0..self.root_services)
            .rev()
            .find_map(|slot| self.instances.get(slot)?.get::<S>())
    }

    /// How the start went.
    #[must_use]
    pub fn report(&self) -> &StartReport {
        &self.report
    }

    /// The failure because of which the backend was asked to stop; none when somebody else asked, or
    /// nobody yet.
    #[must_use]
    pub fn stop_reason(&self) -> Option<String> {
        self.root.shared().reason()
    }

    /// Where the backend's log goes, for programs that log beside it.
    #[must_use]
    pub fn dispatch(&self) -> Dispatch {
        self.root.dispatch()
    }

    /// Waits until somebody asks the backend to stop.
    pub async fn stop_requested(&self) {
        // The sender lives in the context, which `self` holds.
        let _ = self.root.stop_requests().wait_for(|&asked| asked).await;
    }

    /// Stops everything, in the reverse order of the start.
    pub async fn stop(self) -> StopReport {
        let dispatch = self.root.dispatch();
        stop::stop(self).with_subscriber(dispatch).await
    }
}

pub(crate) async fn start(graph: &Graph<'_>, inputs: Inputs) -> Result<Running, StartError> {
    compare_types(graph)?;
    let mut starter = Starter::new(graph, inputs);
    let outcome = starter.run().await;
    let running = starter.finish(outcome).await?;
    dispatcher::with_default(&running.dispatch(), || {
        running.report.log();
        if cfg!(panic = "abort") {
            tracing::warn!(
                target: "greenroom",
                "This program is compiled with panic = \"abort\": a panic of one plugin ends all of them"
            );
        }
    });
    Ok(running)
}

pub(crate) async fn check_derivations(
    graph: &Graph<'_>,
    inputs: Inputs,
) -> Result<Vec<String>, StartError> {
    compare_types(graph)?;
    let mut starter = Starter::new(graph, inputs);
    let outcome = starter.prepare().await;
    let warnings = std::mem::take(&mut starter.warnings);
    starter.finish(outcome).await?.stop().await;
    Ok(warnings)
}

/// The one comparison of Rust types, before anything starts: it backs the check of the constants.
fn compare_types(graph: &Graph<'_>) -> Result<(), StartError> {
    for &node in graph.order {
        let meta = graph.nodes[node as usize].meta;
        for (dependency, &provider) in meta.dependencies.iter().zip(graph.providers(node as usize))
        {
            let wanted = dependency.need().service();
            let mut next = (provider != NONE).then_some(provider as usize);
            while let Some(provider) = next {
                let provided = graph.nodes[provider].meta.provides;
                if provided.is_none_or(|provided| (provided.type_id)() != (wanted.type_id)()) {
                    return Err(StartError::Types {
                        id: wanted.id,
                        parameter: dependency.name,
                        place: meta.place_of(dependency),
                    });
                }
                next = if wanted.multiton {
                    graph.link(provider)
                } else {
                    None
                };
            }
        }
    }
    Ok(())
}
