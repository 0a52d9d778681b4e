//! What has to hold for any input at all.
//!
//! Each module is the property of one fuzz target as a plain function over bytes, so that the fuzzer and the tests of
//! the workspace call the same: `tests/integration/kept_inputs.rs` includes these files, and runs them over the inputs
//! that are kept. So they use only what both packages depend on.

pub mod config;
pub mod path_to_regexp;
pub mod policies;
pub mod tokens;
