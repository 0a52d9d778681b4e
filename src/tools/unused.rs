//! What is listed and not used. The check cannot warn of it, since a constant can only fail; so it is
//! asked for.

use std::fmt::Write as _;

use greenroom_di_core::graph::{Graph, Standing};

use super::links::{Listed, name};

/// The list, in the order of the entries.
pub(crate) fn unused(graph: &Graph<'_>) -> String {
    let mut text = String::new();
    for feature in graph.features() {
        let reason = match feature.standing() {
            Standing::Used => continue,
            Standing::ReplacedBy(other) => format!("replaced by {other} at {}", other.place()),
            Standing::Repeats(_) => "listed once more; one of them counts".to_owned(),
            _ => "nothing that runs needs it".to_owned(),
        };
        let _ = writeln!(text, "{}: {reason}", name(feature));
        let _ = writeln!(text, "  {feature} at {}", feature.place());
        let _ = writeln!(text, "  listed in {}", Listed(feature));
    }
    if text.is_empty() {
        text.push_str("All that is listed is used.\n");
    }
    text
}
