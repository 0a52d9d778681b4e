//! The shape of the graph, the same for all.

use std::ops::Range;

/// How many objects the largest graph has.
pub const LARGEST: usize = 5_000;

/// How many services a plugin takes.
pub const NEEDS_OF_A_PLUGIN: usize = 8;

const PLUGINS_IN_A_MODULE: usize = 10;

/// A graph of so many objects: one fifth services, four fifths plugins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// How many services there are.
    pub services: usize,
    /// How many plugins there are.
    pub plugins: usize,
}

impl Shape {
    /// The graph of this many objects, 50 at least.
    #[must_use]
    pub fn of(objects: usize) -> Self {
        let services = objects / 5;
        Self {
            services,
            plugins: objects - services,
        }
    }

    /// The services that a service takes: those at a half, a third and a fifth of its own number. So the
    /// longest path grows with the logarithm of the size, as it does when people put services in layers.
    #[must_use]
    pub fn needs_of_service(service: usize) -> Vec<usize> {
        let mut needs = vec![service / 5, service / 3, service / 2];
        needs.dedup();
        needs.retain(|&need| need < service);
        needs
    }

    /// The services that a plugin takes, eight different ones.
    #[must_use]
    pub fn needs_of_plugin(self, plugin: usize) -> Vec<usize> {
        (0..NEEDS_OF_A_PLUGIN)
            .map(|need| (7 * plugin + 13 * need) % self.services)
            .collect()
    }

    /// The plugins, ten to a module, as people have more than one file.
    pub fn modules(self) -> impl Iterator<Item = (usize, Range<usize>)> {
        (0..self.plugins.div_ceil(PLUGINS_IN_A_MODULE)).map(move |module| {
            let first = module * PLUGINS_IN_A_MODULE;
            (module, first..self.plugins.min(first + PLUGINS_IN_A_MODULE))
        })
    }

    /// What the plugins of such a graph add up to, each with its services and what these take.
    #[must_use]
    pub fn sum(self) -> u64 {
        let service =
            |service: usize| service + Self::needs_of_service(service).iter().sum::<usize>();
        let plugin = |plugin| {
            let needs = self.needs_of_plugin(plugin);
            plugin + needs.into_iter().map(service).sum::<usize>()
        };
        (0..self.plugins).map(plugin).sum::<usize>() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_plugin_takes_different_services() {
        for objects in [50, 100, 200, 500, 1_000, 5_000] {
            let shape = Shape::of(objects);
            for plugin in 0..shape.plugins {
                let mut needs = shape.needs_of_plugin(plugin);
                needs.sort_unstable();
                needs.dedup();
                assert_eq!(needs.len(), NEEDS_OF_A_PLUGIN, "{objects}: {plugin}");
            }
        }
    }

    #[test]
    fn services_take_earlier_ones_and_each_once() {
        for service in 0..1_000 {
            let needs = Shape::needs_of_service(service);
            assert!(needs.iter().all(|&need| need < service), "{service}");
            assert!(needs.is_sorted_by(|one, next| one < next), "{service}");
        }
    }

    #[test]
    fn every_plugin_is_in_one_module() {
        let shape = Shape::of(99);
        let listed: Vec<usize> = shape.modules().flat_map(|(_, plugins)| plugins).collect();
        assert_eq!(listed, (0..shape.plugins).collect::<Vec<_>>());
    }
}
