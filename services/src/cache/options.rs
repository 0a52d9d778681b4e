//! How a value is kept, and how a cache keeps by default.

use std::time::Duration;

/// How one value is kept. A [`Duration`] becomes one by itself.
///
/// ```
/// use std::time::Duration;
///
/// use greenroom_services::cache::EntryOptions;
///
/// let options = EntryOptions::new()
///     .ttl(Duration::from_secs(60))
///     .tag("articles");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct EntryOptions {
    /// How long; without it the default of the cache, and without that for good. A value that is to live no time at
    /// all is not kept.
    pub ttl: Option<Duration>,
    /// The tags by which it can be deleted together with others.
    pub tags: Vec<String>,
    pub(super) noted: Noted,
}

/// How the tags stood before the value was computed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Noted {
    /// Nobody asked: they are taken as they stand when the value is kept.
    #[default]
    No,
    /// Nobody knows, so nobody knows either whether one was deleted since.
    Failed,
    /// Their stamps, in the order of the tags. Tags that came later have none here.
    Stamps(Vec<String>),
}

impl EntryOptions {
    /// As the cache keeps by default, without tags.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// For this long.
    #[must_use]
    pub fn ttl(mut self, ttl: Duration) -> Self {
        self.ttl = Some(ttl);
        self
    }

    /// With this tag too. A tag is remembered for 30 days after a value was last kept with it.
    #[must_use]
    pub fn tag(mut self, tag: impl Into<String>) -> Self {
        self.tags.push(tag.into());
        self
    }

    /// With these tags too.
    #[must_use]
    pub fn tags<I: Into<String>>(self, tags: impl IntoIterator<Item = I>) -> Self {
        tags.into_iter().fold(self, Self::tag)
    }
}

impl From<Duration> for EntryOptions {
    fn from(ttl: Duration) -> Self {
        Self::new().ttl(ttl)
    }
}

/// How a cache keeps what says nothing else.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CacheOptions {
    /// How long, in place of `backend.cache.defaultTtl`.
    pub default_ttl: Option<Duration>,
}

impl CacheOptions {
    /// As the configuration says.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// For this long.
    #[must_use]
    pub fn default_ttl(mut self, ttl: Duration) -> Self {
        self.default_ttl = Some(ttl);
        self
    }
}
