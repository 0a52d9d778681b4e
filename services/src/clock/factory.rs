//! The default factory of `core.clock`.

use std::sync::Arc;

use greenroom_di_core::RootContext;
use greenroom_di_macros::service_factory;

use super::{Clock, ClockService, SystemClock};

/// Provides `core.clock`: the system's clock, or the [`Clock`] among the backend's inputs.
#[service_factory]
pub fn clock(context: Arc<RootContext>) -> Arc<dyn ClockService> {
    let given = context.input::<Clock>().cloned();
    given.unwrap_or_else(|| Arc::new(SystemClock))
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use greenroom_di_core::{Backend, Entry, Inputs};
    use greenroom_di_macros::backend_plugin;

    use super::*;
    use crate::clock::testing::Still;

    #[backend_plugin(id = "late")]
    fn late(_clock: Clock) {}

    async fn clock_of(inputs: Inputs) -> Clock {
        let entries = [Entry::of::<clock>(), Entry::of::<late>()];
        let backend = Backend::compose(&entries).expect("the backend is wired");
        let running = backend.start(inputs).await.expect("nothing is wrong");
        let clock = running.root_service::<dyn ClockService>();
        running.stop().await;
        clock.expect("a plugin takes it")
    }

    #[tokio::test]
    async fn it_is_the_systems_unless_the_inputs_have_one() {
        let before = SystemClock.now();
        let found = clock_of(Inputs::new()).await.now();
        assert!(before <= found && found <= SystemClock.now());

        let given: Clock = Arc::new(Still(SystemTime::UNIX_EPOCH));
        let found = clock_of(Inputs::new().with(given)).await.now();
        assert_eq!(found, SystemTime::UNIX_EPOCH);
    }
}
