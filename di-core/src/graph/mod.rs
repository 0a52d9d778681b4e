//! The graph of a backend, as constant data and `const fn`s.
//!
//! Data flows one way: entries → nodes → plan → report or start. The same functions run while a program
//! compiles (on arrays) and when a backend is composed at run time (on vectors), so both give one
//! verdict in one wording. Nothing here allocates, and nothing here knows what a service does.

mod analysis;
mod near;
mod node;
mod plan;
mod points;
mod report;
mod rules;
mod select;
mod sort;
mod state;
#[cfg(test)]
mod tests;
mod text;
mod view;
mod walk;

pub(crate) use node::fill;
pub use node::{Node, count, flatten, prune};
pub use plan::{Graph, Plan, dependencies};
pub use report::{verdict, write_report};
pub use state::NONE;
pub use text::Text;
pub use view::{DependencyView, FeatureView, Standing};

pub(crate) use analysis::analyse;
pub(crate) use plan::{Columns, Tables};
pub(crate) use walk::Cursor;
