//! Decorators: how they stand around each other, what may not be wrapped, and what else can be wrong.

use super::build::{
    again, declared_again, decorator, defaults, eager, extend, factory, many, maybe, multiton,
    needs, offer, own, plugin, point, root, sealed, settings,
};
use super::told::{mistakes, reports, sound, start_order, told, told_once};
use crate::Backend;
use crate::builtin;
use crate::inject::Audience;

#[test]
fn decorators_stand_around_each_other_in_listed_order() {
    let a = own("acme.a");
    let (one, two) = (
        decorator("one", a, &[needs(a, 1)], 2),
        decorator("two", a, &[needs(a, 3)], 4),
    );
    let (make, user) = (factory("make", a, &[], 5), plugin("p", &[needs(a, 6)], 7));
    let order = |entries: &[_]| {
        let backend = Backend::compose(entries).expect("it is wired");
        start_order(&backend.graph())
    };
    assert_eq!(order(&[user, one, two, make]), ["make", "one", "two", "p"]);
    assert_eq!(order(&[two, make, one, user]), ["make", "two", "one", "p"]);
    let listed = defaults(&[one]);
    assert_eq!(
        order(&[listed, user, two, make]),
        ["make", "one", "two", "p"]
    );
    assert_eq!(
        order(&[two, user, make, listed]),
        ["make", "two", "one", "p"]
    );
}

#[test]
fn a_decorator_wraps_what_replaces_a_default() {
    let a = root("acme.a");
    let entries = [
        plugin("p", &[needs(a, 1)], 2),
        decorator("wrap", a, &[needs(a, 3)], 4),
        defaults(&[factory("default", a, &[needs(own("acme.gone"), 5)], 6)]),
        factory("make", a, &[], 7),
    ];
    sound(&entries, |graph| {
        assert_eq!(start_order(graph), ["make", "wrap", "p"]);
    });
}

#[test]
fn a_decorator_of_what_runs_in_any_case_does_too() {
    let (a, gone) = (root("acme.a"), root("acme.gone"));
    let wrap = decorator("wrap", a, &[needs(a, 1), maybe(gone, 2)], 3);
    let outer = decorator("outer", a, &[needs(a, 4)], 5);
    sound(&[wrap, eager("make", a, &[], 6)], |graph| {
        assert_eq!(start_order(graph), ["make", "wrap"]);
    });
    sound(&[wrap, factory("make", a, &[], 6)], |graph| {
        assert_eq!(start_order(graph), [""; 0]);
    });
    sound(&[wrap, outer, eager("make", a, &[], 6)], |graph| {
        assert_eq!(start_order(graph).len(), 3);
    });
    let wrap = decorator("wrap", a, &[needs(a, 1), needs(gone, 2)], 3);
    assert_eq!(told(&[wrap, factory("make", a, &[], 6)]), [""; 0]);
    assert_eq!(
        told_once(&[wrap, eager("make", a, &[], 6)]),
        "\
GR0001: no factory provides `acme.gone`
  needed by  decorator `wrap`, parameter `thing: Thing`
         at  src/lib.rs:2:5
       help  list a factory in `backend!` that returns `Arc<dyn Thing>`"
    );
}

#[test]
fn an_optional_dependency_gets_what_is_wrapped() {
    let a = own("acme.a");
    let user = plugin("p", &[maybe(a, 1)], 2);
    let wrap = decorator("wrap", a, &[needs(a, 3)], 4);
    sound(&[user, wrap, factory("make", a, &[], 5)], |graph| {
        assert_eq!(start_order(graph), ["make", "wrap", "p"]);
    });
}

#[test]
fn a_decorator_may_take_what_it_wraps_as_an_option() {
    let a = own("acme.a");
    let wrap = decorator("wrap", a, &[maybe(a, 3)], 4);
    let user = plugin("p", &[needs(a, 1)], 2);
    sound(&[user, wrap, factory("make", a, &[], 5)], |graph| {
        assert_eq!(start_order(graph), ["make", "wrap", "p"]);
    });
}

#[test]
fn a_decorator_of_nothing_is_told_even_if_nobody_reaches_it() {
    let a = own("acme.log");
    let wrap = decorator("wrap", a, &[needs(a, 1)], 2);
    let near = factory("make", own("acme.logs"), &[], 3);
    assert_eq!(
        told_once(&[wrap, near]),
        "\
GR0012: nothing provides `acme.log`, which a decorator wraps
 wrapped by  decorator `wrap`
         at  src/lib.rs:2:5
       near  did you mean `acme.logs`? factory `make` provides it: `Arc<dyn Thing>`
       help  list a factory in `backend!` that returns `Arc<dyn Thing>`"
    );
    let user = plugin("p", &[needs(a, 4)], 5);
    let both = told(&[wrap, user]);
    assert_eq!(both.len(), 2, "{both:#?}");
    assert!(both[0].starts_with("GR0001: "), "{both:#?}");
    assert!(both[1].starts_with("GR0012: "), "{both:#?}");
}

#[test]
fn what_is_sealed_is_not_wrapped() {
    let a = sealed(own("acme.a"));
    let entries = [
        plugin("p", &[needs(a, 1)], 2),
        factory("make", a, &[], 3),
        defaults(&[decorator("wrap", a, &[needs(a, 4)], 5)]),
    ];
    assert_eq!(
        told_once(&entries),
        "\
GR0011: `acme.a` is sealed: nothing can be wrapped around it
 wrapped by  decorator `wrap`
         at  src/lib.rs:5:5
  listed in  acme::defaults > wrap
       help  remove this decorator from `backend!`"
    );
    for meta in builtin::ALL {
        let context = *meta.provides.expect("a built-in is a service");
        let wrap = decorator("wrap", context, &[needs(context, 1)], 2);
        let text = told_once(&[wrap, plugin("p", &[needs(context, 3)], 4)]);
        assert!(
            text.ends_with("remove this decorator from `backend!`"),
            "{text}"
        );
    }
}

#[test]
fn a_multiton_is_not_wrapped() {
    let a = multiton(own("acme.a"));
    let entries = [
        plugin("p", &[many(a, 1)], 2),
        factory("make", a, &[], 3),
        decorator("wrap", a, &[many(a, 4)], 5),
    ];
    assert_eq!(
        told_once(&entries),
        "\
GR0018: `acme.a` has many factories: a decorator would wrap none in particular
 wrapped by  decorator `wrap`
         at  src/lib.rs:5:5
       help  let a factory return it wrapped, or wrap where the `Vec` is taken"
    );
}

#[test]
fn a_decorator_that_does_not_take_what_it_wraps_replaces_it_in_secret() {
    let (a, b) = (root("acme.a"), root("acme.b"));
    let make = [factory("make_a", a, &[], 1), factory("make_b", b, &[], 2)];
    let [make_a, make_b] = make;
    assert_eq!(
        told_once(&[make_a, make_b, decorator("wrap", a, &[needs(b, 3)], 4)]),
        "\
GR0017: a decorator of `acme.a` does not take what it wraps
 wrapped by  decorator `wrap`
         at  src/lib.rs:4:5
       help  give it a parameter of type `Arc<dyn Thing>`, or make it
             a `#[service_factory]`, which replaces a default"
    );
    let derived = settings(a, Audience::Everyone, 3);
    let text = told_once(&[make_a, decorator("wrap", a, &[derived], 4)]);
    assert!(text.starts_with("GR0017: "), "{text}");
}

#[test]
fn a_decorator_that_is_listed_twice_is_told_with_both_entries() {
    let a = own("acme.a");
    let make = factory("make", a, &[], 1);
    let wrap = decorator("wrap", a, &[needs(a, 2)], 3);
    assert_eq!(
        mistakes(&[make, wrap, again(wrap)]),
        ["\
GR0019: decorator `wrap` is listed twice
      first  entry `wrap`
         at  src/lib.rs:103:5
      again  entry `wrap`
         at  src/lib.rs:203:5
       help  remove one of the two entries: it would have its effect twice"]
    );
    let twice = [make, wrap, defaults(&[again(wrap)])];
    let text = told(&[make, defaults(&[wrap]), defaults(&[wrap])]).remove(0);
    assert!(text.starts_with("GR0019: decorator `wrap` is listed twice"));
    for last in [twice, [make, defaults(&[again(wrap)]), wrap]] {
        assert_eq!(reports(&last).len(), 1);
        assert_eq!(reports(&last)[0].0, last[2].spelled);
    }
}

#[test]
fn a_cycle_through_a_decorator_names_its_function() {
    let (a, b) = (own("acme.a"), own("acme.b"));
    let entries = [
        plugin("p", &[needs(a, 1)], 2),
        factory("make_a", a, &[], 3),
        factory("make_b", b, &[needs(a, 4)], 5),
        decorator("wrap", a, &[needs(a, 6), needs(b, 7)], 8),
    ];
    let text = told_once(&entries);
    assert!(
        text.starts_with("GR0002: services wait for each other: "),
        "{text}"
    );
    for part in [
        "decorator `wrap` -> `acme.b`",
        "decorator `wrap` takes `thing: Thing` at src/lib.rs:7:5",
        "`acme.b` takes `thing: Thing` at src/lib.rs:4:5",
    ] {
        assert!(text.contains(part), "{text}");
    }
    // What is wrapped may not need what is around it either.
    let core = factory("make_a", a, &[needs(b, 3)], 3);
    let wrap = decorator("wrap", a, &[needs(a, 6)], 8);
    let text = told_once(&[entries[0], core, entries[2], wrap]);
    assert!(text.contains("decorator `wrap` -> `acme.a`"), "{text}");
}

#[test]
fn a_decorator_of_a_root_service_takes_nothing_of_a_plugin() {
    let (a, b, config) = (root("acme.a"), own("acme.b"), root("acme.config"));
    let wrap = |dependency| decorator("wrap", a, &[needs(a, 1), dependency], 3);
    let entries = |dependency| {
        [
            wrap(dependency),
            plugin("p", &[needs(a, 4)], 5),
            factory("make_a", a, &[], 6),
            factory("make_b", b, &[], 7),
            factory("config", config, &[], 8),
        ]
    };
    assert_eq!(
        told_once(&entries(needs(b, 2))),
        "\
GR0004: root service `acme.a` needs `acme.b`, of which each plugin has its own
  needed by  decorator `wrap`, parameter `thing: Thing`
         at  src/lib.rs:2:5
 reached by  plugin `p`
       help  take a root service instead, or declare `acme.a`
             with `scope = \"plugin\"`"
    );
    assert_eq!(
        told_once(&entries(settings(config, Audience::Plugin, 2))),
        "\
GR0014: root service `acme.a` takes a plugin's settings, but belongs to no plugin
  needed by  decorator `wrap`, parameter `thing: Settings<Own>`
         at  src/lib.rs:2:5
 reached by  plugin `p`
       help  take `RootConfig` and read a key of its own, or declare `acme.a`
             with `scope = \"plugin\"`"
    );
    assert_eq!(
        told(&entries(settings(config, Audience::Everyone, 2))),
        [""; 0]
    );
    let optional = told_once(&entries(maybe(b, 2)));
    assert!(optional.starts_with("GR0004: "), "{optional}");
}

#[test]
fn a_decorator_of_another_declaration_meets_nobody() {
    let a = own("acme.a");
    let other = declared_again(a);
    let wrap = |of| decorator("wrap", of, &[needs(of, 1)], 2);
    let make = factory("make", a, &[], 3);
    let user = plugin("p", &[needs(a, 4)], 5);
    let found = told(&[wrap(other), make, user]);
    assert_eq!(
        found.len(),
        2,
        "at the decorator and at the plugin: {found:#?}"
    );
    for text in found {
        assert!(
            text.starts_with("GR0013: two services are declared with the id `acme.a`"),
            "{text}"
        );
    }
    // What is sealed or has many factories is so by the declaration that a decorator names.
    let make = factory("make", sealed(a), &[], 3);
    assert_eq!(told(&[wrap(other), make, user]).len(), 2);
    assert_eq!(told(&[wrap(other), make]), [""; 0]);
    let make = factory("make", multiton(a), &[], 3);
    let one = factory("one", a, &[], 6);
    let text = told_once(&[wrap(other), make, one]);
    assert!(text.starts_with("GR0012: "), "{text}");
}

#[test]
fn a_decorator_takes_no_extension_point() {
    let p = point("p", "acme.point");
    let a = own("acme.a");
    let wrap = decorator("wrap", a, &[needs(a, 1), extend(p, 2)], 3);
    let user = plugin("p", &[needs(a, 4), offer(p, 5)], 6);
    assert_eq!(
        told_once(&[wrap, user, factory("make", a, &[], 7)]),
        "\
GR0015: a decorator takes extension point `acme.point`
  needed by  decorator `wrap`, parameter `thing: &mut Point`
         at  src/lib.rs:2:5
 reached by  plugin `p`
       help  only plugins and modules take extension points"
    );
}
