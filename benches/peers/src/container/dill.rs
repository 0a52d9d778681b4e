//! dill: components that are singletons, a catalogue of them, and all plugins from it by their interface.

use std::ops::Range;

use crate::dialect::{Dialect, each_module};
use crate::shape::Shape;

pub(super) struct Dill;

impl Dialect for Dill {
    fn dependencies(&self) -> &'static str {
        "dill.workspace = true\n"
    }

    fn attributes_of_service(&self, service: usize) -> String {
        component(&format!("Service{service}"))
    }

    fn attributes_of_plugin(&self, _plugin: usize) -> String {
        component("Plugin")
    }

    fn below_services(&self, shape: Shape) -> String {
        register("Implementation", 0..shape.services)
    }

    fn below_module(&self, _shape: Shape, plugins: Range<usize>) -> String {
        register("Plugin", plugins)
    }

    fn main(&self, shape: Shape) -> String {
        format!(
            "use dill::{{AllOf, Catalog}};
use greenroom_peers_meter::Plugin;

fn build() -> Catalog {{
    let mut builder = Catalog::builder();
    services::register(&mut builder);
{}    let catalog = builder.build();
    let plugins = catalog.get::<AllOf<dyn Plugin>>().expect(\"it is wired\");
    plugins.into_iter().for_each(greenroom_peers_meter::keep);
    catalog
}}

fn main() {{
    greenroom_peers_meter::report({}, build, drop);
}}
",
            each_module(shape, |module| format!(
                "    plugins::group_{module}::register(&mut builder);\n"
            )),
            shape.plugins
        )
    }
}

fn component(interface: &str) -> String {
    format!(
        "#[dill::component]\n#[dill::interface(dyn {interface})]\n#[dill::scope(dill::Singleton)]\n"
    )
}

fn register(structs: &str, numbers: Range<usize>) -> String {
    let added: String = numbers
        .map(|number| format!("    builder.add::<{structs}{number}>();\n"))
        .collect();
    format!("\npub fn register(builder: &mut dill::CatalogBuilder) {{\n{added}}}\n")
}
