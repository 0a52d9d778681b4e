//! Services: who provides one, who misses one, who waits for whom, and what two may not both be.

use super::build::{defaults, eager, factory, maybe, needs, place, plugin, service, settings};
use super::told::reports;
use crate::Backend;
use crate::feature::Entry;
use crate::inject::Audience;
use crate::place::Place;
use crate::service::{Scope, ServiceMeta};

#[test]
fn a_sound_backend_is_ordered_dependencies_first() {
    let (a, b) = (
        service("acme.a", Scope::Root),
        service("acme.b", Scope::Plugin),
    );
    let entries = [
        plugin("p", &[needs(b, 1)], 2),
        factory("make_b", b, &[needs(a, 3)], 4),
        factory("make_a", a, &[], 5),
        factory(
            "unused",
            service("acme.unused", Scope::Root),
            &[needs(b, 6)],
            7,
        ),
    ];
    let backend = Backend::compose(&entries).expect("it is wired");
    let graph = backend.graph();
    let order: Vec<_> = graph
        .order
        .iter()
        .map(|&node| graph.nodes[node as usize].meta.id)
        .collect();
    assert_eq!(
        order,
        [
            "core.rootContext",
            "core.pluginContext",
            "make_a",
            "make_b",
            "p"
        ]
    );
}

#[test]
fn all_missing_services_of_an_entry_are_in_one_report() {
    let logger = ServiceMeta {
        provided_by: Some("greenroom::services::logger"),
        ..service("core.logger", Scope::Plugin)
    };
    let dependencies = [
        needs(logger, 3),
        needs(service("core.cache", Scope::Plugin), 4),
    ];
    let found = reports(&[
        plugin("example", &dependencies, 2),
        factory("loger", service("core.loggers", Scope::Plugin), &[], 9),
    ]);
    assert_eq!(
        found,
        [(
            "example",
            "\
GR0001: no factory provides `core.logger`
  needed by  plugin `example`, parameter `thing: Thing`
         at  src/lib.rs:3:5
       near  did you mean `core.loggers`? factory `loger` provides it: `Arc<dyn Thing>`
       help  list `greenroom::services::logger` in `backend!`, or a factory that
             returns `Arc<dyn Thing>`
GR0001: no factory provides `core.cache`
  needed by  plugin `example`, parameter `thing: Thing`
         at  src/lib.rs:4:5
       help  list a factory in `backend!` that returns `Arc<dyn Thing>`"
                .to_owned()
        )]
    );
}

#[test]
fn what_nobody_reaches_may_miss_something_and_what_is_eager_may_not() {
    let missing = needs(service("acme.gone", Scope::Root), 3);
    let lazy = factory("lazy", service("acme.a", Scope::Root), &[missing], 4);
    assert_eq!(reports(&[lazy]), []);
    let eager = eager("eager", service("acme.a", Scope::Root), &[missing], 4);
    assert_eq!(reports(&[eager]).len(), 1);
    assert_eq!(
        reports(&[plugin(
            "p",
            &[maybe(service("acme.gone", Scope::Root), 5)],
            6
        )]),
        []
    );
}

#[test]
fn a_missing_service_deep_in_the_graph_names_the_plugin_that_reaches_it() {
    let (a, b) = (
        service("acme.a", Scope::Plugin),
        service("acme.b", Scope::Plugin),
    );
    let found = reports(&[
        plugin("example", &[needs(a, 1)], 2),
        defaults(&[factory("make_a", a, &[needs(b, 3)], 4)]),
    ]);
    assert_eq!(
        found,
        [(
            "acme::defaults",
            "\
GR0001: no factory provides `acme.b`
  needed by  factory `make_a`, parameter `thing: Thing`
         at  src/lib.rs:3:5
 reached by  plugin `example`
  listed in  acme::defaults > make_a
       help  list a factory in `backend!` that returns `Arc<dyn Thing>`"
                .to_owned()
        )]
    );
}

#[test]
fn a_cycle_is_shown_whole_whatever_the_order_of_entries() {
    let (a, b, c) = (
        service("acme.a", Scope::Plugin),
        service("acme.b", Scope::Plugin),
        service("acme.c", Scope::Plugin),
    );
    let entries = [
        plugin("p", &[needs(a, 1)], 2),
        factory("make_a", a, &[needs(b, 3)], 4),
        factory("make_b", b, &[maybe(c, 5)], 6),
        factory("make_c", c, &[needs(a, 7)], 8),
    ];
    let mut found = reports(&entries);
    assert_eq!(found.len(), 1);
    let (_, text) = found.remove(0);
    assert!(
        text.starts_with("GR0002: services wait for each other: "),
        "{text}"
    );
    for step in [
        "`acme.a` takes `thing: Thing` at src/lib.rs:3:5",
        "`acme.b` takes `thing: Option<Thing>` at src/lib.rs:5:5",
        "`acme.c` takes `thing: Thing` at src/lib.rs:7:5",
    ] {
        assert!(text.contains(step), "{text}");
    }
    let reversed: Vec<Entry> = entries.iter().rev().copied().collect();
    assert_eq!(reports(&reversed)[0].1, text);
}

#[test]
fn a_service_that_needs_itself_is_a_cycle() {
    let a = service("acme.a", Scope::Plugin);
    let found = reports(&[
        plugin("p", &[needs(a, 1)], 2),
        factory("make_a", a, &[needs(a, 3)], 4),
    ]);
    assert_eq!(found.len(), 1);
    assert!(
        found[0].1.contains("`acme.a` -> `acme.a`"),
        "{}",
        found[0].1
    );
}

#[test]
fn two_cycles_are_two_reports_and_what_leads_to_one_is_none() {
    let [a, b, c, d, e] =
        ["acme.a", "acme.b", "acme.c", "acme.d", "acme.e"].map(|id| service(id, Scope::Plugin));
    let found = reports(&[
        plugin("p", &[needs(e, 1)], 1),
        factory("make_e", e, &[needs(a, 1), needs(c, 1)], 2),
        factory("make_a", a, &[needs(b, 1)], 3),
        factory("make_b", b, &[needs(a, 1)], 4),
        factory("make_c", c, &[needs(d, 1)], 5),
        factory("make_d", d, &[needs(c, 1)], 6),
    ]);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(
        found.iter().all(|(_, text)| !text.contains("acme.e")),
        "{found:?}"
    );
}

#[test]
fn an_explicit_factory_replaces_a_default_wherever_it_stands() {
    let a = service("acme.a", Scope::Root);
    let own = factory("own", a, &[], 1);
    let list = defaults(&[factory(
        "default",
        a,
        &[needs(service("acme.x", Scope::Root), 2)],
        3,
    )]);
    let user = plugin("p", &[needs(a, 4)], 5);
    for entries in [[own, list, user], [user, list, own], [list, user, own]] {
        let backend = Backend::compose(&entries).expect("the default with its need is replaced");
        let graph = backend.graph();
        let reached = |id| {
            let node = graph.nodes.iter().position(|node| node.meta.id == id);
            node.is_some_and(|node| graph.is_reached(node))
        };
        assert!(reached("own") && !reached("default"));
    }
}

#[test]
fn two_explicit_factories_are_a_mistake_at_the_second() {
    let a = service("acme.a", Scope::Root);
    let found = reports(&[factory("one", a, &[], 1), factory("two", a, &[], 2)]);
    assert_eq!(
        found,
        [(
            "two",
            "\
GR0003: two factories provide `acme.a`
      first  factory `one`
         at  src/lib.rs:1:5
     second  factory `two`
         at  src/lib.rs:2:5
       help  keep one of them; an entry of `backend!` replaces a default,
             not another entry"
                .to_owned()
        )]
    );
}

#[test]
fn lists_may_share_a_default_but_not_a_service() {
    let a = service("acme.a", Scope::Root);
    let one = factory("one", a, &[], 1);
    assert_eq!(reports(&[defaults(&[one]), defaults(&[one])]), []);
    let found = reports(&[defaults(&[one]), defaults(&[factory("two", a, &[], 2)])]);
    assert_eq!(found.len(), 1);
    assert!(
        found[0].1.contains("two lists of defaults provide it"),
        "{}",
        found[0].1
    );
    assert_eq!(
        reports(&[one, one]).len(),
        1,
        "an explicit entry is not listed twice"
    );
}

#[test]
fn a_root_service_cannot_depend_on_a_plugin_service() {
    let (root, own) = (
        service("acme.root", Scope::Root),
        service("acme.own", Scope::Plugin),
    );
    let found = reports(&[
        plugin("p", &[needs(root, 1)], 2),
        factory("make_root", root, &[needs(own, 3)], 4),
        factory("make_own", own, &[], 5),
    ]);
    assert_eq!(found.len(), 1);
    assert!(
        found[0].1.starts_with(
            "GR0004: root service `acme.root` needs `acme.own`, of which each plugin has its own"
        ),
        "{}",
        found[0].1
    );
}

#[test]
fn two_plugins_cannot_have_one_id() {
    let found = reports(&[plugin("p", &[], 1), plugin("p", &[], 2)]);
    assert_eq!(found.len(), 1);
    assert!(
        found[0]
            .1
            .starts_with("GR0005: two plugins have the id `p`"),
        "{}",
        found[0].1
    );
    let twice = plugin("p", &[], 1);
    assert!(reports(&[twice, twice])[0].1.contains("it is listed twice"));
}

#[test]
fn a_sealed_service_is_not_replaced() {
    let sealed = ServiceMeta {
        sealed: true,
        ..service("acme.a", Scope::Root)
    };
    let list = defaults(&[factory("default", sealed, &[], 1)]);
    let found = reports(&[list, factory("own", sealed, &[], 2)]);
    assert_eq!(found.len(), 1);
    assert!(
        found[0].1.starts_with("GR0011: `acme.a` is sealed"),
        "{}",
        found[0].1
    );
}

#[test]
fn two_declarations_of_one_id_never_meet() {
    let asked = service("acme.a", Scope::Root);
    let other = ServiceMeta {
        fingerprint: 1,
        module: "other",
        ..asked
    };
    let found = reports(&[
        plugin("p", &[needs(asked, 1)], 2),
        factory("make", other, &[], 3),
    ]);
    assert_eq!(
        found,
        [(
            "p",
            "\
GR0013: two services are declared with the id `acme.a`
  needed by  plugin `p`, parameter `thing: Thing`
         at  src/lib.rs:1:5
         as  `dyn Thing` of acme 1.0.0, src/lib.rs:1:5
provided by  factory `make`
         at  src/lib.rs:3:5
         as  `dyn Thing` of other 1.0.0, src/lib.rs:1:5
       help  rename one of the two"
                .to_owned()
        )]
    );
    let newer = Place {
        version: "2.0.0",
        ..place(1)
    };
    let copy = ServiceMeta {
        fingerprint: 1,
        place: newer,
        ..asked
    };
    let found = reports(&[
        plugin("p", &[needs(asked, 1)], 2),
        factory("make", copy, &[], 3),
    ]);
    assert!(
        found[0].1.starts_with("GR0013: two copies of `acme.a`"),
        "{}",
        found[0].1
    );
    let target = ServiceMeta {
        fingerprint: 1,
        ..asked
    };
    let found = reports(&[
        plugin("p", &[needs(asked, 1)], 2),
        factory("make", target, &[], 3),
    ]);
    assert!(
        found[0].1.contains("into a library and a binary"),
        "{}",
        found[0].1
    );
}

#[test]
fn ids_that_share_a_hash_are_reported_and_never_pass() {
    let asked = service("acme.a", Scope::Root);
    let other = ServiceMeta {
        key: asked.key,
        ..service("acme.b", Scope::Root)
    };
    let found = reports(&[
        plugin("p", &[needs(asked, 1)], 2),
        factory("make_a", asked, &[], 3),
        factory("make_b", other, &[], 4),
    ]);
    assert!(
        found[0]
            .1
            .starts_with("GR0013: the ids `acme.a` and `acme.b` have one hash")
    );
}

#[test]
fn settings_belong_to_a_plugin() {
    let config = service("core.rootConfig", Scope::Root);
    let settings = |audience| settings(config, audience, 1);
    let a = service("acme.a", Scope::Root);
    let entries = |audience| {
        [
            plugin("p", &[needs(a, 1), settings(Audience::Plugin)], 2),
            factory("make_a", a, &[settings(audience)], 3),
            factory("config", config, &[], 4),
        ]
    };
    assert_eq!(reports(&entries(Audience::Everyone)), []);
    let found = reports(&entries(Audience::Plugin));
    assert_eq!(found.len(), 1);
    assert!(
        found[0]
            .1
            .starts_with("GR0014: root service `acme.a` takes"),
        "{}",
        found[0].1
    );
}
