//! Every format and every question, on one small backend.

mod backend;

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::{GraphFormat, Question, features, graph};
use backend::{backend, repeating};

fn answer(format: GraphFormat, question: Question<'_>) -> String {
    graph(&backend().graph(), format, question).expect("the id is known")
}

#[test]
fn the_tree_shows_each_service_in_full_once() {
    assert_snapshot!(answer(GraphFormat::Tree, Question::All));
}

#[test]
fn drawings_have_all_that_is_used() {
    assert_snapshot!(answer(GraphFormat::Mermaid, Question::All));
    assert_snapshot!(answer(GraphFormat::Dot, Question::All));
}

#[test]
fn the_document_names_providers_places_and_what_is_optional() {
    let document: Value =
        serde_json::from_str(&answer(GraphFormat::Json, Question::All)).expect("it is JSON");
    assert_eq!(document["version"], 1);
    let all = document["features"].as_array().expect("it is a list");
    let find = |id: &str| {
        let found = all.iter().find(|feature| feature["id"] == id);
        found.unwrap_or_else(|| panic!("`{id}` is missing: {document:#}"))
    };
    let shop = find("shop");
    let takes = |at: usize, field: &str| &shop["dependencies"][at][field];
    let store = find("greenroom::tools::tests::backend::store");
    let counted = find("greenroom::tools::tests::backend::counted");
    assert_eq!(takes(0, "providers"), &json!([counted["index"]]));
    let wrapped = &counted["dependencies"][0]["providers"];
    assert_eq!(wrapped, &json!([store["index"]]));
    assert_eq!(takes(4, "providers").as_array().map(Vec::len), Some(2));
    assert_eq!(
        (takes(2, "need"), takes(2, "providers")),
        (&json!("optional"), &json!([]))
    );
    assert_eq!(takes(2, "id"), "acme.cache");
    assert_eq!(takes(1, "name"), "_clock");
    let lists = json!(["greenroom::tools::tests::backend::standard"]);
    assert_eq!(store["listed"]["lists"], lists);
    assert_eq!(store["service"]["scope"], "plugin");
    let gifts = find("foreign");
    assert_eq!(gifts["plugin"], "shop");
    assert_eq!(
        gifts["place"]["file"], "src/lib.rs",
        "no path of somebody's machine"
    );
    assert!(all.iter().all(|feature| feature["standing"] == "used"));
    assert!(
        all.iter()
            .all(|feature| feature["id"] != "core.rootContext")
    );
}

#[test]
fn why_gives_the_shortest_way_from_each_that_runs_in_any_case() {
    assert_snapshot!(answer(GraphFormat::Tree, Question::Why("acme.clock")));
}

#[test]
fn why_knows_what_runs_by_itself_what_is_replaced_and_what_nobody_provides() {
    let why = |id| answer(GraphFormat::Tree, Question::Why(id));
    let shop = why("shop");
    assert!(
        shop.contains("runs in any case") && !shop.contains("needs it"),
        "{shop}"
    );
    assert_eq!(
        why("shop/gifts").lines().skip(1).collect::<Vec<_>>(),
        why("gifts").lines().skip(1).collect::<Vec<_>>()
    );
    let replaced = why("greenroom::tools::tests::backend::clock");
    assert!(
        replaced.contains("replaced by factory `greenroom::tools::tests::backend::slow_clock`")
    );
    assert!(
        replaced.ends_with("Nothing that runs needs it.\n"),
        "{replaced}"
    );
    let cache = why("acme.cache");
    assert!(cache.contains("nothing provides it"), "{cache}");
    assert!(
        cache.contains("takes `_cache: Option<Arc<Cache>>`"),
        "{cache}"
    );
    let metrics = why("acme.metrics");
    assert!(
        metrics.contains("built in any case") && !metrics.contains("needs it"),
        "{metrics}"
    );
}

#[test]
fn a_drawing_of_a_question_shows_the_ways_alone() {
    let drawing = answer(GraphFormat::Mermaid, Question::Why("acme.store"));
    for shown in ["plugin shop", "plugin blog", "acme.store"] {
        assert!(drawing.contains(shown), "{drawing}");
    }
    assert!(
        !drawing.contains("acme.metrics") && !drawing.contains("gifts"),
        "{drawing}"
    );
    let unused = answer(GraphFormat::Mermaid, Question::Unused);
    assert!(unused.contains("replaced by"), "{unused}");
    assert!(!unused.contains("plugin shop"), "{unused}");
}

#[test]
fn what_is_unused_is_told_with_its_reason() {
    assert_snapshot!(answer(GraphFormat::Tree, Question::Unused));
}

#[test]
fn a_default_of_two_lists_is_replaced_by_nobody() {
    let text = graph(&repeating().graph(), GraphFormat::Tree, Question::Unused);
    let text = text.expect("nothing is looked up");
    assert!(text.contains("acme.clock: listed once more"), "{text}");
    assert!(!text.contains("replaced by"), "{text}");
}

#[test]
fn an_id_that_nothing_has_is_an_error_with_what_is_near() {
    let backend = backend();
    for (id, near) in [
        ("acme.stor", "did you mean `acme.store`?"),
        ("nothing", "`graph` shows"),
    ] {
        let error = graph(&backend.graph(), GraphFormat::Json, Question::Why(id));
        let error = error.expect_err("there is no such id").to_string();
        assert!(
            error.contains(&format!("`{id}`")) && error.contains(near),
            "{error}"
        );
    }
}

#[test]
fn features_are_listed_by_kind_with_what_became_of_them() {
    let version = concat!("greenroom@", env!("CARGO_PKG_VERSION"));
    assert_snapshot!(features(&backend().graph()).replace(version, "greenroom@VERSION"));
}
