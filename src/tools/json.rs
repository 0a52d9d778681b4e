//! The graph as a JSON document, for programs.
//!
//! The structs are its shape. A field may be added; one that changes its meaning or goes away counts up
//! `version`.

use greenroom_di_core::graph::{DependencyView, FeatureView, Standing};
use greenroom_di_core::{Place, Scope};
use serde::Serialize;

/// The number that says what a reader may rely on.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Document {
    version: u32,
    features: Vec<Feature>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Feature {
    /// What others name it by, in this document.
    index: usize,
    /// `plugin`, `module`, `factory`, `decorator` or `built-in`.
    kind: &'static str,
    /// A plugin's or module's id; for a factory or decorator, the path of its function.
    id: &'static str,
    /// The plugin of a module.
    #[serde(skip_serializing_if = "Option::is_none")]
    plugin: Option<&'static str>,
    /// What a factory provides, or a decorator wraps.
    #[serde(skip_serializing_if = "Option::is_none")]
    service: Option<Service>,
    /// Whether it is built even if nothing needs it.
    eager: bool,
    /// `used`, `unused`, `replaced` or `repeated`.
    standing: &'static str,
    /// The feature that it gave way to, or that it is once more.
    #[serde(skip_serializing_if = "Option::is_none")]
    in_favour_of: Option<usize>,
    /// Where its function stands.
    place: At,
    /// Where it is listed; what is in every backend is listed nowhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    listed: Option<Listed>,
    /// What it takes, in the order of its parameters.
    dependencies: Vec<Dependency>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Service {
    id: &'static str,
    /// `root` or `plugin`.
    scope: &'static str,
    #[serde(rename = "type")]
    type_name: &'static str,
    multiton: bool,
    sealed: bool,
    place: At,
}

#[derive(Serialize)]
struct Listed {
    /// The entry, as written.
    entry: &'static str,
    /// The lists that hold it, outermost first.
    lists: Vec<&'static str>,
    place: At,
}

#[derive(Serialize)]
struct Dependency {
    name: &'static str,
    /// The parameter's type, as written.
    #[serde(rename = "type")]
    spelled: &'static str,
    /// `required`, `optional`, `many`, `settings`, `extend` or `offer`.
    need: &'static str,
    /// The service or extension point; for settings, what they are made from.
    id: &'static str,
    /// The features that provide it.
    providers: Vec<usize>,
    place: At,
}

#[derive(Serialize)]
struct At {
    /// Empty when unknown, as is the version.
    package: &'static str,
    version: &'static str,
    /// For a package outside of the workspace, from where the package begins.
    file: &'static str,
    line: u32,
    column: u32,
}

/// The document.
pub(crate) fn json(features: &[FeatureView<'_>]) -> String {
    let features = features.iter().map(|&feature| Feature::of(feature));
    let document = Document {
        version: VERSION,
        features: features.collect(),
    };
    let text = serde_json::to_string_pretty(&document);
    text.expect("texts, numbers and lists can always be written") + "\n"
}

impl Feature {
    fn of(feature: FeatureView<'_>) -> Self {
        let (standing, in_favour_of) = match feature.standing() {
            Standing::Used => ("used", None),
            Standing::ReplacedBy(other) => ("replaced", Some(other.position())),
            Standing::Repeats(other) => ("repeated", Some(other.position())),
            _ => ("unused", None),
        };
        Self {
            index: feature.position(),
            kind: feature.kind_word(),
            id: feature.id(),
            plugin: feature.owner(),
            service: feature.service().map(|service| Service {
                id: service.id,
                scope: match service.scope {
                    Scope::Root => "root",
                    Scope::Plugin => "plugin",
                },
                type_name: service.type_name,
                multiton: service.multiton,
                sealed: service.sealed,
                place: At::of(&service.place),
            }),
            eager: feature.is_eager(),
            standing,
            in_favour_of,
            place: At::of(&feature.place()),
            listed: feature.entry().map(|(entry, place)| Listed {
                entry,
                lists: feature.lists().collect(),
                place: At::of(&place),
            }),
            dependencies: feature.dependencies().map(Dependency::of).collect(),
        }
    }
}

impl Dependency {
    fn of(dependency: DependencyView<'_>) -> Self {
        Self {
            name: dependency.name(),
            spelled: dependency.spelled(),
            need: dependency.need_word(),
            id: dependency.id(),
            providers: dependency
                .providers()
                .map(|provider| provider.position())
                .collect(),
            place: At::of(&dependency.place()),
        }
    }
}

impl At {
    fn of(place: &Place) -> Self {
        let (_, file) = place.shown();
        Self {
            package: place.package,
            version: place.version,
            file,
            line: place.line,
            column: place.column,
        }
    }
}
