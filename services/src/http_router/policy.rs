//! What a plugin says about who may call a path.

use std::borrow::Cow;
use std::fmt;
use std::panic::Location;

/// Opens a path of a plugin, and what lies below it, to callers without the usual credentials.
///
/// The path is relative to the plugin and follows path-to-regexp 8: `/health` is also `/health/`,
/// `/HEALTH` and `/health/sub`, but not `/healthz`; `:name` stands for one segment, `*name` for any
/// rest, `{…}` for an optional part; `/` and `*` are everything. It is compared with the path as sent,
/// without decoding and without regard to case.
#[derive(Clone)]
pub struct AuthPolicy {
    pub(super) path: Cow<'static, str>,
    pub(super) allow: Allow,
    // Where it was written, for the log.
    pub(super) place: &'static Location<'static>,
}

/// Whom a policy lets in, beside callers with credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Allow {
    /// Everybody.
    Unauthenticated,
    /// A user whose browser has the cookie of this plugin.
    UserCookie,
}

impl AuthPolicy {
    /// Everybody may call the path.
    #[must_use]
    #[track_caller]
    pub fn unauthenticated(path: impl Into<Cow<'static, str>>) -> Self {
        Self::new(path.into(), Allow::Unauthenticated)
    }

    /// A user may also be known by cookie on this path, for what a browser fetches by itself (images,
    /// frames, downloads). Where an unauthenticated policy matches as well, that one counts.
    #[must_use]
    #[track_caller]
    pub fn user_cookie(path: impl Into<Cow<'static, str>>) -> Self {
        Self::new(path.into(), Allow::UserCookie)
    }

    #[track_caller]
    fn new(path: Cow<'static, str>, allow: Allow) -> Self {
        Self {
            path,
            allow,
            place: Location::caller(),
        }
    }

    /// The path, as the plugin wrote it.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Whom it lets in.
    #[must_use]
    pub fn allow(&self) -> Allow {
        self.allow
    }
}

/// Two policies are equal that say the same, wherever they were written.
impl PartialEq for AuthPolicy {
    fn eq(&self, other: &Self) -> bool {
        (&self.path, self.allow) == (&other.path, other.allow)
    }
}

impl Eq for AuthPolicy {}

impl fmt::Debug for AuthPolicy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("AuthPolicy")
            .field("path", &self.path)
            .field("allow", &self.allow)
            .finish()
    }
}

/// For the log: `` unauthenticated `/health` (src/lib.rs:12:5) ``.
impl fmt::Display for AuthPolicy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let allow = match self.allow {
            Allow::Unauthenticated => "unauthenticated",
            Allow::UserCookie => "user-cookie",
        };
        write!(formatter, "{allow} `{}` ({})", self.path, self.place)
    }
}
