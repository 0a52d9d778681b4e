//! greenroom, by both of its entries: `backend!`, and `Backend::compose` for programs that pick their
//! features when they run. The features are the same.

use std::ops::Range;

use crate::dialect::{Dialect, each, each_module, names};
use crate::shape::Shape;

pub(super) enum Greenroom {
    Checked,
    Composed,
}

impl Dialect for Greenroom {
    fn dependencies(&self) -> &'static str {
        "greenroom.workspace = true\ntokio.workspace = true\n"
    }

    fn imports(&self) -> &'static str {
        "use greenroom::prelude::*;\n"
    }

    fn attributes_of_trait(&self, service: usize) -> String {
        format!(
            "#[service(id = \"graph.service{service}\", scope = \"root\", \
             provided_by = \"services::service_{service}\")]\n"
        )
    }

    fn below_service(&self, service: usize) -> String {
        let needs = Shape::needs_of_service(service);
        format!(
            "
#[service_factory]
pub fn service_{service}({}) -> Arc<dyn Service{service}> {{
    Arc::new(Implementation{service} {{ {} }})
}}
",
            each(&needs, |need| self.handle(need)),
            names(&needs)
        )
    }

    fn below_plugin(&self, shape: Shape, plugin: usize) -> String {
        let needs = shape.needs_of_plugin(plugin);
        format!(
            "
#[backend_plugin(id = \"plugin-{plugin}\")]
pub async fn plugin_{plugin}({}) -> Result<()> {{
    greenroom_peers_meter::keep(Arc::new(Plugin{plugin} {{ {} }}));
    Ok(())
}}
",
            each(&needs, |need| self.handle(need)),
            names(&needs)
        )
    }

    fn below_services(&self, shape: Shape) -> String {
        match self {
            Self::Checked => String::new(),
            Self::Composed => entries("service", 0..shape.services),
        }
    }

    fn below_module(&self, _shape: Shape, plugins: Range<usize>) -> String {
        match self {
            Self::Checked => String::new(),
            Self::Composed => entries("plugin", plugins),
        }
    }

    fn main(&self, shape: Shape) -> String {
        let backend = match self {
            Self::Checked => checked(shape),
            Self::Composed => composed(shape),
        };
        let plugins = shape.plugins;
        format!(
            r#"{backend}
fn main() {{
    let runtime = match std::env::args().nth(1).as_deref() {{
        Some("multi-thread") => tokio::runtime::Builder::new_multi_thread().enable_time().build(),
        _ => tokio::runtime::Builder::new_current_thread().enable_time().build(),
    }};
    let runtime = runtime.expect("a runtime can be built");
    greenroom_peers_meter::report(
        {plugins},
        || {{
            let started = runtime.block_on(backend().start(greenroom::Inputs::new()));
            started.expect("nothing in it can fail")
        }},
        |running| {{
            runtime.block_on(running.stop());
        }},
    );
}}
"#
        )
    }
}

fn checked(shape: Shape) -> String {
    let services: String = (0..shape.services)
        .map(|service| format!("        services::service_{service},\n"))
        .collect();
    let plugins: String = shape
        .modules()
        .flat_map(|(module, plugins)| {
            plugins
                .map(move |plugin| format!("        plugins::group_{module}::plugin_{plugin},\n"))
        })
        .collect();
    format!(
        "fn backend() -> greenroom::Backend {{\n    greenroom::backend![\n{services}{plugins}    ]\n}}\n"
    )
}

fn composed(shape: Shape) -> String {
    format!(
        "fn backend() -> greenroom::Backend {{
    let mut entries = Vec::new();
    services::list(&mut entries);
{}    greenroom::Backend::compose(&entries).expect(\"it is wired\")
}}
",
        each_module(shape, |module| format!(
            "    plugins::group_{module}::list(&mut entries);\n"
        ))
    )
}

fn entries(kind: &str, numbers: Range<usize>) -> String {
    let pushed: String = numbers
        .map(|number| format!("    entries.push(greenroom::Entry::of::<{kind}_{number}>());\n"))
        .collect();
    format!("\n#[inline(never)]\npub fn list(entries: &mut Vec<greenroom::Entry>) {{\n{pushed}}}\n")
}
