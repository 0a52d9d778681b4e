//! "Did you mean": offered for a slip of the pen, and for nothing else.

use super::build::{decorator, factory, module, needs, own, plugin};
use super::told::{told, told_once};

/// Whether a service that is provided is offered in place of one that is missing.
fn is_near(missing: &'static str, provided: &'static str) -> bool {
    let user = plugin("p", &[needs(own(missing), 1)], 2);
    let text = told_once(&[user, factory("make", own(provided), &[], 3)]);
    text.contains(&format!(
        "       near  did you mean `{provided}`? factory `make` "
    ))
}

#[test]
fn a_service_is_near_with_an_edit_for_every_eight_letters() {
    assert!(is_near("core.log", "core.lot"));
    assert!(!is_near("core.log", "core.dot"), "two edits");
    assert!(!is_near("core.lo", "core.le"), "seven letters");
    assert!(is_near("core.logger", "core.loger"));
    assert!(is_near("core.logger", "core.loggger"));
    assert!(is_near("acme.abcdefghijk", "acme.abcdefghixy"));
    assert!(!is_near("acme.abcdefghijk", "acme.abcdefghxyz"));
}

#[test]
fn the_nearest_is_offered() {
    let missing = plugin("p", &[needs(own("acme.abcdefghijk"), 1)], 2);
    let entries = [
        factory("far", own("acme.abcdefghixy"), &[], 3),
        factory("near", own("acme.abcdefghijx"), &[], 4),
        factory("other", own("acme.abcdefxxxxx"), &[], 5),
        missing,
    ];
    let text = told_once(&entries);
    assert!(text.contains("factory `near` provides it"), "{text}");
}

#[test]
fn what_is_only_wrapped_is_not_offered() {
    let other = own("acme.logs");
    let user = plugin("p", &[needs(own("acme.log"), 1)], 2);
    let found = told(&[user, decorator("wrap", other, &[needs(other, 3)], 4)]);
    assert!(found[0].starts_with("GR0001: "), "{found:#?}");
    assert!(!found[0].contains("near"), "{found:#?}");
}

#[test]
fn a_plugin_is_near_with_one_edit_more() {
    let is_near = |missing, listed| {
        let entries = [module(missing, "m", &[], 1), plugin(listed, &[], 2)];
        told_once(&entries).contains(&format!("did you mean plugin `{listed}`?"))
    };
    assert!(is_near("todo", "toda"));
    assert!(!is_near("todo", "tada"));
    assert!(is_near("catalogs", "catalogues"));
    assert!(!is_near("catalogs", "catalyst42"));
    let todo = factory("todo", own("todo"), &[], 3);
    let text = told_once(&[module("tod", "m", &[], 1), todo]);
    assert!(!text.contains("near"), "a factory is no plugin: {text}");
}

#[test]
fn the_nearest_plugin_is_offered() {
    let entries = [
        module("catalogs", "m", &[], 1),
        plugin("catalogues", &[], 2),
        plugin("catalog", &[], 3),
    ];
    let text = told_once(&entries);
    assert!(text.contains("did you mean plugin `catalog`?"), "{text}");
}
