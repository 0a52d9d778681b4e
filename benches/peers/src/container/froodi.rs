//! froodi: one `registry!`, which checks itself while it compiles; or, for graphs that are too large for
//! that, a `registry!` for each file, put together when the program runs. Its trait objects are boxed
//! inside their `Arc`.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::dialect::{Dialect, each_module, names};
use crate::shape::Shape;

const SERVICES_IN_A_PART: usize = 20;

pub(super) enum Froodi {
    Whole,
    Parts,
}

impl Dialect for Froodi {
    fn dependencies(&self) -> &'static str {
        "froodi.workspace = true\n"
    }

    fn attributes_of_plugin(&self, _plugin: usize) -> String {
        "#[derive(froodi::Construct)]\n".to_owned()
    }

    fn handle(&self, service: usize) -> String {
        format!("Arc<Box<dyn Service{service}>>")
    }

    fn below_services(&self, shape: Shape) -> String {
        match self {
            Self::Whole => String::new(),
            Self::Parts => parts(shape)
                .map(|(part, services)| {
                    let others = services.clone().flat_map(Shape::needs_of_service);
                    let others = others.filter(|need| !services.contains(need)).collect();
                    let name = format!("part_{part}");
                    registry(
                        &name,
                        &others,
                        &services.clone().map(service).collect::<String>(),
                    )
                })
                .collect(),
        }
    }

    fn below_module(&self, shape: Shape, plugins: Range<usize>) -> String {
        let kept: String = plugins
            .clone()
            .map(|plugin| {
                format!(
                    "    let plugin = container.get::<Plugin{plugin}>().expect(\"it is wired\");\n    \
                     greenroom_peers_meter::keep(plugin);\n"
                )
            })
            .collect();
        let kept = format!("\npub fn build(container: &froodi::Container) {{\n{kept}}}\n");
        match self {
            Self::Whole => kept,
            Self::Parts => {
                let others = plugins
                    .clone()
                    .flat_map(|plugin| shape.needs_of_plugin(plugin))
                    .collect();
                let provided: String = plugins
                    .map(|plugin| format!("            provide::<Plugin{plugin}>(),\n"))
                    .collect();
                kept + &registry("registry", &others, &provided)
            }
        }
    }

    fn main(&self, shape: Shape) -> String {
        let (imports, registry) = match self {
            Self::Whole => (
                "use froodi::{Container, Inject, boxed, registry};\n\nuse crate::services::*;\n",
                whole(shape),
            ),
            Self::Parts => ("use froodi::{Container, registry};\n", composed(shape)),
        };
        format!(
            "use froodi::DefaultScope::App;
{imports}
fn build() -> Container {{
    let registry = registry! {{
{registry}    }};
    let container = Container::new_with_start_scope(registry, App);
{}    container
}}

fn main() {{
    greenroom_peers_meter::report({}, build, |container| container.close());
}}
",
            each_module(shape, |module| format!(
                "    plugins::group_{module}::build(&container);\n"
            )),
            shape.plugins
        )
    }
}

fn parts(shape: Shape) -> impl Iterator<Item = (usize, Range<usize>)> {
    (0..shape.services.div_ceil(SERVICES_IN_A_PART)).map(move |part| {
        let first = part * SERVICES_IN_A_PART;
        (part, first..shape.services.min(first + SERVICES_IN_A_PART))
    })
}

/// The lines of a registry that has everything.
fn whole(shape: Shape) -> String {
    let services: String = (0..shape.services).map(service).collect();
    let plugins: String = shape
        .modules()
        .flat_map(|(module, plugins)| {
            plugins.map(move |plugin| {
                format!("            provide::<plugins::group_{module}::Plugin{plugin}>(),\n")
            })
        })
        .collect();
    format!("        scope(App) [\n{services}{plugins}        ],\n")
}

/// The lines of a registry that consists of others.
fn composed(shape: Shape) -> String {
    let services = parts(shape).map(|(part, _)| format!("services::part_{part}()"));
    let plugins = shape
        .modules()
        .map(|(module, _)| format!("plugins::group_{module}::registry()"));
    let all: String = services
        .chain(plugins)
        .map(|registry| format!("        extend({registry}),\n"))
        .collect();
    all
}

/// The line of a service.
fn service(service: usize) -> String {
    let needs = Shape::needs_of_service(service);
    let parameters: Vec<String> = needs
        .iter()
        .map(|need| format!("Inject(service_{need}): Inject<Box<dyn Service{need}>>"))
        .collect();
    format!(
        "            provide(|{}| Ok(boxed!(Implementation{service} {{ {} }}; Service{service}))),\n",
        parameters.join(", "),
        names(&needs)
    )
}

/// A function that gives a registry of its own, which takes some services from elsewhere.
fn registry(name: &str, others: &BTreeSet<usize>, provided: &str) -> String {
    let declared: String = others
        .iter()
        .map(|need| format!("            provide(froodi::declare::<Box<dyn Service{need}>>()),\n"))
        .collect();
    format!(
        "
pub fn {name}() -> froodi::Registry {{
    #[allow(unused_imports)]
    use froodi::{{DefaultScope::App, Inject, boxed}};

    froodi::registry! {{
        scope(App) [
{declared}{provided}        ],
    }}
    .into_registry()
}}
"
    )
}
