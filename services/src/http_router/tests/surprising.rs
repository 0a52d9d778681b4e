//! Policies that are accepted, and told in the log.

use serde_json::json;

use super::{AuthPolicy, plugin};
use crate::logger::Level;

/// What is logged while these policies are added.
fn warnings(policies: impl IntoIterator<Item = AuthPolicy>) -> Vec<String> {
    let plugin = plugin(json!({}));
    for policy in policies {
        plugin.router.add_auth_policy(policy);
    }
    assert_eq!(plugin.errors(), []);
    let warned = plugin.root.log.matching(|line| line.level == Level::Warn);
    warned.into_iter().map(|line| line.message).collect()
}

fn open(path: &'static str) -> AuthPolicy {
    AuthPolicy::unauthenticated(path)
}

fn cookie(path: &'static str) -> AuthPolicy {
    AuthPolicy::user_cookie(path)
}

#[test]
fn a_policy_that_means_what_it_says_is_not_told() {
    for policies in [
        vec![open("*")],
        vec![cookie("*"), open("/health")],
        vec![open("/health"), open("/health-check"), open("/open/:id")],
        vec![cookie("/pictures"), open("/pictures/small")],
        vec![open("/pictures/small"), cookie("/pictures")],
        vec![open("/files/*path"), open("/opt{-:x}/y"), open("/a\\:b")],
        vec![open("/item{s}"), open("/c\\{/d")],
    ] {
        let paths: Vec<_> = policies
            .iter()
            .map(|policy| policy.path().to_owned())
            .collect();
        assert_eq!(warnings(policies), Vec::<String>::new(), "{paths:?}");
    }
}

#[test]
fn a_surprising_policy_is_told_with_its_place_and_its_meaning() {
    for (policy, surprise) in [
        (
            open("/"),
            "opens every path of the plugin to everybody, not on `/` alone",
        ),
        (
            cookie("/"),
            "lets users in by cookie on every path of the plugin, not on `/` alone",
        ),
        (open("{/a}"), "all of it can be left out"),
        (
            open("/:page"),
            "opens every path of the plugin to everybody but `/`",
        ),
        (
            open("/*rest"),
            "opens every path of the plugin to everybody but `/`",
        ),
        (open("/items/{id}"), "braces make a part optional"),
        (open("/files/{*rest}"), "braces make a part optional"),
        (
            open("/items{/:id}"),
            "the optional part at its end changes nothing",
        ),
        (
            open("/trail/"),
            "for the path with the slash at its end alone",
        ),
        (open("/a//b"), "no route has an empty segment"),
        (open("/a/../b"), "dots are not resolved"),
        (
            open("/caf%C3%A9"),
            "only a request that is encoded in just this way",
        ),
        (open("/café"), "clients send some of its characters encoded"),
        (
            open("/two words"),
            "clients send some of its characters encoded",
        ),
        (open("/a\\?b"), "no path has a `?`"),
    ] {
        let path = policy.path().to_owned();
        let told = warnings([policy]);
        assert_eq!(told.len(), 1, "{path}: {told:?}");
        assert!(told[0].contains(surprise), "{path}: {told:?}");
        let start = "Auth policy of plugin `example`, ";
        assert!(told[0].starts_with(start), "{told:?}");
        assert!(told[0].contains(&format!("`{path}` (")), "{told:?}");
        assert!(told[0].contains("surprising.rs:"), "{told:?}");
    }
}

#[test]
fn policies_that_make_each_other_superfluous_are_told_once() {
    for (first, second, surprise) in [
        (
            open("/health"),
            open("/health"),
            "is there already: unauthenticated `/health`",
        ),
        (
            open("/health"),
            open("/HEALTH"),
            "is there already: unauthenticated `/health`",
        ),
        (
            open("/a"),
            open("/a/b"),
            "it changes nothing beside unauthenticated `/a`",
        ),
        (
            open("/a/:id"),
            open("/a/b"),
            "it changes nothing beside unauthenticated `/a/:id`",
        ),
        (open("/a/b"), open("/a"), "unauthenticated `/a/b`"),
        (
            cookie("/a"),
            cookie("/a/b"),
            "it changes nothing beside user-cookie `/a`",
        ),
        (
            open("/a"),
            cookie("/a"),
            "it has no effect, because unauthenticated `/a`",
        ),
        (
            open("/a"),
            cookie("/a/b/:c"),
            "it has no effect, because unauthenticated `/a`",
        ),
        (cookie("/a/b"), open("/a"), "user-cookie `/a/b`"),
        (
            open("*"),
            cookie("/a"),
            "it has no effect, because unauthenticated `*`",
        ),
    ] {
        let paths = (first.path().to_owned(), second.path().to_owned());
        let told = warnings([first, second]);
        assert_eq!(told.len(), 1, "{paths:?}: {told:?}");
        assert!(told[0].contains(surprise), "{paths:?}: {told:?}");
    }
}
