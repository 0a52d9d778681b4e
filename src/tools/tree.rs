//! The graph as text for people: the plugins with their modules, and below each what it takes.
//!
//! What a service takes is written out once, where it comes first; a star stands for it later. Without
//! that, a backend of ten plugins fills the screen with ten copies of the same log.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use greenroom_di_core::feature::Kind;
use greenroom_di_core::graph::{DependencyView, FeatureView, Graph};
use greenroom_di_core::inject::Need;

use super::links::name;

/// A line and what stands below it.
struct Branch {
    text: String,
    below: Vec<Branch>,
}

/// The tree.
pub(crate) fn tree(graph: &Graph<'_>) -> String {
    let mut plugins: Vec<_> = graph
        .features()
        .filter(|feature| feature.kind() == Kind::Plugin)
        .collect();
    plugins.sort_by_key(FeatureView::id);
    let mut writer = Writer::default();
    let mut text = String::from("Plugins\n");
    for plugin in plugins {
        let mut below = Vec::new();
        for module in plugin.modules() {
            let text = format!("module {}  {}", module.id(), module.place());
            below.push(Branch {
                text,
                below: writer.below(module),
            });
        }
        below.extend(writer.below(plugin));
        let _ = writeln!(text, "\n{}  {}", plugin.id(), plugin.place());
        render(&below, "", &mut text);
    }
    let mut eager: Vec<_> = graph
        .features()
        .filter(|feature| feature.is_reached() && feature.is_eager())
        .filter(|feature| !writer.seen.contains(&feature.position()))
        .collect();
    eager.sort_by_key(|&feature| name(feature));
    if !eager.is_empty() {
        text.push_str("\nServices that are built in any case\n");
    }
    for service in eager {
        let _ = writeln!(text, "\n{}  {}", name(service), service.place());
        let below = writer.service(service);
        render(&below.below, "", &mut text);
    }
    if writer.repeated {
        text.push_str("\n(*) what it takes is written further up\n");
    }
    text
}

#[derive(Default)]
struct Writer {
    /// The services that were written out.
    seen: BTreeSet<usize>,
    repeated: bool,
}

impl Writer {
    /// What a feature takes.
    fn below(&mut self, feature: FeatureView<'_>) -> Vec<Branch> {
        let dependencies = feature.dependencies();
        dependencies
            .map(|dependency| self.dependency(dependency))
            .collect()
    }

    fn dependency(&mut self, dependency: DependencyView<'_>) -> Branch {
        let providers: Vec<_> = dependency.providers().collect();
        let note = match dependency.need() {
            Need::Derived(_) => ", settings",
            Need::Extend(_) => ", extends it",
            Need::Offer(_) => ", offers it",
            _ if providers.is_empty() => ", not provided",
            _ => "",
        };
        let mut text = format!("{}  ({dependency}{note})", dependency.id());
        let below = match *providers {
            [] => Vec::new(),
            [provider] => {
                if provider.kind() == Kind::Decorator {
                    text.push_str(&format!("  wrapped by {}", provider.id()));
                }
                let branch = self.service(provider);
                text.push_str(&branch.text);
                branch.below
            }
            _ => {
                let all = providers.iter().map(|&provider| {
                    let mut branch = self.service(provider);
                    branch.text = format!("{}{}", provider.id(), branch.text);
                    branch
                });
                all.collect()
            }
        };
        Branch { text, below }
    }

    /// What a service takes, at its first time; its text is the star of a later one.
    fn service(&mut self, feature: FeatureView<'_>) -> Branch {
        let has_more = feature.dependencies().next().is_some();
        if !has_more || self.seen.insert(feature.position()) {
            return Branch {
                text: String::new(),
                below: self.below(feature),
            };
        }
        self.repeated = true;
        Branch {
            text: "  (*)".to_owned(),
            below: Vec::new(),
        }
    }
}

fn render(branches: &[Branch], indent: &str, text: &mut String) {
    for (at, branch) in branches.iter().enumerate() {
        let (tee, bar) = if at + 1 < branches.len() {
            ("├── ", "│   ")
        } else {
            ("└── ", "    ")
        };
        let _ = writeln!(text, "{indent}{tee}{}", branch.text);
        render(&branch.below, &format!("{indent}{bar}"), text);
    }
}
