//! The values that parameters are derived from: built first, and all that is derived checked before anything
//! else is built, so that all mistakes of a configuration show at once.

use std::collections::{BTreeMap, HashSet};

use super::starter::{Round, Starter, State};
use crate::BoxError;
use crate::error::StartError;
use crate::inject::{Audience, Findings, Need, Unread};
use crate::units::Source;

impl Starter<'_> {
    /// Puts what parameters are derived from, and what that needs, into the first round.
    pub(super) fn assign_sources(&mut self) {
        let mut open = Vec::new();
        for unit in 0..self.units.all.len() {
            let dependencies = self.meta(unit).dependencies.iter();
            for (dependency, source) in dependencies.zip(self.units.sources.row(unit)) {
                if let (Need::Derived(_), Source::Unit(from)) = (dependency.need(), source) {
                    open.push(*from);
                }
            }
        }
        self.assign(open, Round::Sources);
    }

    /// Puts units, and what those need, into a round, unless they are in an earlier one.
    pub(super) fn assign(&mut self, mut open: Vec<u32>, round: Round) {
        while let Some(unit) = open.pop() {
            let state = &mut self.states[unit as usize];
            if state.round > round {
                state.round = round;
                open.extend_from_slice(self.units.awaited.row(unit as usize));
            }
        }
    }

    /// Checks what is derived for the units that are asked about.
    pub(super) fn findings(&self, asked: impl Fn(&State) -> bool) -> Findings {
        let mut all = Findings::default();
        // What each value of a plugin leaves unread, by plugin.
        let mut unread: BTreeMap<Option<usize>, Vec<Vec<Unread>>> = BTreeMap::new();
        for unit in 0..self.units.all.len() {
            if !asked(&self.states[unit]) {
                continue;
            }
            let dependencies = self.meta(unit).dependencies.iter();
            for (dependency, source) in dependencies.zip(self.units.sources.row(unit)) {
                if let (Need::Derived(derivation), Source::Unit(from)) = (dependency.need(), source)
                    && let Some(instance) = self.instances.get(*from as usize)
                {
                    let found = (derivation.check)(instance, self.plugin_id(unit));
                    all.mistakes.extend(found.mistakes);
                    all.warnings.extend(found.warnings);
                    if derivation.audience == Audience::Plugin {
                        let plugin = self.units.all[unit].plugin();
                        unread.entry(plugin).or_default().push(found.unread);
                    }
                }
            }
        }
        for values in unread.into_values() {
            all.warnings.extend(read_by_none(&values));
        }
        // Two functions of a plugin may take the same settings.
        let mut seen = HashSet::new();
        all.mistakes
            .retain(|mistake: &BoxError| seen.insert(mistake.to_string()));
        all.warnings.retain(|warning| seen.insert(warning.clone()));
        all
    }

    /// Ends the start if there are mistakes, else keeps the warnings.
    pub(super) fn judge(&mut self, findings: Findings) -> Result<(), StartError> {
        let Findings {
            mistakes, warnings, ..
        } = findings;
        self.warnings.extend(warnings);
        if mistakes.is_empty() {
            return Ok(());
        }
        let warnings = std::mem::take(&mut self.warnings);
        Err(StartError::Settings { mistakes, warnings })
    }
}

/// The warnings for what none of a plugin's values reads: modules and factories read the section of their
/// plugin too, each its own part of it.
fn read_by_none(values: &[Vec<Unread>]) -> Vec<String> {
    let mut warnings: BTreeMap<&str, &str> = BTreeMap::new();
    for unread in values.iter().flatten() {
        if values.iter().all(|value| covers(value, &unread.key)) {
            // One value may know better what was meant than another.
            let warning = warnings.entry(&unread.key).or_default();
            if warning.len() < unread.warning.len() {
                *warning = &unread.warning;
            }
        }
    }
    warnings.into_values().map(str::to_owned).collect()
}

/// Whether a key is among those that a value does not read, or below one of them.
fn covers(unread: &[Unread], key: &str) -> bool {
    unread.iter().any(|unread| {
        let rest = key.strip_prefix(&*unread.key);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(keys: &[(&str, &str)]) -> Vec<Unread> {
        let unread = keys.iter().map(|(key, warning)| Unread {
            key: (*key).to_owned(),
            warning: (*warning).to_owned(),
        });
        unread.collect()
    }

    #[test]
    fn a_key_is_unread_if_no_value_of_the_plugin_reads_it() {
        let plugin = value(&[("a.files", "1"), ("a.pgae", "2"), ("a.rules[0].x", "3")]);
        let module = value(&[
            ("a.page", "4"),
            ("a.pgae", "5, did you mean"),
            ("a.rules", "6"),
        ]);
        assert_eq!(read_by_none(std::slice::from_ref(&plugin)), ["1", "2", "3"]);
        assert_eq!(read_by_none(&[plugin, module]), ["5, did you mean", "3"]);
    }
}
