//! The part of the log that `tracing` talks to.
//!
//! It is a layer behind a filter of its own, not a filter of the whole subscriber: further layers may
//! want what this log does not show. The filter answers once for each place in the code and `tracing`
//! remembers it; only events that an override might concern are looked at one by one.

use std::sync::Arc;

use tracing::level_filters::LevelFilter;
use tracing::subscriber::Interest;
use tracing::{Dispatch, Event, Metadata, Subscriber, span};
use tracing_subscriber::layer::{Context, Filter, Layer, SubscriberExt};
use tracing_subscriber::registry::{LookupSpan, Registry};

use super::filter::Known;
use super::forward;
use super::level::Level;
use super::record::Record;
use super::spans;
use super::value::FieldValue;
use super::writer::Writer;

/// A further layer for a backend's dispatch, such as one that exports spans.
///
/// It sees every event unless it is given a filter (`layer.with_filter(…)`).
pub type ExtraLayer = Box<dyn Layer<Registry> + Send + Sync>;

/// Makes a backend's log the default of the whole process.
///
/// For programs with one backend, so that the macros of `tracing` work outside its tasks too. If there is a
/// default already it stays, and that is no error.
///
/// ```
/// # use greenroom_services::config::Config;
/// # use greenroom_services::logger::{RootLoggerService, Sink, TracingLogger, install_global};
/// # let (sink, lines) = Sink::memory();
/// # let root = TracingLogger::new(&Config::empty(), sink).unwrap();
/// install_global(&root.dispatch());
/// install_global(&root.dispatch());
/// tracing::info!("from anywhere");
/// assert_eq!(lines.all().len(), 1);
/// ```
pub fn install_global(dispatch: &Dispatch) {
    let _ = tracing::dispatcher::set_global_default(dispatch.clone());
}

/// The dispatch that writes through `writer` and also feeds `extra`.
pub(super) fn dispatch(writer: &Arc<Writer>, extra: Vec<ExtraLayer>) -> Dispatch {
    let lines = LineLayer {
        writer: Arc::clone(writer),
    };
    let gate = Gate {
        writer: Arc::clone(writer),
    };
    let mut layers = extra;
    layers.push(lines.with_filter(gate).boxed());
    Dispatch::new(Registry::default().with(layers))
}

/// Writes events as lines.
pub(super) struct LineLayer {
    pub(super) writer: Arc<Writer>,
}

impl<S> Layer<S> for LineLayer
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_new_span(&self, attributes: &span::Attributes<'_>, id: &span::Id, ctx: Context<'_, S>) {
        let Some(span) = ctx.span(id) else { return };
        Record::lend(
            |record| attributes.record(record),
            |record| spans::attach(&span, record),
        );
    }

    fn on_record(&self, id: &span::Id, values: &span::Record<'_>, ctx: Context<'_, S>) {
        let Some(span) = ctx.span(id) else { return };
        Record::lend(
            |record| values.record(record),
            |record| spans::update(&span, record),
        );
    }

    fn on_event(&self, event: &Event<'_>, ctx: Context<'_, S>) {
        let metadata = event.metadata();
        let spans = spans::records(ctx.event_span(event));
        Record::lend(
            |record| event.record(record),
            |record| {
                let message = record.message();
                let target = ("target", FieldValue::Text(metadata.target()));
                let own = record
                    .entries()
                    .filter(|(name, _)| message.is_none() || *name != "message");
                let own = own.chain([target]);
                self.writer.write(
                    Level::from(*metadata.level()),
                    message.unwrap_or_default(),
                    own,
                    &spans,
                );
            },
        );
    }
}

/// Says which places in the code can produce a line.
struct Gate {
    writer: Arc<Writer>,
}

impl Gate {
    fn is_open(&self, metadata: &Metadata<'_>) -> bool {
        if metadata.is_span() && *metadata.level() <= LevelFilter::INFO {
            return true;
        }
        if metadata.target() == forward::TARGET {
            return false;
        }
        let target = FieldValue::Text(metadata.target());
        let bound = self.writer.settings().filter.bound(|name| match name {
            "target" => Known::Value(target),
            _ => Known::Unknown,
        });
        *metadata.level() <= bound
    }
}

impl<S> Filter<S> for Gate {
    fn enabled(&self, metadata: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        self.is_open(metadata)
    }

    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        if self.is_open(metadata) {
            Interest::always()
        } else {
            Interest::never()
        }
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        // Spans of level info are always kept.
        let events = self.writer.settings().filter.most_detailed();
        Some(events.max(LevelFilter::INFO))
    }
}
