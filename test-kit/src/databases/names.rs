//! Names that no other test has.

/// A name for a database or whatever else tests share a server for: short, for databases of plugins have it before their
/// own, and servers know names of 63 characters.
pub(crate) fn unique() -> String {
    let random: String = std::iter::repeat_with(|| fastrand::char('a'..='z'))
        .take(12)
        .collect();
    format!("test_{random}")
}
