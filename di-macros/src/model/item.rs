//! A trait or struct that is a service.

use proc_macro2::TokenStream;
use syn::spanned::Spanned;
use syn::{Attribute, Ident, Path};

use super::Scope;
use super::arguments::{Arguments, CRATE, ID, PROVIDED_BY, SCOPE, SEALED};
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
    let known = &[ID, SCOPE, SEALED, PROVIDED_BY, CRATE];
    let mut arguments = Arguments::new("service", known, arguments, &mut errors);
    let service_id = arguments.required_text(ID, &mut errors);
    if let Some(service_id) = &service_id
        && let Some(mistake) = id::service_mistake(&service_id.value())
    {
        errors.add(service_id.span(), mistake);
    }
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
    let is_sealed = arguments.flag(SEALED, &mut errors).is_some();
    let provided_by = arguments
        .text(PROVIDED_BY, &mut errors)
        .map(|path| path.value());
    let facade = arguments.facade(&mut errors);
    let raw = match syn::parse2::<RawItem>(item) {
        Ok(raw) => Some(raw),
        Err(error) => {
            errors.push(error);
            None
        }
    };
    let item = raw.zip(service_id).map(|(raw, id)| {
        let RawItem {
            attributes,
            kind,
            name,
            generics,
        } = raw;
        if let Some(generic) = generics.params.first() {
            errors.add(
                generic.span(),
                "a service is one type: it cannot be generic, its id would name many",
            );
        }
        ServiceItem {
            facade,
            id: id.value(),
            scope,
            is_sealed,
            provided_by,
            is_trait: kind == RawItemKind::Trait,
            name,
            cfgs: cfgs_of(&attributes),
        }
    });
    errors.finish(item)
}
