//! No container: every object is made by a line of its own. Fifty services have a function and a struct to
//! themselves, since nobody writes one of a thousand lines, and the compiler takes minutes for it. For the
//! same reason nothing is inlined across modules.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::dialect::{Dialect, each, each_module, names};
use crate::shape::Shape;

const SERVICES_IN_A_LAYER: usize = 50;

pub(super) struct ByHand;

impl Dialect for ByHand {
    fn below_services(&self, shape: Shape) -> String {
        let layers = shape.services.div_ceil(SERVICES_IN_A_LAYER);
        let mut text = String::new();
        let mut fields = String::new();
        let mut built = String::new();
        let mut list = Vec::new();
        for number in 0..layers {
            let first = number * SERVICES_IN_A_LAYER;
            let services = first..shape.services.min(first + SERVICES_IN_A_LAYER);
            let needs = needs_of_layer(number, &services);
            text += &layer(number, services, &needs);
            let needs: Vec<String> = needs.iter().map(|need| format!("&layer_{need}")).collect();
            fields += &format!("    pub layer_{number}: Layer{number},\n");
            built += &format!(
                "    let layer_{number} = layer_{number}({});\n",
                needs.join(", ")
            );
            list.push(format!("layer_{number}"));
        }
        text + &format!(
            "\npub struct Services {{\n{fields}}}\n\npub fn build() -> Services {{\n{built}    \
             Services {{ {} }}\n}}\n",
            list.join(", ")
        )
    }

    fn below_plugin(&self, shape: Shape, plugin: usize) -> String {
        let needs = each(&shape.needs_of_plugin(plugin), |need| {
            format!(
                "Arc::clone(&services.layer_{}.service_{need})",
                layer_of(need)
            )
        });
        format!(
            "\nfn plugin_{plugin}(services: &Services) -> Arc<Plugin{plugin}> {{\n    \
             Arc::new(Plugin{plugin} {{ {needs} }})\n}}\n"
        )
    }

    fn below_module(&self, _shape: Shape, plugins: Range<usize>) -> String {
        let kept: String = plugins
            .map(|plugin| format!("    greenroom_peers_meter::keep(plugin_{plugin}(services));\n"))
            .collect();
        format!("\n#[inline(never)]\npub fn build(services: &Services) {{\n{kept}}}\n")
    }

    fn main(&self, shape: Shape) -> String {
        format!(
            "fn build() -> services::Services {{\n    let services = services::build();\n{}    \
             services\n}}\n\nfn main() {{\n    greenroom_peers_meter::report({}, build, drop);\n}}\n",
            each_module(shape, |module| format!(
                "    plugins::group_{module}::build(&services);\n"
            )),
            shape.plugins
        )
    }
}

fn layer_of(service: usize) -> usize {
    service / SERVICES_IN_A_LAYER
}

/// The layers before it that a layer takes services from.
fn needs_of_layer(layer: usize, services: &Range<usize>) -> BTreeSet<usize> {
    services
        .clone()
        .flat_map(Shape::needs_of_service)
        .map(layer_of)
        .filter(|&need| need != layer)
        .collect()
}

fn layer(number: usize, services: Range<usize>, layers: &BTreeSet<usize>) -> String {
    let all: Vec<usize> = services.collect();
    let fields: String = all
        .iter()
        .map(|service| format!("    pub service_{service}: Arc<dyn Service{service}>,\n"))
        .collect();
    let parameters: Vec<String> = layers
        .iter()
        .map(|layer| format!("layer_{layer}: &Layer{layer}"))
        .collect();
    let made: String = all
        .iter()
        .map(|&service| {
            let needs = each(&Shape::needs_of_service(service), |need| {
                match layer_of(need) {
                    here if here == number => format!("Arc::clone(&service_{need})"),
                    other => format!("Arc::clone(&layer_{other}.service_{need})"),
                }
            });
            format!(
                "    let service_{service}: Arc<dyn Service{service}> = \
                 Arc::new(Implementation{service} {{ {needs} }});\n"
            )
        })
        .collect();
    format!(
        "\npub struct Layer{number} {{\n{fields}}}\n\nfn layer_{number}({}) -> Layer{number} {{\n{made}    \
         Layer{number} {{ {} }}\n}}\n",
        parameters.join(", "),
        names(&all)
    )
}
