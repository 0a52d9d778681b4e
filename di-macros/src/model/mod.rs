//! The only stage that says no: from what was written to what is meant.

mod arguments;
mod function;
mod id;
mod item;
mod parameter;

pub(crate) use function::{Broken, Function, Role, cfgs_of, decorator, factory, module, plugin};
pub(crate) use item::{PointItem, ServiceItem, extension_point, service};
pub(crate) use parameter::Parameter;

/// When a factory's service is built.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Initialization {
    Lazy,
    Eager,
}

/// How many instances of a service there are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    Root,
    Plugin,
}
