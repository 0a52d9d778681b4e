//! `core.rootHealth` in tests.

use std::sync::{Arc, Mutex, PoisonError};

use greenroom::root_health::{Health, RootHealth, RootHealthService};

use crate::TestDouble;

/// Answers that the test sets; both are `Ok` at first.
#[derive(Debug)]
pub struct FakeRootHealth {
    liveness: Mutex<Health>,
    readiness: Mutex<Health>,
}

impl FakeRootHealth {
    /// Alive and ready.
    #[must_use]
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            liveness: Mutex::new(Health::Ok),
            readiness: Mutex::new(Health::Ok),
        })
    }

    /// Says from now on whether the process works.
    pub fn set_liveness(&self, health: Health) {
        set(&self.liveness, health);
    }

    /// Says from now on whether requests are welcome.
    pub fn set_readiness(&self, health: Health) {
        set(&self.readiness, health);
    }
}

fn set(place: &Mutex<Health>, health: Health) {
    *place.lock().unwrap_or_else(PoisonError::into_inner) = health;
}

fn get(place: &Mutex<Health>) -> Health {
    let health = place.lock().unwrap_or_else(PoisonError::into_inner);
    health.clone()
}

impl RootHealthService for FakeRootHealth {
    fn liveness(&self) -> Health {
        get(&self.liveness)
    }

    fn readiness(&self) -> Health {
        get(&self.readiness)
    }
}

impl TestDouble for FakeRootHealth {
    type Service = dyn RootHealthService;

    fn into_service(self: Arc<Self>) -> RootHealth {
        self
    }
}

mock_service! {
    /// A mock of `core.rootHealth`.
    pub MockRootHealthService for RootHealthService {
        fn liveness(&self) -> Health;
        fn readiness(&self) -> Health;
    }
}
