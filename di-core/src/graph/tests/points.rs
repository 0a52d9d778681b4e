//! Extension points: who may offer one, who may write to it, and how.

use super::build::{
    constructed, declared_again, defaults, extend, factory, list, maybe, module, needs, offer, own,
    plugin, point, root,
};
use super::told::{sound, start_order, told, told_once};
use crate::feature::{Dependency, Precedence};
use crate::service::PointMeta;

fn processors() -> PointMeta {
    point("catalog", "catalog.processors")
}

#[test]
fn a_point_of_a_plugin_may_stay_untouched_or_be_made_by_a_constructor() {
    let made = constructed(processors());
    let (config, log) = (root("acme.config"), own("acme.log"));
    let entries = [
        plugin("catalog", &[offer(made, 1)], 2),
        module("catalog", "github", &[extend(made, 3)], 4),
        factory(
            "processors",
            made.service,
            &[needs(config, 5), maybe(log, 6)],
            7,
        ),
        factory("make_config", config, &[], 8),
        factory("make_log", log, &[], 9),
    ];
    sound(&entries, |graph| {
        let order = start_order(graph);
        assert_eq!(order.last(), Some(&"catalog"));
        assert_eq!(order[3..], ["github", "catalog"], "{order:?}");
        assert!(order.contains(&"make_log"));
    });
    sound(&[plugin("catalog", &[offer(processors(), 1)], 2)], |_| {});
}

#[test]
fn a_point_without_default_needs_a_constructor() {
    let made = PointMeta {
        service: crate::service::ServiceMeta {
            provided_by: Some("catalog::processors"),
            ..processors().service
        },
        ..constructed(processors())
    };
    let entries = [
        plugin("catalog", &[offer(made, 1)], 2),
        module("catalog", "github", &[extend(made, 3)], 4),
    ];
    let found = told(&entries);
    assert_eq!(
        found,
        [
            "\
GR0001: no factory makes extension point `catalog.processors`
  needed by  module `github` of plugin `catalog`, parameter `thing: &mut Point`
         at  src/lib.rs:3:5
       help  list `catalog::processors` in `backend!`, or a factory that
             returns `Point`",
            "\
GR0001: no factory makes extension point `catalog.processors`
  needed by  plugin `catalog`, parameter `thing: Point`
         at  src/lib.rs:1:5
       help  list `catalog::processors` in `backend!`, or a factory that
             returns `Point`"
        ]
    );
}

#[test]
fn a_constructor_belongs_to_the_plugin_so_its_dependencies_may_too() {
    let made = constructed(processors());
    let log = own("acme.log");
    let entries = [
        plugin("catalog", &[offer(made, 1)], 2),
        factory("processors", made.service, &[needs(log, 3)], 4),
        factory("make_log", log, &[], 5),
    ];
    sound(&entries, |graph| {
        assert_eq!(start_order(graph), ["make_log", "processors", "catalog"]);
    });
    let gone = told_once(&entries[..2]);
    assert!(gone.contains(" reached by  plugin `catalog`"), "{gone}");
}

#[test]
fn two_plugins_may_have_points_of_one_type_name() {
    let (one, two) = (point("p", "p.point"), point("q", "q.point"));
    let entries = [
        plugin("p", &[offer(one, 1)], 2),
        plugin("q", &[offer(two, 3)], 4),
        module("p", "m", &[extend(one, 5)], 6),
        module("q", "m", &[extend(two, 7)], 8),
    ];
    sound(&entries, |graph| assert_eq!(start_order(graph).len(), 4));
}

#[test]
fn a_point_of_another_plugin_is_not_taken() {
    let other = plugin("search", &[offer(processors(), 1)], 2);
    assert_eq!(
        told_once(&[other, plugin("catalog", &[offer(processors(), 3)], 4)]),
        "\
GR0008: extension point `catalog.processors` belongs to plugin `catalog`
  needed by  plugin `search`, parameter `thing: Point`
         at  src/lib.rs:1:5
declared at  src/lib.rs:1:5
       help  only plugin `catalog` and its modules can take it;
             what plugins share is a service"
    );
    let entries = [
        plugin("catalog", &[offer(processors(), 3)], 4),
        plugin("search", &[], 2),
        list(
            "acme::some",
            Precedence::Explicit,
            &[module("search", "m", &[extend(processors(), 5)], 6)],
        ),
    ];
    assert_eq!(
        told_once(&entries),
        "\
GR0008: extension point `catalog.processors` belongs to plugin `catalog`
  needed by  module `m` of plugin `search`, parameter `thing: &mut Point`
         at  src/lib.rs:5:5
  listed in  acme::some > m
declared at  src/lib.rs:1:5
       help  only plugin `catalog` and its modules can take it;
             what plugins share is a service"
    );
}

#[test]
fn what_is_written_to_a_point_that_nobody_offers_would_be_lost() {
    let entries = [
        plugin("catalog", &[], 1),
        module("catalog", "github", &[extend(processors(), 2)], 3),
    ];
    assert_eq!(
        told_once(&entries),
        "\
GR0009: nobody offers extension point `catalog.processors`
  needed by  module `github` of plugin `catalog`, parameter `thing: &mut Point`
         at  src/lib.rs:2:5
       help  let plugin `catalog` take `Point` by value;
             else what modules write to it is lost"
    );
    // A module of another plugin does not offer it for these.
    let stranger = module("search", "m", &[offer(processors(), 4)], 5);
    let found = told(&[entries[0], entries[1], stranger, plugin("search", &[], 6)]);
    assert_eq!(found.len(), 2, "{found:#?}");
    assert!(found[0].starts_with("GR0008: "), "{found:#?}");
    assert!(found[1].starts_with("GR0009: nobody "), "{found:#?}");
}

#[test]
fn a_module_may_offer_a_point() {
    let entries = [
        plugin("catalog", &[], 1),
        module("catalog", "host", &[offer(processors(), 2)], 3),
        module("catalog", "zoo", &[extend(processors(), 4)], 5),
    ];
    sound(&entries, |graph| {
        assert_eq!(start_order(graph), ["zoo", "host", "catalog"]);
    });
}

#[test]
fn one_offers_a_point() {
    let owner = plugin("catalog", &[offer(processors(), 1)], 2);
    let host = module("catalog", "host", &[offer(processors(), 3)], 4);
    let late = module("catalog", "late", &[offer(processors(), 5)], 6);
    assert_eq!(
        told_once(&[host, owner]),
        "\
GR0009: two offer extension point `catalog.processors`
      first  plugin `catalog`, parameter `thing: Point`
         at  src/lib.rs:1:5
     second  module `host` of plugin `catalog`, parameter `thing: Point`
         at  src/lib.rs:3:5
       help  one takes it by value; the others can write to it by `&mut`"
    );
    assert_eq!(
        told_once(&[defaults(&[late]), plugin("catalog", &[], 7), host]),
        "\
GR0009: two offer extension point `catalog.processors`
      first  module `host` of plugin `catalog`, parameter `thing: Point`
         at  src/lib.rs:3:5
     second  module `late` of plugin `catalog`, parameter `thing: Point`
         at  src/lib.rs:5:5
  listed in  acme::defaults > late
       help  one takes it by value; the others can write to it by `&mut`"
    );
    assert_eq!(told(&[owner, host, late]).len(), 2);
}

#[test]
fn a_point_is_taken_by_plugins_and_modules_alone() {
    let a = own("acme.a");
    let entries = |dependency: Dependency| {
        [
            plugin("catalog", &[needs(a, 1), offer(processors(), 2)], 3),
            factory("make", a, &[dependency], 4),
        ]
    };
    assert_eq!(
        told_once(&entries(extend(processors(), 5))),
        "\
GR0015: a factory takes extension point `catalog.processors`
  needed by  factory `make`, parameter `thing: &mut Point`
         at  src/lib.rs:5:5
 reached by  plugin `catalog`
       help  only plugins and modules take extension points"
    );
    let by_value = told_once(&entries(offer(processors(), 5)));
    assert!(by_value.starts_with("GR0015: a factory "), "{by_value}");
    assert_eq!(told(&entries(extend(processors(), 5))[1..]), [""; 0]);
}

#[test]
fn a_plugin_takes_its_points_by_value() {
    let borrows = plugin("catalog", &[extend(processors(), 1)], 2);
    assert_eq!(
        told_once(&[borrows]),
        "\
GR0015: a plugin borrows extension point `catalog.processors`
  needed by  plugin `catalog`, parameter `thing: &mut Point`
         at  src/lib.rs:1:5
       help  a plugin takes it by value, when its modules are done with it: `Point`"
    );
}

#[test]
fn a_point_is_taken_once() {
    let both = [offer(processors(), 1), extend(processors(), 2)];
    let entries = [
        plugin("catalog", &[], 3),
        module("catalog", "host", &both, 4),
        module("catalog", "zoo", &[extend(processors(), 5)], 6),
    ];
    assert_eq!(
        told_once(&entries),
        "\
GR0016: module `host` of plugin `catalog` takes extension point `catalog.processors` twice
      first  `thing: Point` at src/lib.rs:1:5
      again  `thing: &mut Point` at src/lib.rs:2:5
       help  take it once: by value to offer it, by `&mut` to write to it"
    );
    let twice = [extend(processors(), 1), extend(processors(), 2)];
    let owner = plugin("catalog", &[offer(processors(), 7)], 8);
    let writer = told_once(&[owner, module("catalog", "m", &twice, 4)]);
    assert!(writer.starts_with("GR0016: module `m` "), "{writer}");
    let twice = [
        offer(processors(), 1),
        needs(own("acme.a"), 9),
        offer(processors(), 2),
    ];
    let owner = plugin("catalog", &twice, 3);
    let text = told_once(&[owner, factory("make", own("acme.a"), &[], 10)]);
    assert!(
        text.starts_with("GR0016: plugin `catalog` takes "),
        "{text}"
    );
    assert!(text.contains("src/lib.rs:1:5") && text.contains("src/lib.rs:2:5"));
}

#[test]
fn two_declarations_of_a_point_never_meet() {
    let other = PointMeta {
        service: declared_again(processors().service),
        ..processors()
    };
    let entries = [
        plugin("catalog", &[offer(processors(), 1)], 2),
        module("catalog", "github", &[extend(other, 3)], 4),
    ];
    assert_eq!(
        told_once(&entries),
        "\
GR0013: two extension points are declared with the id `catalog.processors`
  needed by  module `github` of plugin `catalog`, parameter `thing: &mut Point`
         at  src/lib.rs:3:5
         as  `Point` of other 1.0.0, src/lib.rs:1:5
 offered by  plugin `catalog`, parameter `thing: Point`
         at  src/lib.rs:1:5
         as  `Point` of acme 1.0.0, src/lib.rs:1:5
       help  rename one of the two"
    );
    // Nor does a constructor make another one.
    let made = factory("make", other.service, &[], 5);
    let text = told_once(&[plugin("catalog", &[offer(processors(), 1)], 2), made]);
    assert!(text.starts_with("GR0013: "), "{text}");
}

#[test]
fn what_follows_from_a_plugin_that_borrows_its_point_is_not_told() {
    let entries = [
        plugin("catalog", &[extend(processors(), 1)], 2),
        module("catalog", "github", &[extend(processors(), 3)], 4),
    ];
    assert!(told_once(&entries).starts_with("GR0015: a plugin borrows"));
}
