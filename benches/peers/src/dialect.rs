//! The source of a program: what is the same for every container, with room for what each has of its own.

use std::fmt::Write as _;
use std::ops::Range;

use crate::shape::Shape;

/// How the graph is written for one container. What stands here is what a user of it writes.
pub trait Dialect {
    /// Lines of the manifest.
    fn dependencies(&self) -> &'static str {
        ""
    }

    /// Imports of every file with objects.
    fn imports(&self) -> &'static str {
        ""
    }

    /// What the trait of a service is besides.
    fn supertraits(&self) -> &'static str {
        "Send + Sync"
    }

    /// Attributes of the trait of a service.
    fn attributes_of_trait(&self, _service: usize) -> String {
        String::new()
    }

    /// Attributes of the struct of a service.
    fn attributes_of_service(&self, _service: usize) -> String {
        String::new()
    }

    /// Attributes of the struct of a plugin.
    fn attributes_of_plugin(&self, _plugin: usize) -> String {
        String::new()
    }

    /// The attribute of a field that holds a service.
    fn attribute_of_field(&self) -> &'static str {
        ""
    }

    /// What a field that holds a service is.
    fn handle(&self, service: usize) -> String {
        format!("Arc<dyn Service{service}>")
    }

    /// Items below a service.
    fn below_service(&self, _service: usize) -> String {
        String::new()
    }

    /// Items below a plugin.
    fn below_plugin(&self, _shape: Shape, _plugin: usize) -> String {
        String::new()
    }

    /// Items below all services.
    fn below_services(&self, _shape: Shape) -> String {
        String::new()
    }

    /// Items below the plugins of a module.
    fn below_module(&self, _shape: Shape, _plugins: Range<usize>) -> String {
        String::new()
    }

    /// The rest of `main.rs`, which has a function `main`.
    fn main(&self, shape: Shape) -> String;
}

/// The services: a trait, and a struct that implements it.
#[must_use]
pub fn services(dialect: &dyn Dialect, shape: Shape) -> String {
    let mut text = format!("use std::sync::Arc;\n\n{}", dialect.imports());
    for service in 0..shape.services {
        let needs = Shape::needs_of_service(service);
        let numbers: String = needs
            .iter()
            .map(|need| format!(" + self.service_{need}.number()"))
            .collect();
        write!(
            text,
            "
{}pub trait Service{service}: {} {{
    fn number(&self) -> u64;
    fn sum(&self) -> u64;
}}

{}pub struct Implementation{service} {{
{}}}

impl Service{service} for Implementation{service} {{
    fn number(&self) -> u64 {{
        {service}
    }}

    fn sum(&self) -> u64 {{
        self.number(){numbers}
    }}
}}
{}",
            dialect.attributes_of_trait(service),
            dialect.supertraits(),
            dialect.attributes_of_service(service),
            fields(dialect, &needs),
            dialect.below_service(service),
        )
        .expect("a string can be written to");
    }
    text + &dialect.below_services(shape)
}

/// The plugins of a module: a struct for each.
#[must_use]
pub fn plugins(dialect: &dyn Dialect, shape: Shape, plugins: Range<usize>) -> String {
    let mut text = format!(
        "use std::sync::Arc;\n\nuse greenroom_peers_meter::Plugin;\n\nuse crate::services::*;\n{}",
        dialect.imports()
    );
    for plugin in plugins.clone() {
        let needs = shape.needs_of_plugin(plugin);
        let sums: String = needs
            .iter()
            .map(|need| format!(" + self.service_{need}.sum()"))
            .collect();
        write!(
            text,
            "
{}pub struct Plugin{plugin} {{
{}}}

impl Plugin for Plugin{plugin} {{
    fn sum(&self) -> u64 {{
        {plugin}{sums}
    }}
}}
{}",
            dialect.attributes_of_plugin(plugin),
            fields(dialect, &needs),
            dialect.below_plugin(shape, plugin),
        )
        .expect("a string can be written to");
    }
    text + &dialect.below_module(shape, plugins)
}

/// `main.rs`, below this many lines of comment.
#[must_use]
pub fn main(dialect: &dyn Dialect, shape: Shape, lines: usize) -> String {
    let comment = "// A line that an editor has just added.\n".repeat(lines);
    format!(
        "{comment}mod plugins;\nmod services;\n\n{}",
        dialect.main(shape)
    )
}

fn fields(dialect: &dyn Dialect, needs: &[usize]) -> String {
    needs
        .iter()
        .map(|&need| {
            format!(
                "{}    pub service_{need}: {},\n",
                dialect.attribute_of_field(),
                dialect.handle(need)
            )
        })
        .collect()
}

/// `service_3: …, service_8: …`, each service written by a function.
pub(crate) fn each(needs: &[usize], write: impl Fn(usize) -> String) -> String {
    let written: Vec<String> = needs
        .iter()
        .map(|&need| format!("service_{need}: {}", write(need)))
        .collect();
    written.join(", ")
}

/// `service_3, service_8`.
pub(crate) fn names(needs: &[usize]) -> String {
    let names: Vec<String> = needs.iter().map(|need| format!("service_{need}")).collect();
    names.join(", ")
}

/// A line for each module of plugins.
pub(crate) fn each_module(shape: Shape, line: impl Fn(usize) -> String) -> String {
    shape.modules().map(|(module, _)| line(module)).collect()
}
