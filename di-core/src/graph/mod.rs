//! The graph of a backend, as constant data and `const fn`s.
//!
//! Data flows one way: entries → nodes → plan → report or start. The same functions run while a program
//! compiles (on arrays) and when a backend is composed at run time (on vectors), so both give one
//! verdict in one wording. Nothing here allocates, and nothing here knows what a service does.

mod analysis;
mod near;
mod node;
mod plan;
mod report;
#[cfg(test)]
mod tests;
mod text;

pub use analysis::NONE;
pub(crate) use node::fill;
pub use node::{Node, count, flatten, prune};
pub use plan::{Graph, Plan, dependencies};
pub use report::{verdict, write_report};
pub use text::Text;

pub(crate) use analysis::{REACHED, SELECTED, analyse};
pub(crate) use plan::{Columns, Tables};
