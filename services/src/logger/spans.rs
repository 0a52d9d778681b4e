//! The fields of the spans around a line.
//!
//! Each span keeps its own record behind an `Arc`: a line takes hold of the records it needs and holds no
//! lock of the registry while it is written, and no code of users ever runs under such a lock.

use std::sync::Arc;

use tracing::Dispatch;
use tracing_subscriber::registry::{LookupSpan, Registry, SpanRef};

use super::record::Record;

/// What a span of the registry carries for this log.
struct SpanFields(Arc<Record>);

/// Gives a new span its fields.
pub(super) fn attach<'a, S: LookupSpan<'a>>(span: &SpanRef<'a, S>, record: &Record) {
    span.extensions_mut()
        .insert(SpanFields(Arc::new(record.clone())));
}

/// Adds fields to a span, or replaces them.
pub(super) fn update<'a, S: LookupSpan<'a>>(span: &SpanRef<'a, S>, newer: &Record) {
    let mut extensions = span.extensions_mut();
    if let Some(SpanFields(record)) = extensions.get_mut() {
        *record = Arc::new(record.updated_by(newer));
    }
}

/// The records of a span and of those around it, from leaf to root.
pub(super) fn records<'a, S: LookupSpan<'a>>(leaf: Option<SpanRef<'a, S>>) -> Vec<Arc<Record>> {
    leaf.into_iter()
        .flat_map(|span| span.scope())
        .filter_map(|span| {
            let extensions = span.extensions();
            let SpanFields(record) = extensions.get()?;
            Some(Arc::clone(record))
        })
        .collect()
}

/// The records of the spans that this thread has entered on this dispatch.
///
/// It does not matter which dispatch is the thread's default. Empty for a foreign dispatch.
pub(super) fn current(dispatch: &Dispatch) -> Vec<Arc<Record>> {
    let Some(registry) = dispatch.downcast_ref::<Registry>() else {
        return Vec::new();
    };
    let current = dispatch.current_span();
    records(current.id().and_then(|id| registry.span(id)))
}
