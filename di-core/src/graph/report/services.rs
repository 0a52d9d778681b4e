//! Services: one that is missing, wrongly scoped or declared twice, and decorators.

use super::super::Graph;
use super::super::near::nearest;
use super::super::rules::{DecoratorFault, decorator_fault};
use super::super::text::Text;
use super::modules::write_point_id;
use super::parts::{id, write_declared, write_factory, write_feature, write_needed_by};
use crate::feature::Dependency;
use crate::place::same;
use crate::service::{PointMeta, ServiceMeta};

pub(super) const fn write_missing(
    graph: &Graph<'_>,
    node: usize,
    dependency: &Dependency,
    text: &mut Text,
) {
    let service = dependency.need().service();
    let point = dependency.need().point();
    text.headline("GR0001");
    text.push("no factory ");
    if let Some(point) = point {
        text.push("makes ");
        write_point_id(point, text);
    } else {
        text.push("provides ");
        text.code(service.id);
    }
    write_needed_by(graph, node, dependency, text);
    write_near_service(graph, service, text);
    write_provide(service, point, text);
}

const fn write_near_service(graph: &Graph<'_>, service: &ServiceMeta, text: &mut Text) {
    if let Some(near) = nearest(graph.nodes, service.id)
        && let Some(provided) = graph.nodes[near].meta.provides
    {
        text.line("near");
        text.push("did you mean ");
        text.code(provided.id);
        text.push("? ");
        write_feature(&graph.nodes[near], text);
        text.push(" provides it: ");
        text.code_arc(provided);
    }
}

/// The help for what has no factory.
const fn write_provide(service: &ServiceMeta, point: Option<&PointMeta>, text: &mut Text) {
    text.line("help");
    text.push("list ");
    if let Some(path) = service.provided_by {
        text.code(path);
        text.push(" in `backend!`, or a factory that");
        text.line("");
        text.push("returns ");
    } else {
        text.push("a factory in `backend!` that returns ");
    }
    match point {
        Some(point) => text.code(point.service.type_name),
        None => text.code_arc(service),
    }
}

pub(super) const fn write_decorator(graph: &Graph<'_>, node: usize, text: &mut Text) {
    let this = &graph.nodes[node];
    let Some(service) = this.meta.provides else {
        return;
    };
    match decorator_fault(graph.nodes, &graph.view(), node) {
        DecoratorFault::None => {}
        DecoratorFault::OfSealed => {
            text.headline("GR0011");
            text.code(service.id);
            text.push(" is sealed: nothing can be wrapped around it");
            write_factory("wrapped by", this, text);
            text.line("help");
            text.push("remove this decorator from `backend!`");
        }
        DecoratorFault::OfNothing => {
            text.headline("GR0012");
            text.push("nothing provides ");
            text.code(service.id);
            text.push(", which a decorator wraps");
            write_factory("wrapped by", this, text);
            write_near_service(graph, service, text);
            write_provide(service, None, text);
        }
        DecoratorFault::TakesNothing => {
            text.headline("GR0017");
            text.push("a decorator of ");
            text.code(service.id);
            text.push(" does not take what it wraps");
            write_factory("wrapped by", this, text);
            text.line("help");
            text.push("give it a parameter of type ");
            text.code_arc(service);
            text.push(", or make it");
            text.line("");
            text.push("a `#[service_factory]`, which replaces a default");
        }
        DecoratorFault::OfMultiton => {
            text.headline("GR0018");
            text.code(service.id);
            text.push(" has many factories: a decorator would wrap none in particular");
            write_factory("wrapped by", this, text);
            text.line("help");
            text.push("let a factory return it wrapped, or wrap where the `Vec` is taken");
        }
    }
}

pub(super) const fn write_too_narrow(
    graph: &Graph<'_>,
    node: usize,
    dependency: &Dependency,
    text: &mut Text,
) {
    text.headline("GR0004");
    text.push("root service ");
    text.code(id(&graph.nodes[node]));
    text.push(" needs ");
    text.code(dependency.need().service().id);
    text.push(", of which each plugin has its own");
    write_needed_by(graph, node, dependency, text);
    text.line("help");
    text.push("take a root service instead, or declare ");
    text.code(id(&graph.nodes[node]));
    text.line("");
    text.push("with `scope = \"plugin\"`");
}

pub(super) const fn write_settings_at_root(
    graph: &Graph<'_>,
    node: usize,
    dependency: &Dependency,
    text: &mut Text,
) {
    text.headline("GR0014");
    text.push("root service ");
    text.code(id(&graph.nodes[node]));
    text.push(" takes a plugin's settings, but belongs to no plugin");
    write_needed_by(graph, node, dependency, text);
    text.line("help");
    text.push("take `RootConfig` and read a key of its own, or declare ");
    text.code(id(&graph.nodes[node]));
    text.line("");
    text.push("with `scope = \"plugin\"`");
}

pub(super) const fn write_other_declaration(
    graph: &Graph<'_>,
    node: usize,
    dependency: &Dependency,
    provider: usize,
    text: &mut Text,
) {
    let wanted = dependency.need().service();
    let Some(provided) = graph.nodes[provider].meta.provides else {
        return;
    };
    write_declarations_headline(dependency, provided, text);
    write_needed_by(graph, node, dependency, text);
    write_declared("as", wanted, text);
    write_factory("provided by", &graph.nodes[provider], text);
    write_declared("as", provided, text);
    write_declarations_help(wanted, provided, text);
}

pub(super) const fn write_declarations_headline(
    dependency: &Dependency,
    provided: &ServiceMeta,
    text: &mut Text,
) {
    let wanted = dependency.need().service();
    text.headline("GR0013");
    if are_copies(wanted, provided) {
        text.push("two copies of ");
        text.code(wanted.id);
        text.push(" are in this program");
    } else {
        text.push(match dependency.need().point() {
            Some(_) => "two extension points are declared with the id ",
            None => "two services are declared with the id ",
        });
        text.code(wanted.id);
    }
}

pub(super) const fn write_declarations_help(
    wanted: &ServiceMeta,
    provided: &ServiceMeta,
    text: &mut Text,
) {
    text.line("help");
    if !are_copies(wanted, provided) {
        text.push("rename one of the two");
    } else if same(wanted.place.version, provided.place.version) {
        text.push("one source file is compiled into a library and a binary: let the binary");
        text.line("");
        text.push("use the library's item instead of declaring the module again");
    } else {
        text.push("let both sides use one version (`cargo tree --duplicates`)");
    }
}

const fn are_copies(wanted: &ServiceMeta, provided: &ServiceMeta) -> bool {
    same(wanted.module, provided.module) && same(wanted.type_name, provided.type_name)
}
