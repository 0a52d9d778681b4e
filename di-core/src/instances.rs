//! The one place where instances live while a backend runs.
//!
//! There is no lock and no lookup by name: the runner fills a slot once, hands clones to what depends on
//! it, and drops everything in the reverse order of its making. Handlers hold plain `Arc`s and never
//! come here.

use std::any::Any;
use std::fmt;
use std::sync::{Arc, LazyLock};

use crate::name::Name;
use crate::panic;
use crate::service::Service;

/// A built service, with its type erased.
#[derive(Clone)]
pub struct Instance(Arc<dyn Any + Send + Sync>);

impl Instance {
    /// Wraps a service.
    pub fn new<S: Service + ?Sized>(service: Arc<S>) -> Self {
        Self(Arc::new(service))
    }

    /// Wraps a value that is no service.
    pub(crate) fn of<T: Any + Send + Sync>(value: T) -> Self {
        Self(Arc::new(value))
    }

    /// The value that was wrapped, if it is a `T`.
    pub(crate) fn value<T: Any + Send + Sync>(&self) -> Option<&T> {
        self.0.downcast_ref()
    }

    /// The value that was wrapped, to be shared, if it is a `T`.
    pub(crate) fn shared<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        Arc::clone(&self.0).downcast().ok()
    }

    /// What a plugin's init leaves behind.
    pub(crate) fn nothing() -> Self {
        static NOTHING: LazyLock<Arc<()>> = LazyLock::new(Arc::default);
        Self(Arc::clone(&*NOTHING) as _)
    }

    /// The service, if it is an `S`.
    #[must_use]
    pub fn get<S: Service + ?Sized>(&self) -> Option<Arc<S>> {
        self.0.downcast_ref::<Arc<S>>().cloned()
    }
}

impl fmt::Debug for Instance {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Instance(…)")
    }
}

/// The slots of a backend, one for each unit of its plan.
#[derive(Debug, Default)]
pub(crate) struct Instances {
    slots: Vec<Option<Instance>>,
    filled: Vec<(usize, Name)>,
}

impl Instances {
    pub(crate) fn with_slots(count: usize) -> Self {
        Self {
            slots: vec![None; count],
            filled: Vec::with_capacity(count),
        }
    }

    /// Fills a slot, once.
    pub(crate) fn fill(&mut self, slot: usize, instance: Instance, name: Name) {
        debug_assert!(self.slots[slot].is_none(), "a slot is filled once");
        self.slots[slot] = Some(instance);
        self.filled.push((slot, name));
    }

    pub(crate) fn get(&self, slot: usize) -> Option<&Instance> {
        self.slots[slot].as_ref()
    }
}

impl Drop for Instances {
    fn drop(&mut self) {
        while let Some((slot, name)) = self.filled.pop() {
            let instance = self.slots[slot].take();
            if let Err(error) = panic::contain(|| drop(instance)) {
                tracing::error!(target: "greenroom", plugin = name.plugin, error, "{name} panicked when it was dropped");
            }
        }
    }
}
