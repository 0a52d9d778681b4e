//! The value of an extension point while a plugin starts: made, lent to one module after the other, and at
//! last given to its owner.
//!
//! A module borrows it, so it cannot keep it: late registration does not compile. A module that panics with
//! the value in its hands does not bring it back, and the owner's start fails rather than go on with half of
//! what was meant.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, PoisonError};

use crate::BoxError;
use crate::inject::Supply;
use crate::instances::Instance;
use crate::service::ExtensionPoint;

/// Where the value of one plugin's extension point is between two borrowers.
struct Cell<T>(Mutex<State<T>>);

enum State<T> {
    /// Nobody asked for it yet. It is made in the task of whoever does, where a panic can be contained.
    Unmade(fn() -> T),
    Here(T),
    Lent,
    Given,
}

impl<T: ExtensionPoint> Cell<T> {
    fn of(supply: &Supply<'_>) -> Result<Arc<Self>, BoxError> {
        let cell = supply.instance.and_then(Instance::shared::<Self>);
        Ok(cell.ok_or_else(|| format!("extension point `{}` was not made", T::META.service.id))?)
    }

    /// Takes the value out and leaves `next` in its place.
    fn take(&self, next: State<T>) -> Result<T, BoxError> {
        let id = T::META.service.id;
        match self.replace(next) {
            State::Unmade(make) => Ok(make()),
            State::Here(value) => Ok(value),
            lost @ State::Lent => {
                self.replace(lost);
                Err(format!("extension point `{id}` was lost in a module that panicked").into())
            }
            given @ State::Given => {
                self.replace(given);
                Err(format!("extension point `{id}` was given to its owner already").into())
            }
        }
    }
}

impl<T> Cell<T> {
    fn replace(&self, next: State<T>) -> State<T> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *state, next)
    }
}

/// What an extension point without a constructor starts from. Implemented for all that has a `Default`.
#[diagnostic::on_unimplemented(
    message = "extension point `{Self}` has nothing to start from",
    label = "it has no `Default`",
    note = "derive `Default` for it, or say which factory makes it: `#[extension_point(…, constructed_by = \"…\")]`"
)]
pub trait Start {
    /// The value without anything in it.
    fn start() -> Self;
}

#[diagnostic::do_not_recommend]
impl<T: Default> Start for T {
    fn start() -> Self {
        Self::default()
    }
}

/// Prepares an extension point that starts from its `Default`.
#[must_use]
pub fn default<T: ExtensionPoint + Start>() -> Instance {
    Instance::of(Cell::<T>(Mutex::new(State::Unmade(T::start))))
}

/// The value that a constructor made, ready for the container.
pub(crate) fn hold<T: ExtensionPoint>(value: T) -> Instance {
    Instance::of(Cell(Mutex::new(State::Here(value))))
}

/// Gives the value away for good.
pub(crate) fn give<T: ExtensionPoint>(supply: &Supply<'_>) -> Result<T, BoxError> {
    Cell::of(supply)?.take(State::Given)
}

/// A value that is lent to a module. Dropping it brings it back, unless that happens in a panic.
///
/// It asks nothing of its type: one that is no extension point is told where it is lent, and there alone.
pub struct Lent<T> {
    cell: Arc<Cell<T>>,
    value: Option<T>,
}

impl<T: ExtensionPoint> Lent<T> {
    pub(crate) fn of(supply: &Supply<'_>) -> Result<Self, BoxError> {
        let cell = Cell::of(supply)?;
        let value = Some(cell.take(State::Lent)?);
        Ok(Self { cell, value })
    }
}

impl<T> Deref for Lent<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.value
            .as_ref()
            .expect("the value leaves only when this is dropped")
    }
}

impl<T> DerefMut for Lent<T> {
    fn deref_mut(&mut self) -> &mut T {
        self.value
            .as_mut()
            .expect("the value leaves only when this is dropped")
    }
}

impl<T> Drop for Lent<T> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        if let Some(value) = self.value.take() {
            self.cell.replace(State::Here(value));
        }
    }
}

impl<T: ExtensionPoint> fmt::Debug for Lent<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Lent({})", T::META.service.id)
    }
}
