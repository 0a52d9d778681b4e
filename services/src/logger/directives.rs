//! Reads `LOG_LEVEL`: a level, exceptions to it, or both.
//!
//! The form is the one that users of `tracing` and `env_logger` know, cut down to what this log can do
//! (no spans, no fields, no bare target), plus `plugin:id=level`. What cannot be read is an error: a
//! mistyped variable must not silently turn the log off.

use tracing::level_filters::LevelFilter;

use super::LoggerError;
use super::filter::Override;
use super::level::parse_threshold;
use super::matcher::Matcher;

/// What `LOG_LEVEL` says.
#[derive(Debug, Default)]
pub(super) struct Directives {
    /// The level for all that has no exception; the last one given counts.
    pub(super) level: Option<LevelFilter>,
    /// Targets, the longest first, then plugins.
    pub(super) overrides: Vec<Override>,
}

/// Reads the variable; empty parts are skipped.
pub(super) fn parse(text: &str) -> Result<Directives, LoggerError> {
    let mut level = None;
    let mut targets = Vec::new();
    let mut plugins = Vec::new();
    for part in text
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
    {
        let mistake = || LoggerError::Directive {
            part: part.to_owned(),
        };
        let (subject, name) = match part.rsplit_once('=') {
            Some((subject, name)) => (Some(subject.trim()), name),
            None => (None, part),
        };
        let threshold = parse_threshold(name).ok_or_else(mistake)?;
        match subject.map(|subject| (subject, subject.strip_prefix("plugin:"))) {
            None => level = Some(threshold),
            Some(("", _) | (_, Some(""))) => return Err(mistake()),
            Some((_, Some(id))) => plugins.push((id, threshold)),
            Some((target, None)) => targets.push((target, threshold)),
        }
    }
    targets.sort_by_key(|(target, _)| std::cmp::Reverse(target.len()));
    let targets = targets
        .into_iter()
        .map(|(target, level)| one("target", Matcher::Module(target.to_owned()), level));
    let plugins = plugins
        .into_iter()
        .map(|(id, level)| one("plugin", Matcher::Text(id.to_owned()), level));
    let overrides = targets.chain(plugins).collect();
    Ok(Directives { level, overrides })
}

fn one(field: &str, matcher: Matcher, level: LevelFilter) -> Override {
    Override {
        matchers: vec![(field.to_owned(), matcher)],
        level,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_level_has_no_exceptions() {
        let directives = parse("DEBUG").expect("a level");
        assert_eq!(directives.level, Some(LevelFilter::DEBUG));
        assert!(directives.overrides.is_empty());
    }

    #[test]
    fn longer_targets_come_first_and_plugins_last() {
        let directives =
            parse("warn, plugin:example=trace ,sqlx=info,sqlx::query=debug,").expect("directives");
        assert_eq!(directives.level, Some(LevelFilter::WARN));
        let order: Vec<_> = directives
            .overrides
            .iter()
            .map(|exception| (format!("{:?}", exception.matchers[0].1), exception.level))
            .collect();
        assert_eq!(
            order,
            [
                ("Module(\"sqlx::query\")".to_owned(), LevelFilter::DEBUG),
                ("Module(\"sqlx\")".to_owned(), LevelFilter::INFO),
                ("Text(\"example\")".to_owned(), LevelFilter::TRACE),
            ]
        );
    }

    #[test]
    fn mistakes_are_named() {
        for part in [
            "loud",
            "sqlx=loud",
            "sqlx",
            "=info",
            "plugin:=info",
            "sqlx=",
        ] {
            let error = parse(&format!("info,{part}")).expect_err(part).to_string();
            let start = format!("`LOG_LEVEL` contains {part:?}; each of its parts");
            assert!(error.starts_with(&start), "{error}");
        }
    }
}
