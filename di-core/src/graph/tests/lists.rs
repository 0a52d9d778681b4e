//! Lists in lists: who gives way, and how a report leads to what is listed.

use super::build::{defaults, factory, list, module, needs, own, plugin};
use super::told::{headlines, sound, start_order, told_once};
use crate::feature::{Entry, Precedence};

fn explicit(name: &'static str, entries: &[Entry]) -> Entry {
    list(name, Precedence::Explicit, entries)
}

#[test]
fn a_list_inside_an_overridable_list_gives_way_too() {
    let a = own("acme.a");
    let (one, two) = (factory("one", a, &[], 1), factory("two", a, &[], 2));
    let user = plugin("p", &[needs(a, 3)], 4);
    sound(
        &[defaults(&[explicit("inner", &[one])]), two, user],
        |graph| {
            assert_eq!(start_order(graph), ["two", "p"]);
        },
    );
    sound(
        &[explicit("outer", &[defaults(&[one])]), two, user],
        |graph| {
            assert_eq!(start_order(graph), ["two", "p"]);
        },
    );
    let entries = [explicit("outer", &[explicit("inner", &[one])]), two, user];
    assert_eq!(
        headlines(&entries),
        ["GR0003: two factories provide `acme.a`"]
    );
    let entries = [explicit("outer", &[defaults(&[]), one]), two, user];
    assert_eq!(
        headlines(&entries),
        ["GR0003: two factories provide `acme.a`"]
    );
}

#[test]
fn the_lists_around_an_entry_are_named_outermost_first() {
    let orphan = module("p", "m", &[], 1);
    let nested = |names: &[&'static str]| {
        let names = names.iter().rev();
        let entry = names.fold(orphan, |inner, name| explicit(name, &[inner]));
        told_once(&[entry])
    };
    let text = nested(&["one", "two"]);
    assert!(text.contains("\n  listed in  one > two > m\n"), "{text}");
    let text = nested(&["one", "two", "three", "four"]);
    let all = "\n  listed in  one > two > three > four > m\n";
    assert!(text.contains(all), "{text}");
    assert!(nested(&["one", "two", "three", "four", "five"]).contains(all));
}

#[test]
fn every_feature_of_a_list_is_in_the_backend() {
    let (a, b) = (own("acme.a"), own("acme.b"));
    let entries = [
        defaults(&[
            factory("make_a", a, &[], 1),
            explicit(
                "inner",
                &[factory("make_b", b, &[], 2), plugin("q", &[], 3)],
            ),
            plugin("r", &[], 4),
        ]),
        plugin("p", &[needs(a, 5), needs(b, 6)], 7),
    ];
    sound(&entries, |graph| {
        let mut order = start_order(graph);
        order.sort_unstable();
        assert_eq!(order, ["make_a", "make_b", "p", "q", "r"]);
    });
}
