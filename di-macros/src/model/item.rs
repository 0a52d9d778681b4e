//! A trait or struct that is a service, and a struct that is an extension point.

use proc_macro2::TokenStream;
use syn::parse::{ParseStream, Parser};
use syn::spanned::Spanned;
use syn::{Attribute, Generics, Ident, Path};

use super::Scope;
use super::arguments::{
    Arguments, CONSTRUCTED_BY, CRATE, ID, MULTITON, PLUGIN, PROVIDED_BY, SCOPE, SEALED,
};
use super::function::cfgs_of;
use super::id;
use crate::errors::Errors;
use crate::parse::{RawItem, RawItemKind};

/// A valid service.
pub(crate) struct ServiceItem {
    pub(crate) facade: Path,
    pub(crate) id: String,
    pub(crate) scope: Scope,
    pub(crate) is_sealed: bool,
    pub(crate) is_multiton: bool,
    pub(crate) provided_by: Option<String>,
    pub(crate) is_trait: bool,
    pub(crate) name: Ident,
    pub(crate) cfgs: Vec<Attribute>,
}

/// `#[service]`.
pub(crate) fn service(
    arguments: TokenStream,
    item: TokenStream,
) -> Result<ServiceItem, TokenStream> {
    let mut errors = Errors::new();
    let known = &[ID, SCOPE, SEALED, MULTITON, PROVIDED_BY, CRATE];
    let mut arguments = Arguments::new("service", known, arguments, &mut errors);
    let id = id::service(ID, "a service", &mut arguments, &mut errors);
    let scope = match arguments.text(SCOPE, &mut errors) {
        None => Scope::Plugin,
        Some(scope) => match scope.value().as_str() {
            "root" => Scope::Root,
            "plugin" => Scope::Plugin,
            _ => {
                errors.add(
                    scope.span(),
                    "a scope is `root` or `plugin`, which is the default",
                );
                Scope::Plugin
            }
        },
    };
    let sealed = arguments.flag(SEALED, &mut errors);
    let multiton = arguments.flag(MULTITON, &mut errors);
    if let (Some(_), Some(multiton)) = (sealed, multiton) {
        errors.add(
            multiton,
            "a service is `sealed` or `multiton`, not both: any number of factories may add to a `multiton` one",
        );
    }
    let provided_by = arguments
        .text(PROVIDED_BY, &mut errors)
        .map(|path| path.value());
    let facade = arguments.facade(&mut errors);
    let raw = raw_item(
        "`#[service]` goes on a trait or a struct",
        item,
        &mut errors,
    );
    let item = raw.zip(id).map(|(raw, id)| {
        let RawItem {
            attributes,
            kind,
            name,
            generics,
        } = raw;
        no_generics("a service", &generics, &mut errors);
        ServiceItem {
            facade,
            id,
            scope,
            is_sealed: sealed.is_some(),
            is_multiton: multiton.is_some(),
            provided_by,
            is_trait: kind == RawItemKind::Trait,
            name,
            cfgs: cfgs_of(&attributes),
        }
    });
    errors.finish(item)
}

/// A valid extension point.
pub(crate) struct PointItem {
    pub(crate) facade: Path,
    pub(crate) plugin: String,
    pub(crate) id: String,
    /// The path of the factory that makes it; none when its `Default` does.
    pub(crate) constructed_by: Option<String>,
    pub(crate) name: Ident,
    pub(crate) cfgs: Vec<Attribute>,
}

/// `#[extension_point]`.
pub(crate) fn extension_point(
    arguments: TokenStream,
    item: TokenStream,
) -> Result<PointItem, TokenStream> {
    let mut errors = Errors::new();
    let known = &[PLUGIN, ID, CONSTRUCTED_BY, CRATE];
    let mut arguments = Arguments::new("extension_point", known, arguments, &mut errors);
    let plugin = id::plugin(PLUGIN, "plugin", &mut arguments, &mut errors);
    let id = id::service(ID, "an extension point", &mut arguments, &mut errors);
    let constructed_by = arguments
        .text(CONSTRUCTED_BY, &mut errors)
        .map(|path| path.value());
    let facade = arguments.facade(&mut errors);
    let raw = raw_item("`#[extension_point]` goes on a struct", item, &mut errors);
    let item = raw.zip(plugin.zip(id)).map(|(raw, (plugin, id))| {
        let RawItem {
            attributes,
            kind,
            name,
            generics,
        } = raw;
        if kind == RawItemKind::Trait {
            errors.add(
                name.span(),
                "an extension point is a struct, not a trait: modules fill the value, its owner receives it",
            );
        }
        no_generics("an extension point", &generics, &mut errors);
        PointItem {
            facade,
            plugin,
            id,
            constructed_by,
            name,
            cfgs: cfgs_of(&attributes),
        }
    });
    errors.finish(item)
}

fn raw_item(wanted: &str, item: TokenStream, errors: &mut Errors) -> Option<RawItem> {
    let parser = |input: ParseStream<'_>| RawItem::parse(wanted, input);
    match parser.parse2(item) {
        Ok(raw) => Some(raw),
        Err(error) => {
            errors.push(error);
            None
        }
    }
}

fn no_generics(what: &str, generics: &Generics, errors: &mut Errors) {
    if let Some(generic) = generics.params.first() {
        errors.add(
            generic.span(),
            format!("{what} is one type: it cannot be generic, its id would name many"),
        );
    }
}
