//! Auth policies that say something else than they seem to.
//!
//! Every pattern that the original accepts is accepted, and means the same. Some of them mean what hardly anybody
//! would guess, and a path that is open by mistake is found by others first. So these are told in the log while the
//! plugin starts, with what they mean and what was probably meant. A path that stays closed by mistake is told too: it
//! costs an afternoon. Which routes there are nobody knows here, because axum does not tell.

use super::barrier::Policy;
use super::pattern::ANY;
use super::policy::{Allow, AuthPolicy};

/// What is surprising about a policy, beside those that were added before; one sentence without its end for each.
pub(super) fn about<'a>(policy: &Policy, earlier: impl Iterator<Item = &'a Policy>) -> Vec<String> {
    let mut surprises = width(policy).into_iter().collect::<Vec<_>>();
    // What opens everything covers every other, and that was said.
    let is_wide = !surprises.is_empty();
    surprises.extend(spelling(&policy.written.path).map(str::to_owned));
    surprises.extend(optional(policy).map(str::to_owned));
    for other in earlier {
        surprises.extend(beside(policy, other, is_wide));
    }
    surprises
}

/// Patterns that are wider than they look.
fn width(policy: &Policy) -> Option<String> {
    let path = policy.written.path();
    let effect = match policy.written.allow {
        Allow::Unauthenticated => "opens every path of the plugin to everybody",
        Allow::UserCookie => "lets users in by cookie on every path of the plugin",
    };
    let anything = format!("/{ANY}");
    let everything = policy.pattern.matches("/") && policy.pattern.matches(&anything);
    match path {
        // That is what a star means to everybody.
        "*" => None,
        "/" => Some(format!(
            "it {effect}, not on `/` alone; if that is meant, write `*`"
        )),
        _ if everything => Some(format!(
            "all of it can be left out, so it {effect}; if that is meant, write `*`"
        )),
        _ if policy.pattern.matches(&anything) => Some(format!(
            "it {effect} but `/`, because its first segment is a parameter"
        )),
        _ => None,
    }
}

/// Patterns that are spelt as paths of routes are, or as no request spells its path.
fn spelling(path: &str) -> impl Iterator<Item = &'static str> {
    let is_name = |segment: &str| {
        let inner = segment
            .strip_prefix('{')
            .and_then(|rest| rest.strip_suffix('}'));
        let name = inner.map(|inner| inner.strip_prefix('*').unwrap_or(inner));
        name.is_some_and(|name| {
            !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_')
        })
    };
    let like_a_route = path.split('/').any(is_name);
    let inner = path.trim_matches('/');
    let dots = inner
        .split('/')
        .any(|segment| matches!(segment, "." | ".."));
    let unsent =
        |c: char| !c.is_ascii_graphic() || matches!(c, '#' | '"' | '<' | '>' | '^' | '`' | '|');
    [
        like_a_route.then_some(
            "in a policy braces make a part optional, they are no parameter: that is `:name`, and `*name` for a rest",
        ),
        (path.len() > 1 && path.ends_with('/')).then_some(
            "it is for the path with the slash at its end alone: without the slash, and below it, credentials are required",
        ),
        path.contains("//").then_some("no route has an empty segment"),
        dots.then_some("dots are not resolved, neither here nor in a request: they stand for themselves"),
        path.contains('%').then_some(
            "it is compared with the path as sent: only a request that is encoded in just this way matches",
        ),
        path.contains(unsent).then_some(
            "clients send some of its characters encoded, and it is compared with the path as sent: nothing matches",
        ),
        (path.contains('\\') && path.contains(['?', '#'])).then_some("no path has a `?` or a `#`"),
    ]
    .into_iter()
    .flatten()
}

/// Optional parts that change nothing, because a policy is for all that lies below its path.
fn optional(policy: &Policy) -> Option<&'static str> {
    let (before, last) = policy.written.path().rsplit_once("{/")?;
    let is_last = last
        .strip_suffix('}')
        .is_some_and(|inner| !inner.contains('}'));
    // One that is all of the pattern is told for its width.
    (is_last && !before.is_empty()).then_some(
        "the optional part at its end changes nothing: a policy is for all that lies below its path",
    )
}

/// Policies that make each other superfluous.
fn beside(policy: &Policy, earlier: &Policy, is_wide: bool) -> Option<String> {
    let (new, old) = (&policy.written, &earlier.written);
    let same = new.path.eq_ignore_ascii_case(&old.path);
    if new.allow == old.allow {
        if same {
            return Some(format!("it is there already: {old}"));
        }
        if earlier.pattern.covers(&policy.pattern) {
            return Some(format!(
                "it changes nothing beside {old}, which is for that path too"
            ));
        }
        if !is_wide && policy.pattern.covers(&earlier.pattern) {
            return Some(format!(
                "{old} changes nothing beside it, because it is for that path too"
            ));
        }
        return None;
    }
    // An open path below one that is opened for cookies is as it should be; the other way round nobody needs one.
    let (open, cookie) = match new.allow {
        Allow::Unauthenticated => (policy, earlier),
        Allow::UserCookie => (earlier, policy),
    };
    let told = |other: &AuthPolicy, of_new: bool| {
        let other = other.to_string();
        let (open, cookie) = if of_new {
            ("it", &*other)
        } else {
            (&*other, "it")
        };
        format!(
            "{cookie} has no effect, because {open} opens that path to everybody, with or without a cookie"
        )
    };
    let hidden = open.pattern.covers(&cookie.pattern);
    hidden.then(|| told(old, new.allow == Allow::Unauthenticated))
}
