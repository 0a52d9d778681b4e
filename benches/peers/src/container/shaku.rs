//! shaku: components, and one `module!` that lists them. A component is found by a trait, so each plugin
//! has one of its own.

use crate::dialect::{Dialect, each_module};
use crate::shape::Shape;

pub(super) struct Shaku;

impl Dialect for Shaku {
    fn dependencies(&self) -> &'static str {
        "shaku.workspace = true\n"
    }

    fn supertraits(&self) -> &'static str {
        "shaku::Interface"
    }

    fn attributes_of_service(&self, service: usize) -> String {
        format!("#[derive(shaku::Component)]\n#[shaku(interface = Service{service})]\n")
    }

    fn attributes_of_plugin(&self, plugin: usize) -> String {
        format!("#[derive(shaku::Component)]\n#[shaku(interface = AsPlugin{plugin})]\n")
    }

    fn attribute_of_field(&self) -> &'static str {
        "    #[shaku(inject)]\n"
    }

    fn below_plugin(&self, _shape: Shape, plugin: usize) -> String {
        format!(
            "\npub trait AsPlugin{plugin}: Plugin + shaku::Interface {{}}\n\n\
             impl AsPlugin{plugin} for Plugin{plugin} {{}}\n"
        )
    }

    fn below_module(&self, _shape: Shape, plugins: std::ops::Range<usize>) -> String {
        let kept: String = plugins
            .clone()
            .map(|plugin| {
                format!(
                    "    let plugin: Arc<dyn AsPlugin{plugin}> = graph.resolve();\n    \
                     greenroom_peers_meter::keep(plugin);\n"
                )
            })
            .collect();
        format!(
            "\npub fn build(graph: &crate::Graph) {{\n    use shaku::HasComponent;\n\n{kept}}}\n"
        )
    }

    fn main(&self, shape: Shape) -> String {
        let services: String = (0..shape.services)
            .map(|service| format!("            services::Implementation{service},\n"))
            .collect();
        let plugins: String = shape
            .modules()
            .flat_map(|(module, plugins)| {
                plugins.map(move |plugin| {
                    format!("            plugins::group_{module}::Plugin{plugin},\n")
                })
            })
            .collect();
        format!(
            "shaku::module! {{
    pub Graph {{
        components = [
{services}{plugins}        ],
        providers = []
    }}
}}

fn build() -> Graph {{
    let graph = Graph::builder().build();
{}    graph
}}

fn main() {{
    greenroom_peers_meter::report({}, build, drop);
}}
",
            each_module(shape, |module| format!(
                "    plugins::group_{module}::build(&graph);\n"
            )),
            shape.plugins
        )
    }
}
