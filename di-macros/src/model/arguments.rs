//! The arguments of an attribute: each key at most once, none that is unknown.

use proc_macro2::{Span, TokenStream};
use syn::parse::Parse;
use syn::{LitStr, Path, parse_quote};

use crate::errors::Errors;
use crate::parse::{RawArgument, RawArguments};

// The keys of the attributes.
pub(crate) const CONSTRUCTED_BY: &str = "constructed_by";
pub(crate) const CRATE: &str = "crate";
pub(crate) const EAGER: &str = "eager";
pub(crate) const ID: &str = "id";
pub(crate) const LAZY: &str = "lazy";
pub(crate) const MULTITON: &str = "multiton";
pub(crate) const PLUGIN: &str = "plugin";
pub(crate) const PROVIDED_BY: &str = "provided_by";
pub(crate) const SCOPE: &str = "scope";
pub(crate) const SEALED: &str = "sealed";

/// The arguments of one attribute, to be taken out key by key.
pub(crate) struct Arguments {
    attribute: &'static str,
    known: &'static [&'static str],
    given: Vec<RawArgument>,
}

impl Arguments {
    pub(crate) fn new(
        attribute: &'static str,
        known: &'static [&'static str],
        tokens: TokenStream,
        errors: &mut Errors,
    ) -> Self {
        let given = match syn::parse2::<RawArguments>(tokens) {
            Ok(RawArguments(given)) => given,
            Err(error) => {
                errors.push(error);
                Vec::new()
            }
        };
        let mut kept: Vec<RawArgument> = Vec::new();
        for argument in given {
            let key = argument.key.to_string();
            if !known.contains(&key.as_str()) {
                let known = known.join("`, `");
                errors.add(
                    argument.key.span(),
                    format!("`#[{attribute}]` has no key `{key}`; it has `{known}`"),
                );
            } else if kept.iter().any(|earlier| earlier.key == argument.key) {
                errors.add(argument.key.span(), format!("`{key}` is given twice"));
            } else {
                kept.push(argument);
            }
        }
        Self {
            attribute,
            known,
            given: kept,
        }
    }

    /// The value of a key that takes text.
    pub(crate) fn text(&mut self, key: &'static str, errors: &mut Errors) -> Option<LitStr> {
        self.value(key, "text in quotes", errors)
    }

    /// The value of a key that must be there and takes text.
    pub(crate) fn required_text(
        &mut self,
        key: &'static str,
        errors: &mut Errors,
    ) -> Option<LitStr> {
        if !self.given.iter().any(|argument| argument.key == key) {
            let attribute = self.attribute;
            errors.add(
                Span::call_site(),
                format!("`#[{attribute}]` needs `{key}`: add `{key} = \"…\"`"),
            );
        }
        self.text(key, errors)
    }

    /// The path of the facade: `::greenroom` unless `crate = …` says another.
    pub(crate) fn facade(&mut self, errors: &mut Errors) -> Path {
        let path: Option<ModPath> = self.value(CRATE, "the path of the crate `greenroom`", errors);
        path.map_or_else(|| parse_quote!(::greenroom), |path| path.0)
    }

    /// A key without a value, with its span.
    pub(crate) fn flag(&mut self, key: &'static str, errors: &mut Errors) -> Option<Span> {
        let RawArgument { key, value } = self.take(key)?;
        if value.is_some() {
            errors.add(key.span(), format!("`{key}` takes no value"));
        }
        Some(key.span())
    }

    fn value<T: Parse>(
        &mut self,
        key: &'static str,
        wanted: &str,
        errors: &mut Errors,
    ) -> Option<T> {
        let RawArgument { key, value } = self.take(key)?;
        let parsed = value.clone().and_then(|value| syn::parse2::<T>(value).ok());
        if parsed.is_none() {
            let span = value
                .and_then(|value| value.into_iter().next())
                .map_or_else(|| key.span(), |token| token.span());
            errors.add(span, format!("`{key}` takes {wanted}"));
        }
        parsed
    }

    fn take(&mut self, key: &'static str) -> Option<RawArgument> {
        debug_assert!(
            self.known.contains(&key),
            "a key is taken that is not known"
        );
        let at = self.given.iter().position(|argument| argument.key == key)?;
        Some(self.given.remove(at))
    }
}

struct ModPath(Path);

impl Parse for ModPath {
    fn parse(input: syn::parse::ParseStream<'_>) -> syn::Result<Self> {
        input.call(Path::parse_mod_style).map(Self)
    }
}
