//! Modules: whom they extend, in which order they run, and what two may not both be.

use super::build::{
    again, defaults, extend, factory, list, module, needs, offer, own, plugin, point, root,
};
use super::told::{headlines, mistakes, reports, sound, start_order, told, told_once};
use crate::feature::Precedence;

#[test]
fn modules_run_before_their_plugin_in_the_order_of_their_ids() {
    let p = point("p", "acme.point");
    let entries = [
        plugin("p", &[offer(p, 1)], 2),
        module("p", "zoo", &[extend(p, 3)], 4),
        module("p", "ant", &[extend(p, 5)], 6),
        module("p", "antler", &[], 7),
    ];
    sound(&entries, |graph| {
        assert_eq!(start_order(graph), ["ant", "antler", "zoo", "p"]);
    });
}

#[test]
fn a_module_waits_for_those_that_write_to_what_it_offers() {
    let (p, q, r) = (
        point("p", "acme.first"),
        point("p", "acme.second"),
        point("p", "acme.third"),
    );
    let entries = [
        module("p", "a", &[offer(p, 1), extend(r, 2)], 3),
        module("p", "b", &[offer(q, 4), extend(p, 5)], 6),
        module("p", "c", &[extend(q, 7)], 8),
        plugin("p", &[offer(r, 9)], 10),
    ];
    sound(&entries, |graph| {
        assert_eq!(start_order(graph), ["c", "b", "a", "p"]);
    });
}

#[test]
fn two_plugins_may_have_modules_of_one_id() {
    let entries = [
        plugin("p", &[], 1),
        plugin("q", &[], 2),
        module("p", "m", &[], 3),
        module("q", "m", &[], 4),
    ];
    sound(&entries, |graph| assert_eq!(start_order(graph).len(), 4));
}

#[test]
fn a_module_has_services_of_its_plugin() {
    let (a, b) = (own("acme.a"), root("acme.b"));
    let entries = [
        plugin("p", &[], 1),
        module("p", "m", &[needs(a, 2)], 3),
        factory("make_a", a, &[needs(b, 4)], 5),
        factory("make_b", b, &[], 6),
    ];
    sound(&entries, |graph| {
        assert_eq!(start_order(graph), ["make_b", "make_a", "m", "p"]);
    });
    assert_eq!(
        told_once(&entries[..3]),
        "\
GR0001: no factory provides `acme.b`
  needed by  factory `make_a`, parameter `thing: Thing`
         at  src/lib.rs:4:5
 reached by  module `m` of plugin `p`
       help  list a factory in `backend!` that returns `Arc<dyn Thing>`"
    );
}

#[test]
fn a_module_without_its_plugin_is_told_with_a_plugin_of_nearly_that_id() {
    let orphan = module("catalog", "github", &[], 1);
    assert_eq!(
        told_once(&[defaults(&[orphan]), plugin("catalog-ui", &[], 2)]),
        "\
GR0007: module `github` of plugin `catalog` has no plugin to extend
         at  src/lib.rs:1:5
  listed in  acme::defaults > github
       help  list the plugin `catalog` in `backend!`, or remove the module"
    );
    assert_eq!(
        told_once(&[orphan, plugin("catalo", &[], 2)]),
        "\
GR0007: module `github` of plugin `catalog` has no plugin to extend
         at  src/lib.rs:1:5
       near  did you mean plugin `catalo`? It stands at src/lib.rs:2:5
       help  list the plugin `catalog` in `backend!`, or remove the module"
    );
}

#[test]
fn an_orphan_is_judged_besides_but_for_its_points() {
    let p = point("p", "acme.point");
    let a = own("acme.a");
    let found = told(&[module("p", "m", &[extend(p, 1), needs(a, 2)], 3)]);
    assert_eq!(found.len(), 2, "{found:#?}");
    assert!(found[0].starts_with("GR0001: "), "{found:#?}");
    assert!(found[1].starts_with("GR0007: "), "{found:#?}");
}

#[test]
fn two_modules_of_a_plugin_have_two_ids() {
    let owner = plugin("p", &[], 1);
    let (one, two) = (module("p", "m", &[], 2), module("p", "m", &[], 3));
    assert_eq!(
        mistakes(&[owner, one, two]),
        ["\
GR0006: two modules of plugin `p` have the id `m`
      first  module `m` of plugin `p`
         at  src/lib.rs:2:5
     second  module `m` of plugin `p`
         at  src/lib.rs:3:5
       help  change one of the ids: settings and reports name a module by it"]
    );
    let headline = "GR0006: two modules of plugin `p` have the id `m`";
    assert_eq!(headlines(&[owner, one, two]), [headline]);
    assert_eq!(headlines(&[owner, one, again(one)]), [headline]);
    assert_eq!(
        mistakes(&[
            owner,
            one,
            list("acme::some", Precedence::Explicit, &[again(one)])
        ]),
        ["\
GR0006: two modules of plugin `p` have the id `m`
      first  entry `m`
         at  src/lib.rs:102:5
      again  entry `m`
         at  src/lib.rs:202:5
  listed in  acme::some > m
       help  it is listed twice: remove one of the two entries"]
    );
    // A default is no licence to have one id twice.
    for second in [one, two] {
        let lists = [defaults(&[one]), defaults(&[second])];
        assert_eq!(
            headlines(&[owner, lists[0], lists[1]]),
            [headline],
            "two lists"
        );
        let mixed = [lists[1], owner, one];
        assert_eq!(headlines(&mixed), [headline], "a list and an entry");
        assert_eq!(reports(&mixed)[0].0, "acme::defaults");
    }
}

#[test]
fn a_plugin_in_two_lists_is_listed_twice() {
    let one = plugin("p", &[], 1);
    let entries = [defaults(&[one]), defaults(&[again(one)])];
    assert_eq!(headlines(&entries), ["GR0005: two plugins have the id `p`"]);
    assert_eq!(
        mistakes(&entries),
        ["\
GR0005: two plugins have the id `p`
      first  entry `p`
         at  src/lib.rs:101:5
  listed in  acme::defaults > p
      again  entry `p`
         at  src/lib.rs:201:5
  listed in  acme::defaults > p
       help  it is listed twice: remove one of the two entries"]
    );
    let mixed = [defaults(&[one]), one];
    assert_eq!(headlines(&mixed), ["GR0005: two plugins have the id `p`"]);
}

#[test]
fn modules_of_a_plugin_that_is_there_twice_run_once() {
    let p = point("p", "acme.point");
    let one = plugin("p", &[offer(p, 1)], 2);
    let entries = [
        one,
        defaults(&[again(one)]),
        module("p", "m", &[extend(p, 3)], 4),
    ];
    assert_eq!(headlines(&entries), ["GR0005: two plugins have the id `p`"]);
}

#[test]
fn two_modules_that_wait_for_each_other_are_a_cycle() {
    let (p, q) = (point("p", "acme.first"), point("p", "acme.second"));
    let entries = [
        plugin("p", &[], 1),
        module("p", "m", &[offer(p, 2), extend(q, 3)], 4),
        module("p", "n", &[offer(q, 5), extend(p, 6)], 7),
    ];
    assert_eq!(
        told_once(&entries),
        "\
GR0010: modules of plugin `p` wait for each other: `m` -> `n` -> `m`
     offers  `m` takes `thing: Point` at src/lib.rs:2:5
     writes  `n` takes `thing: &mut Point` at src/lib.rs:6:5
     offers  `n` takes `thing: Point` at src/lib.rs:5:5
     writes  `m` takes `thing: &mut Point` at src/lib.rs:3:5
       help  let one of the modules write to a point that the plugin offers"
    );
}

#[test]
fn three_modules_that_wait_for_each_other_are_a_cycle_and_what_leads_to_it_is_none() {
    let (p, q, r, s) = (
        point("p", "acme.first"),
        point("p", "acme.second"),
        point("p", "acme.third"),
        point("p", "acme.fourth"),
    );
    let entries = [
        plugin("p", &[], 1),
        module("p", "l", &[offer(s, 2)], 3),
        module("p", "m", &[offer(p, 4), extend(r, 5), extend(s, 6)], 7),
        module("p", "n", &[offer(q, 8), extend(p, 9)], 10),
        module("p", "o", &[offer(r, 11), extend(q, 12)], 13),
    ];
    let text = told_once(&entries);
    assert!(
        text.starts_with(
            "GR0010: modules of plugin `p` wait for each other: `m` -> `n` -> `o` -> `m`"
        ),
        "{text}"
    );
    assert_eq!(text.lines().count(), 8, "{text}");
}

#[test]
fn a_cycle_of_defaults_and_entries_is_told_at_an_entry() {
    let (p, q) = (point("p", "acme.first"), point("p", "acme.second"));
    let entries = [
        defaults(&[module("p", "m", &[offer(p, 2), extend(q, 3)], 4)]),
        plugin("p", &[], 1),
        module("p", "n", &[offer(q, 5), extend(p, 6)], 7),
    ];
    let found = reports(&entries);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].0, "n");
}
