//! What the analysis found out about a node, as flags.

/// No node.
pub const NONE: u32 = u32::MAX;

/// The node provides its service or wraps it, or is the plugin or module of its id.
pub(crate) const SELECTED: u8 = 1;
/// Something that runs needs the node.
pub(crate) const REACHED: u8 = 2;
/// The node is the one at which its cycle is reported.
pub(crate) const HEAD: u8 = 4;
/// The node runs whether or not anything needs it.
pub(crate) const ALWAYS: u8 = 8;
/// The walk has entered the node and not left it.
pub(crate) const OPEN: u8 = 16;
/// The walk has left the node.
pub(crate) const CLOSED: u8 = 32;
