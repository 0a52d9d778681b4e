//! From a feature to what it makes the backend need: the steps that every view of the graph goes along.

use std::fmt;

use greenroom_di_core::graph::{DependencyView, FeatureView};

/// A step from a feature to one that it needs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Link<'a> {
    pub(crate) how: How<'a>,
    pub(crate) to: FeatureView<'a>,
}

/// Why a feature needs another.
#[derive(Clone, Copy, Debug)]
pub(crate) enum How<'a> {
    /// It takes what the other provides, or wraps.
    Takes(DependencyView<'a>),
    /// The other is a module that runs before it.
    RunsAfter,
}

/// What a feature needs: what its parameters ask for, then the modules that run before it.
pub(crate) fn links<'a>(feature: FeatureView<'a>) -> impl Iterator<Item = Link<'a>> {
    let taken = feature.dependencies().flat_map(|dependency| {
        let how = How::Takes(dependency);
        dependency.providers().map(move |to| Link { how, to })
    });
    let how = How::RunsAfter;
    taken.chain(feature.runs_after().map(move |to| Link { how, to }))
}

/// What a feature is to a reader: the service that a factory provides, else its own id.
pub(crate) fn name(feature: FeatureView<'_>) -> String {
    match (feature.owner(), feature.service()) {
        (Some(plugin), _) => format!("{plugin}/{}", feature.id()),
        (None, Some(service)) => service.id.to_owned(),
        (None, None) => feature.id().to_owned(),
    }
}

/// The way into the lists, as in the reports of the check:
/// `greenroom::defaults > greenroom::services::foundation > logger`.
pub(crate) struct Listed<'a>(pub(crate) FeatureView<'a>);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for list in self.0.lists() {
            write!(formatter, "{list} > ")?;
        }
        match self.0.entry() {
            Some((spelled, _)) => formatter.write_str(spelled),
            None => formatter.write_str("every backend"),
        }
    }
}
