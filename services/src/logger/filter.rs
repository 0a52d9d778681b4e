//! Decides which lines are written.
//!
//! The question is asked twice. Before a line is put together only some of its fields are known, and the
//! answer is a *bound*: no line with these fields can be more detailed. It is what callers cache, so that
//! a level that is off costs next to nothing. For the finished line the answer is exact.

use tracing::level_filters::LevelFilter;

use super::level::Level;
use super::matcher::Matcher;
use super::value::FieldValue;

/// The level of a backend with its exceptions.
#[derive(Clone, Debug)]
pub(super) struct Filter {
    /// The exceptions; the first that matches a line decides.
    pub(super) overrides: Vec<Override>,
    /// The level of all other lines.
    pub(super) level: LevelFilter,
}

/// An exception: lines with certain fields have a level of their own.
#[derive(Clone, Debug)]
pub(super) struct Override {
    /// Pairs of a field and what is asked of it; all must match.
    pub(super) matchers: Vec<(String, Matcher)>,
    /// The level of the lines that match.
    pub(super) level: LevelFilter,
}

/// What is known of a field before the line is put together.
#[derive(Clone, Copy, Debug)]
pub(super) enum Known<'a> {
    /// The line will have this value.
    Value(FieldValue<'a>),
    /// The line will not have the field.
    Absent,
    /// It may or may not have it.
    Unknown,
}

#[derive(PartialEq)]
enum Verdict {
    Yes,
    Maybe,
    No,
}

impl Filter {
    /// The most detailed level that a line with these fields can have.
    pub(super) fn bound<'a>(&self, known: impl Fn(&str) -> Known<'a>) -> LevelFilter {
        let mut bound = LevelFilter::OFF;
        for exception in &self.overrides {
            match exception.verdict(&known) {
                Verdict::Yes => return bound.max(exception.level),
                Verdict::Maybe => bound = bound.max(exception.level),
                Verdict::No => {}
            }
        }
        bound.max(self.level)
    }

    /// The most detailed level of any line.
    pub(super) fn most_detailed(&self) -> LevelFilter {
        self.bound(|_| Known::Unknown)
    }

    /// Whether a line with exactly these fields is written.
    pub(super) fn allows<'a>(
        &self,
        level: Level,
        field: impl Fn(&str) -> Option<FieldValue<'a>>,
    ) -> bool {
        // With every field known the bound is the level of the first match.
        let exact = self.bound(|name| field(name).map_or(Known::Absent, Known::Value));
        level.threshold() <= exact
    }
}

impl Override {
    fn verdict<'a>(&self, known: &impl Fn(&str) -> Known<'a>) -> Verdict {
        let mut verdict = Verdict::Yes;
        for (field, matcher) in &self.matchers {
            match known(field) {
                Known::Value(value) if matcher.matches(value) => {}
                Known::Value(_) | Known::Absent => return Verdict::No,
                Known::Unknown => verdict = Verdict::Maybe,
            }
        }
        verdict
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exception(matchers: &[(&str, &str)], level: LevelFilter) -> Override {
        let matchers = matchers
            .iter()
            .map(|(field, text)| ((*field).to_owned(), Matcher::Text((*text).to_owned())))
            .collect();
        Override { matchers, level }
    }

    fn filter() -> Filter {
        Filter {
            overrides: vec![
                exception(&[("plugin", "a"), ("type", "noise")], LevelFilter::ERROR),
                exception(&[("plugin", "a")], LevelFilter::TRACE),
                exception(&[("type", "noise")], LevelFilter::OFF),
            ],
            level: LevelFilter::INFO,
        }
    }

    fn allows(level: Level, fields: &[(&'static str, &'static str)]) -> bool {
        filter().allows(level, |name| {
            let (_, text) = fields.iter().find(|(field, _)| *field == name)?;
            Some(FieldValue::Text(text))
        })
    }

    #[test]
    fn the_first_match_decides() {
        let noise_of_a = [("plugin", "a"), ("type", "noise")];
        assert!(allows(Level::Trace, &[("plugin", "a")]));
        assert!(allows(Level::Error, &noise_of_a) && !allows(Level::Warn, &noise_of_a));
        assert!(!allows(Level::Error, &[("type", "noise")]));
        assert!(allows(Level::Info, &[("plugin", "b")]));
        assert!(!allows(Level::Debug, &[("plugin", "b")]));
    }

    #[test]
    fn the_bound_counts_what_is_not_contradicted() {
        let bound = |plugin: Known<'static>| {
            filter().bound(move |name| match name {
                "plugin" => plugin,
                _ => Known::Unknown,
            })
        };
        let text = |text| Known::Value(FieldValue::Text(text));
        assert_eq!(bound(text("a")), LevelFilter::TRACE);
        assert_eq!(bound(text("b")), LevelFilter::INFO);
        assert_eq!(bound(Known::Absent), LevelFilter::INFO);
        assert_eq!(filter().most_detailed(), LevelFilter::TRACE);
    }

    #[test]
    fn a_certain_match_ends_the_search() {
        let filter = Filter {
            overrides: vec![exception(&[], LevelFilter::WARN)],
            level: LevelFilter::TRACE,
        };
        assert_eq!(filter.most_detailed(), LevelFilter::WARN);
    }
}
