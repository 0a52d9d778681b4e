//! Services with any number of factories.

use super::build::{
    again, declared_again, defaults, eager, factory, list, many, multiton, needs, own, plugin, root,
};
use super::told::{headlines, mistakes, sound, start_order, told, told_once};
use crate::Backend;
use crate::feature::Precedence;

#[test]
fn a_multiton_may_have_no_factory() {
    let a = multiton(own("acme.a"));
    sound(&[plugin("p", &[many(a, 1)], 2)], |graph| {
        assert_eq!(start_order(graph), ["p"]);
        let plugin = graph.order[graph.order.len() - 1] as usize;
        assert_eq!(graph.sources(plugin, 0).count(), 0);
    });
}

#[test]
fn what_is_explicit_adds_to_the_defaults() {
    let a = multiton(own("acme.a"));
    let entries = [
        defaults(&[factory("one", a, &[], 1), factory("two", a, &[], 2)]),
        factory("three", a, &[], 3),
        plugin("p", &[many(a, 4)], 5),
        factory("four", a, &[], 6),
    ];
    let of = |graph: &crate::graph::Graph<'_>| -> Vec<&'static str> {
        let plugin = graph.order[graph.order.len() - 1] as usize;
        let sources = graph.sources(plugin, 0);
        sources.map(|node| graph.nodes[node].meta.id).collect()
    };
    let backend = Backend::compose(&entries).expect("it is wired");
    let listed = ["one", "two", "three", "four"];
    assert_eq!(of(&backend.graph()), listed, "in listed order");
    sound(&entries, |graph| assert_eq!(of(graph).len(), 4));
}

#[test]
fn a_factory_in_two_lists_counts_once() {
    let a = multiton(root("acme.a"));
    let (one, two) = (factory("one", a, &[], 1), factory("two", a, &[], 2));
    let user = plugin("p", &[many(a, 4)], 5);
    for entries in [
        [defaults(&[one, two]), defaults(&[two, one]), user],
        [defaults(&[one, two]), one, user],
        [
            defaults(&[list("inner", Precedence::Explicit, &[one])]),
            defaults(&[one, two]),
            user,
        ],
    ] {
        sound(&entries, |graph| {
            let plugin = graph.order[graph.order.len() - 1] as usize;
            let mut ids: Vec<_> = graph
                .sources(plugin, 0)
                .map(|node| graph.nodes[node].meta.id)
                .collect();
            ids.sort_unstable();
            assert_eq!(ids, ["one", "two"]);
        });
    }
}

#[test]
fn a_factory_that_is_named_twice_is_told_with_both_entries() {
    let a = multiton(root("acme.a"));
    let one = factory("one", a, &[], 1);
    assert_eq!(
        mistakes(&[one, list("acme::some", Precedence::Explicit, &[again(one)])]),
        ["\
GR0019: factory `one` is listed twice
      first  entry `one`
         at  src/lib.rs:101:5
      again  entry `one`
         at  src/lib.rs:201:5
  listed in  acme::some > one
       help  remove one of the two entries: it would have its effect twice"]
    );
    // Where a default of it stands makes no difference.
    let entries = [one, defaults(&[one]), again(one)];
    assert_eq!(
        headlines(&entries),
        ["GR0019: factory `one` is listed twice"]
    );
}

#[test]
fn all_factories_of_a_multiton_are_reached_and_judged() {
    let (a, gone) = (multiton(own("acme.a")), own("acme.gone"));
    let entries = [
        factory("one", a, &[], 1),
        factory("two", a, &[needs(gone, 2)], 3),
        plugin("p", &[many(a, 4)], 5),
    ];
    assert_eq!(
        told_once(&entries),
        "\
GR0001: no factory provides `acme.gone`
  needed by  factory `two`, parameter `thing: Thing`
         at  src/lib.rs:2:5
 reached by  plugin `p`
       help  list a factory in `backend!` that returns `Arc<dyn Thing>`"
    );
    assert_eq!(told(&entries[..2]), [""; 0], "nobody reaches them");
    let eager = [eager("two", a, &[needs(gone, 2)], 3), entries[0]];
    assert_eq!(told(&eager).len(), 1, "one that runs in any case");
}

#[test]
fn a_factory_of_a_multiton_that_takes_it_is_a_cycle() {
    let a = multiton(own("acme.a"));
    let entries = [
        factory("one", a, &[], 1),
        factory("two", a, &[many(a, 2)], 3),
        plugin("p", &[many(a, 4)], 5),
    ];
    let text = told_once(&entries);
    assert_eq!(
        text,
        "\
GR0002: services wait for each other: factory `two` -> factory `two`
      needs  factory `two` takes `thing: Vec<Thing>` at src/lib.rs:2:5
       help  move what they share into a service of its own, or let one of
             them take the other's data as an argument of a method"
    );
}

#[test]
fn a_root_factory_takes_no_multiton_of_a_plugin() {
    let (a, b) = (multiton(own("acme.a")), root("acme.b"));
    let entries = [
        plugin("p", &[needs(b, 1)], 2),
        factory("make_b", b, &[many(a, 3)], 4),
        factory("one", a, &[], 5),
    ];
    let text = told_once(&entries);
    let headline = "GR0004: root service `acme.b` needs `acme.a`, of which each plugin has its own";
    assert!(text.starts_with(headline), "{text}");
    assert_eq!(told(&entries[..2]).len(), 1, "even if there is none yet");
}

#[test]
fn every_factory_builds_what_the_dependant_declares() {
    let a = multiton(own("acme.a"));
    let other = declared_again(a);
    let entries = [
        plugin("p", &[many(a, 1)], 2),
        factory("one", a, &[], 3),
        factory("two", other, &[], 4),
    ];
    assert_eq!(
        told_once(&entries),
        "\
GR0013: two services are declared with the id `acme.a`
  needed by  plugin `p`, parameter `thing: Vec<Thing>`
         at  src/lib.rs:1:5
         as  `dyn Thing` of acme 1.0.0, src/lib.rs:1:5
provided by  factory `two`
         at  src/lib.rs:4:5
         as  `dyn Thing` of other 1.0.0, src/lib.rs:1:5
       help  rename one of the two"
    );
}
