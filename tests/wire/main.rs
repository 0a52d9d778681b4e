//! The recorded exchanges of a real Backstage backend, sent to the example `conformance`: each answer agrees with the
//! recorded one, or stands in `DIFFERENCES.md` with its reason.
//!
//! ```text
//! cargo test --test wire                                   # all of it; what differs is told
//! WIRE_ONLY='token/*' cargo test --test wire -- --nocapture    # these cases, with a line for each
//! ```
//!
//! A profile is one configuration of the backend; each has a backend of its own, with keys of its own, on a free port.
//! The configurations name the port 17007, which is replaced wherever it stands.

#![allow(unreachable_pub, reason = "a test binary has no public interface")]

#[path = "../support/built.rs"]
mod built;
mod case;
mod client;
mod compare;
mod differences;
mod keys;
mod profile;
mod program;
mod replay;
mod report;
mod shape;
mod tokens;

use replay::replay;

#[test]
fn main_profile() {
    replay("main");
}

#[test]
fn bare() {
    replay("bare");
}

#[test]
fn dev() {
    replay("dev");
}

#[test]
fn noauth() {
    replay("noauth");
}

#[test]
fn localhost() {
    replay("localhost");
}

#[test]
fn https() {
    replay("https");
}

#[test]
fn ratelimit() {
    replay("ratelimit");
}

#[test]
fn headers() {
    replay("headers");
}

#[test]
fn every_case_is_of_a_profile_that_is_replayed() {
    let cases = case::all();
    for case in &cases {
        assert!(profile::NAMES.contains(&&*case.profile), "{}", case.id);
    }
    let mut ids: Vec<_> = cases.iter().map(|case| &case.id).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), cases.len(), "two cases have one id");
}

#[test]
fn every_line_of_the_differences_is_about_a_case() {
    let ids: Vec<_> = case::all().into_iter().map(|case| case.id).collect();
    let listed = differences::Listed::read();
    let unknown = listed.about_none_of(&ids);
    assert!(
        unknown.is_empty(),
        "no case is called like this: {unknown:#?}"
    );
}
