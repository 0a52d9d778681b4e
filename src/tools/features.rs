//! What a backend is made of, as a list: what an auditor or an operator asks first.

use std::fmt::Write as _;

use greenroom_di_core::feature::Kind;
use greenroom_di_core::graph::{FeatureView, Graph, Standing};

use super::links::{Listed, name};

/// The headings, in their order.
const KINDS: [(Kind, &str); 4] = [
    (Kind::Plugin, "Plugins"),
    (Kind::Module, "Modules"),
    (Kind::Factory, "Service factories"),
    (Kind::Decorator, "Service decorators"),
];

/// The list, by kind and then by id.
pub(crate) fn features(graph: &Graph<'_>) -> String {
    let mut text = String::new();
    for (kind, heading) in KINDS {
        let mut features: Vec<_> = graph
            .features()
            .filter(|feature| feature.kind() == kind)
            .collect();
        features.sort_by_cached_key(|&feature| (name(feature), feature.position()));
        if features.is_empty() {
            continue;
        }
        let gap = if text.is_empty() { "" } else { "\n" };
        let _ = writeln!(text, "{gap}{heading}");
        for feature in features {
            write_feature(feature, &mut text);
        }
    }
    text
}

fn write_feature(feature: FeatureView<'_>, text: &mut String) {
    let note = match feature.standing() {
        Standing::Used => String::new(),
        Standing::ReplacedBy(other) => format!("  (replaced by {other})"),
        Standing::Repeats(_) => "  (listed once more)".to_owned(),
        _ => "  (unused)".to_owned(),
    };
    let place = feature.place();
    let _ = writeln!(text, "  {}{note}", name(feature));
    if matches!(feature.kind(), Kind::Factory | Kind::Decorator) {
        let _ = writeln!(text, "    {}", feature.id());
    }
    // A place outside of the workspace begins with the package already.
    match place.shown() {
        (None, _) if !place.package.is_empty() => {
            let _ = writeln!(text, "    {}@{} {place}", place.package, place.version);
        }
        _ => {
            let _ = writeln!(text, "    {place}");
        }
    }
    let _ = writeln!(text, "    listed in {}", Listed(feature));
}
