//! A library that ships a fake and a mock of its own service: in a module `testing`, behind a feature of that name.

use std::sync::{Arc, Mutex, PoisonError};

use greenroom::prelude::*;
use greenroom_test_kit::{TestDouble, mock_service};

#[service(id = "warehouse.stock", provided_by = "warehouse::stock")]
pub trait Stock: Send + Sync {
    fn count(&self, article: &str) -> Option<u32>;
    fn take(&self, article: &str, count: u32) -> Result<()>;
}

#[service_factory]
pub fn stock() -> Result<Arc<dyn Stock>> {
    Err("there is no warehouse in a test".into())
}

mock_service! {
    /// A mock of the stock.
    pub MockStock for Stock {
        fn count(&self, article: &str) -> Option<u32>;
        fn take(&self, article: &str, count: u32) -> Result<()>;
    }
}

/// A stock without an end, that keeps what was taken, and by which plugin.
#[derive(Default)]
pub struct FakeStock {
    taken: Mutex<Vec<String>>,
}

impl FakeStock {
    pub fn taken(&self) -> Vec<String> {
        let taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.clone()
    }
}

struct OfPlugin(Arc<FakeStock>, &'static str);

impl Stock for OfPlugin {
    fn count(&self, _article: &str) -> Option<u32> {
        Some(u32::MAX)
    }

    fn take(&self, article: &str, count: u32) -> Result<()> {
        let taken = &self.0.taken;
        let mut taken = taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.push(format!("{}: {count} {article}", self.1));
        Ok(())
    }
}

impl TestDouble for FakeStock {
    type Service = dyn Stock;

    fn into_service(self: Arc<Self>) -> Arc<dyn Stock> {
        self.for_plugin("test")
    }

    fn for_plugin(self: Arc<Self>, plugin: &'static str) -> Arc<dyn Stock> {
        Arc::new(OfPlugin(self, plugin))
    }

    fn verify(&self) -> Result<(), String> {
        match self.taken().len() {
            0 => Err("nothing was taken from the stock".to_owned()),
            _ => Ok(()),
        }
    }
}
