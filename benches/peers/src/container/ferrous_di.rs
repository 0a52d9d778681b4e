//! ferrous-di: a factory for each singleton, and all plugins by their trait.

use std::ops::Range;

use crate::dialect::{Dialect, each, each_module};
use crate::shape::Shape;

pub(super) struct FerrousDi;

impl Dialect for FerrousDi {
    fn dependencies(&self) -> &'static str {
        "ferrous-di.workspace = true\n"
    }

    fn below_services(&self, shape: Shape) -> String {
        let factories: String = (0..shape.services)
            .map(|service| {
                let needs = Shape::needs_of_service(service);
                format!(
                    "    services.add_singleton_trait_factory::<dyn Service{service}, _>(|{}| \
                     Arc::new(Implementation{service} {{ {} }}));\n",
                    if needs.is_empty() { "_" } else { "resolver" },
                    resolved(&needs)
                )
            })
            .collect();
        register(&factories)
    }

    fn below_module(&self, shape: Shape, plugins: Range<usize>) -> String {
        let factories: String = plugins
            .map(|plugin| {
                format!(
                    "    services.add_trait_factory::<dyn Plugin, _>(ferrous_di::Lifetime::Singleton, \
                     |resolver| Arc::new(Plugin{plugin} {{ {} }}));\n",
                    resolved(&shape.needs_of_plugin(plugin))
                )
            })
            .collect();
        register(&factories)
    }

    fn main(&self, shape: Shape) -> String {
        format!(
            "use ferrous_di::{{Resolver, ServiceCollection, ServiceProvider}};
use greenroom_peers_meter::Plugin;

fn build() -> ServiceProvider {{
    let mut collection = ServiceCollection::new();
    services::register(&mut collection);
{}    let provider = collection.build();
    let plugins = provider.get_all_trait::<dyn Plugin>().expect(\"it is wired\");
    plugins.into_iter().for_each(greenroom_peers_meter::keep);
    provider
}}

fn main() {{
    greenroom_peers_meter::report({}, build, drop);
}}
",
            each_module(shape, |module| format!(
                "    plugins::group_{module}::register(&mut collection);\n"
            )),
            shape.plugins
        )
    }
}

fn resolved(needs: &[usize]) -> String {
    each(needs, |need| {
        format!("resolver.get_required_trait::<dyn Service{need}>()")
    })
}

fn register(factories: &str) -> String {
    format!(
        "\npub fn register(services: &mut ferrous_di::ServiceCollection) {{\n    \
         use ferrous_di::Resolver;\n\n{factories}}}\n"
    )
}
