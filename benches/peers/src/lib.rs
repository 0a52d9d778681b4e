//! One graph of objects, written down for each container and for none.
//!
//! The programs are generated, as those of the benchmark `check` are: a graph of a thousand services and
//! plugins is nothing that somebody keeps up to date by hand, seven times. Everything lies below the
//! target directory.

pub mod container;
pub mod dialect;
pub mod shape;
pub mod workspace;
