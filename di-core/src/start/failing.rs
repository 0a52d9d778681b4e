//! What a failure comes to: what cannot start any more, whether the policy tolerates it, and a word in the log.

use tracing::dispatcher;

use super::starter::{Stage, Starter};
use crate::error::{Failure, Fault};
use crate::feature::Kind;
use crate::lifecycle::PluginState;
use crate::policy::OnFailure;

impl Starter<'_> {
    pub(super) fn fail(&mut self, unit: usize, fault: Fault) {
        let name = self.name(unit);
        let place = Some(self.meta(unit).place);
        let Fault { part, cause } = fault;
        let mut failure = match part {
            None => Failure {
                kind: name.kind(),
                id: name.id.into(),
                plugin: name.plugin,
                place,
                cause,
                stopped: Vec::new(),
                modules: Vec::new(),
                tolerated: false,
            },
            // Hooks and tasks come with a plugin's init, and keep that plugin from starting.
            Some((kind, id)) => Failure {
                kind,
                id,
                plugin: Some(name.id),
                place,
                cause,
                stopped: vec![name.id],
                modules: Vec::new(),
                tolerated: false,
            },
        };
        self.states[unit].stage = Stage::Failed;
        self.note_plugin_down(unit);
        self.doom_dependents(unit, &mut failure);
        failure.tolerated = self.is_tolerated(unit);
        let plugin = self.plugin_id(unit);
        let what = failure.name();
        let cause = &failure.cause;
        let lost = failure.lost();
        dispatcher::with_default(&self.root.dispatch(), || match failure.tolerated {
            _ if cause.is_enough() => {
                tracing::info!(target: "greenroom", plugin, "{what} goes no further: no more of it is needed");
            }
            true => {
                tracing::error!(target: "greenroom", plugin, error = %cause, "{what} failed to start; the backend goes on without {lost}");
            }
            false => {
                tracing::error!(target: "greenroom", plugin, error = %cause, "{what} failed to start");
            }
        });
        self.failures.push(failure);
    }

    pub(super) fn fail_root_hook(&mut self, fault: Fault) {
        let (kind, id) = fault.part.unwrap_or(("hook", "".into()));
        let failure = Failure {
            kind,
            id,
            plugin: None,
            place: None,
            cause: fault.cause,
            stopped: Vec::new(),
            modules: Vec::new(),
            tolerated: false,
        };
        let (what, cause) = (failure.name(), &failure.cause);
        dispatcher::with_default(
            &self.root.dispatch(),
            || tracing::error!(target: "greenroom", error = %cause, "{what} failed"),
        );
        self.failures.push(failure);
    }

    /// Marks everything that cannot start without the unit, once.
    fn doom_dependents(&mut self, unit: usize, failure: &mut Failure) {
        let mut open = vec![unit];
        while let Some(unit) = open.pop() {
            for at in 0..self.units.dependents.row(unit).len() {
                let dependent = self.units.dependents.row(unit)[at] as usize;
                let untouched = self.states[dependent].stage == Stage::Waiting;
                if !untouched || !self.keeps_from_starting(unit, dependent) {
                    continue;
                }
                self.states[dependent].stage = Stage::Doomed;
                let meta = self.meta(dependent);
                match meta.kind {
                    Kind::Plugin => failure.stopped.push(meta.id),
                    Kind::Module => failure.modules.push(meta.id),
                    Kind::Factory | Kind::Decorator | Kind::BuiltIn => {}
                }
                self.note_plugin_down(dependent);
                open.push(dependent);
            }
        }
    }

    /// Whether one unit cannot start when another one, for which it waits, did not. Modules provide nothing:
    /// the next one merely has its turn later, and the plugin can go without those that the policy says.
    fn keeps_from_starting(&self, unit: usize, dependent: usize) -> bool {
        self.meta(unit).kind != Kind::Module
            || (self.meta(dependent).kind == Kind::Plugin && !self.is_dispensable(unit))
    }

    fn is_dispensable(&self, module: usize) -> bool {
        let plugin = self.plugin_id(module).unwrap_or_default();
        self.policy.for_module(plugin, self.meta(module).id) == OnFailure::Continue
    }

    /// Whether the backend starts although this unit failed.
    fn is_tolerated(&self, unit: usize) -> bool {
        let Some(plugin) = self.units.all[unit].plugin() else {
            return false;
        };
        if self.meta(unit).kind == Kind::Module && self.is_dispensable(unit) {
            return true;
        }
        // What takes down no more than modules takes down those that their plugin can go without.
        let init = self.units.plugins[plugin].init();
        let is_down = matches!(self.states[init].stage, Stage::Failed | Stage::Doomed);
        !is_down || self.policy.for_plugin(self.plugins[plugin].id()) == OnFailure::Continue
    }

    fn note_plugin_down(&self, unit: usize) {
        if self.meta(unit).kind == Kind::Plugin
            && let Some(plugin) = self.units.all[unit].plugin()
        {
            let context = &self.plugins[plugin];
            context.advance(PluginState::Failed);
            // Half a plugin is not to go on working.
            context.tasks().cancel();
        }
    }
}
