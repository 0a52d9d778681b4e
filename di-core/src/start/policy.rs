//! Who takes part in a start: the policy is built like any other root service, ahead of all that it decides on.

use std::sync::Arc;

use super::starter::{Round, Stage, Starter};
use crate::error::{Cause, StartError};
use crate::feature::Kind;
use crate::lifecycle::PluginState;
use crate::policy::StartupPolicy;
use crate::rows::narrow;
use crate::service::Service;

impl Starter<'_> {
    /// Puts the policy, and what it needs, into a round of its own; gives its unit.
    pub(super) fn assign_policy(&mut self) -> Option<usize> {
        let is_policy = |&unit: &usize| {
            let provides = self.meta(unit).provides;
            provides.is_some_and(|service| service.key == StartupPolicy::META.key)
        };
        // The last one: whatever wraps the policy comes after it.
        let unit = self.root_units().rev().find(is_policy)?;
        self.assign(vec![narrow(unit)], Round::Policy);
        Some(unit)
    }

    /// Leaves out what is switched off.
    pub(super) fn apply_policy(&mut self, unit: Option<usize>) -> Result<(), StartError> {
        if let Some(unit) = unit {
            let policy = self.instances.get(unit);
            let Some(policy) = policy.and_then(|instance| instance.get::<StartupPolicy>()) else {
                let another = "its factory is not that of the container's own policy: two versions of \
                               greenroom may be in this program";
                self.fail(unit, Cause::Error(another.into()).into());
                return Err(self.failed());
            };
            self.policy = policy;
        }
        self.root.shared().set_policy(Arc::clone(&self.policy));
        self.warn_of_unknown_ids();
        for plugin in 0..self.plugins.len() {
            let context = &self.plugins[plugin];
            if self.policy.is_enabled(context.id()) {
                continue;
            }
            context.advance(PluginState::Disabled);
            self.disabled.push(context.id());
            for unit in self.units.plugins[plugin].units.clone() {
                self.states[unit].stage = Stage::LeftOut;
            }
        }
        if !self.disabled.is_empty() {
            self.leave_out_root_services();
            let plugins = self.plugins.iter();
            let enabled = plugins.filter(|context| self.policy.is_enabled(context.id()));
            self.root.set_enabled(enabled.cloned().collect());
        }
        Ok(())
    }

    /// Leaves out the root services that nothing which takes part needs.
    fn leave_out_root_services(&mut self) {
        let root = self.root_units();
        let mut needed = vec![false; root.end];
        let mut open: Vec<u32> = Vec::new();
        for unit in 0..self.units.all.len() {
            let node = self.units.all[unit].node as usize;
            let runs = match unit < root.end {
                true => self.graph.runs_in_any_case(node),
                false => self.states[unit].stage != Stage::LeftOut,
            };
            if runs {
                open.push(narrow(unit));
            }
        }
        while let Some(unit) = open.pop() {
            let at_root = needed.get_mut(unit as usize);
            if at_root.is_some_and(|needed| std::mem::replace(needed, true)) {
                continue;
            }
            let awaited = self.units.awaited.row(unit as usize).iter();
            // What a plugin waits for within itself is in the list already.
            open.extend(awaited.filter(|&&awaited| (awaited as usize) < root.end));
        }
        for unit in root {
            let state = &mut self.states[unit];
            if !needed[unit] && state.stage == Stage::Waiting {
                state.stage = Stage::LeftOut;
            }
        }
    }

    /// Installations share one configuration between backends, so an unknown plugin is no mistake. One that is
    /// nearly a plugin of this backend was probably meant for it.
    fn warn_of_unknown_ids(&mut self) {
        let policy = Arc::clone(&self.policy);
        for (id, of_plugin) in &policy.plugins {
            let known = self.plugins.iter().map(|context| context.id());
            let Some(plugin) = known.clone().position(|known| known == id) else {
                let near = near(id, known);
                if !near.is_empty() {
                    self.warnings.push(format!(
                        "the startup policy names plugin `{id}`, which this backend does not have{near}"
                    ));
                }
                continue;
            };
            let units = self.units.plugins[plugin].units.clone();
            let modules = units
                .map(|unit| self.meta(unit))
                .filter(|meta| meta.kind == Kind::Module)
                .map(|meta| meta.id);
            let mut warnings = Vec::new();
            for module in of_plugin.modules.keys() {
                if !modules.clone().any(|known| known == module) {
                    let near = near(module, modules.clone());
                    warnings.push(format!(
                        "the startup policy names module `{module}` of plugin `{id}`, which this backend \
                         does not have{near}"
                    ));
                }
            }
            self.warnings.extend(warnings);
        }
    }
}

/// Asks after the id that was probably meant, if there is one: one slip in three letters.
fn near<'a>(id: &str, known: impl Iterator<Item = &'a str>) -> String {
    known
        .map(|known| (strsim::osa_distance(id, known), known))
        .filter(|(distance, known)| *distance <= (known.chars().count() / 3).max(1))
        .min()
        .map(|(_, known)| format!("; did you mean `{known}`?"))
        .unwrap_or_default()
}
