//! The check as an ordinary function: each mistake gives the report that the compiler would show.
//!
//! What is said of a few entries here is said of them in every order; see `told`.

mod build;
mod decorators;
mod lists;
mod modules;
mod multitons;
mod near;
mod points;
mod random;
mod services;
mod told;
