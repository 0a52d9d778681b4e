//! The only stage that says no: from what was written to what is meant.

mod arguments;
mod function;
mod id;
mod item;

pub(crate) use function::{Broken, Function, Parameter, cfgs_of, factory, plugin};
pub(crate) use item::{ServiceItem, service};

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
