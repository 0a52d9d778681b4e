//! What would be started, and in which order: assertions on a backend that does not run.

use std::fmt;

use greenroom::{Backend, Kind};

/// How a backend is wired. A service goes by its id, a plugin by its id, a module as `plugin/module`.
#[derive(Debug)]
pub struct Wiring {
    backend: Backend,
}

impl Wiring {
    pub(crate) fn of(backend: Backend) -> Self {
        Self { backend }
    }

    /// What would be started, each after all that it waits for. A service of which each plugin has its own is named
    /// once, and so is one with decorators.
    #[must_use]
    pub fn started(&self) -> Vec<String> {
        let graph = self.backend.graph();
        let mut started: Vec<String> = Vec::new();
        for &node in graph.order {
            let meta = graph.nodes[node as usize].meta;
            let name = match (meta.kind, meta.provides) {
                (Kind::BuiltIn, _) => continue,
                (Kind::Module, _) => format!("{}/{}", meta.plugin, meta.id),
                (_, Some(service)) => service.id.to_owned(),
                (_, None) => meta.id.to_owned(),
            };
            if !started.contains(&name) {
                started.push(name);
            }
        }
        started
    }

    /// The paths of the factories and then of the decorators from which a service comes; none when nothing that
    /// would be started needs it.
    #[must_use]
    pub fn providers(&self, service: &str) -> Vec<&'static str> {
        let graph = self.backend.graph();
        let order = graph
            .order
            .iter()
            .map(|&node| graph.nodes[node as usize].meta);
        let providing = order.filter(|meta| {
            let id = meta.provides.map(|service| service.id);
            meta.kind != Kind::BuiltIn && id == Some(service)
        });
        providing.map(|meta| meta.id).collect()
    }

    /// Asserts that this would be started.
    ///
    /// # Panics
    ///
    /// When it would not: with all that would.
    #[track_caller]
    pub fn assert_started(&self, name: &str) -> &Self {
        self.position(name);
        self
    }

    /// Asserts that this would not be started.
    ///
    /// # Panics
    ///
    /// When it would: with all that would.
    #[track_caller]
    pub fn assert_not_started(&self, name: &str) -> &Self {
        let started = self.started();
        assert!(
            started.iter().all(|other| other != name),
            "`{name}` should not be started.\n{self}"
        );
        self
    }

    /// Asserts that both would be started, one after the other.
    ///
    /// # Panics
    ///
    /// When they would not: with all that would.
    #[track_caller]
    pub fn assert_before(&self, first: &str, second: &str) -> &Self {
        let (earlier, later) = (self.position(first), self.position(second));
        assert!(
            earlier < later,
            "`{first}` should be started before `{second}`.\n{self}"
        );
        self
    }

    #[track_caller]
    fn position(&self, name: &str) -> usize {
        let started = self.started();
        let found = started.iter().position(|other| other == name);
        found.unwrap_or_else(|| panic!("`{name}` is not started.\n{self}"))
    }
}

/// What would be started, line by line.
impl fmt::Display for Wiring {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("started, in this order:")?;
        for name in self.started() {
            write!(formatter, "\n  {name}")?;
        }
        Ok(())
    }
}
