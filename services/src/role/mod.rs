//! What one replica of a backend is for: to answer requests, to work in the background, or both.
//!
//! All replicas are the same program with the same configuration. One that is to answer quickly can be freed of the
//! background work, and one that works can be added without a place behind the load balancer. `--role` says which, or
//! the key `backend.role`.
//!
//! It is a setting and no service: who heeds it takes [`ServiceSettings<Role>`](crate::config::ServiceSettings). These
//! do: the root HTTP router answers for plugins only where the role [serves](Role::serves); queues work, and global
//! tasks run, only where it [works](Role::works). What belongs to a replica itself (its hooks, its local tasks, its
//! health) heeds no role.

mod settings;
#[cfg(test)]
mod tests;

/// What a replica does. [`Role::default`] is both, as in a backend with one replica.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Role {
    /// It answers requests, and works in the background.
    #[default]
    Both,
    /// It answers requests, and leaves the background work to others.
    Web,
    /// It works in the background. Its server answers for its health and for what the root mounts, and for no plugin.
    Worker,
}

impl Role {
    /// The key of the configuration that holds it.
    pub const KEY: &'static str = "backend.role";

    /// Whether requests to plugins are answered here.
    #[must_use]
    pub fn serves(self) -> bool {
        self != Self::Worker
    }

    /// Whether the work of the whole backend is done here: jobs of queues, and tasks that run once in a cluster.
    #[must_use]
    pub fn works(self) -> bool {
        self != Self::Web
    }
}
