//! What a plugin says about who may call a path.

use std::borrow::Cow;

/// Opens a path of a plugin, and what lies below it, to callers without the usual credentials.
///
/// The path is relative to the plugin and follows path-to-regexp 8: `/health` is also `/health/`,
/// `/HEALTH` and `/health/sub`, but not `/healthz`; `:name` stands for one segment, `*name` for any
/// rest, `{…}` for an optional part; `/` and `*` are everything. It is compared with the path as sent,
/// without decoding and without regard to case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthPolicy {
    pub(super) path: Cow<'static, str>,
    pub(super) allow: Allow,
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
    pub fn unauthenticated(path: impl Into<Cow<'static, str>>) -> Self {
        Self {
            path: path.into(),
            allow: Allow::Unauthenticated,
        }
    }

    /// A user may also be known by cookie on this path, for what a browser fetches by itself (images,
    /// frames, downloads). Where an unauthenticated policy matches as well, that one counts.
    #[must_use]
    pub fn user_cookie(path: impl Into<Cow<'static, str>>) -> Self {
        Self {
            path: path.into(),
            allow: Allow::UserCookie,
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
