//! All mistakes of an item at once, each under its token.

use proc_macro2::{Span, TokenStream};
use std::fmt::Display;

/// Collects mistakes. Whoever makes one must look at what it collected: dropping it unread panics, so
/// that no mistake can vanish.
pub(crate) struct Errors {
    found: Option<Vec<syn::Error>>,
}

impl Errors {
    pub(crate) fn new() -> Self {
        Self {
            found: Some(Vec::new()),
        }
    }

    pub(crate) fn add(&mut self, span: Span, message: impl Display) {
        self.push(syn::Error::new(span, message));
    }

    pub(crate) fn push(&mut self, error: syn::Error) {
        if let Some(found) = &mut self.found {
            found.push(error);
        }
    }

    /// The value when nothing was wrong, else all mistakes as `compile_error!`s.
    pub(crate) fn finish<T>(mut self, value: Option<T>) -> Result<T, TokenStream> {
        let found = self.found.take().unwrap_or_default();
        match value {
            Some(value) if found.is_empty() => Ok(value),
            _ => Err(found.iter().map(syn::Error::to_compile_error).collect()),
        }
    }
}

impl Drop for Errors {
    fn drop(&mut self) {
        assert!(
            self.found.is_none() || std::thread::panicking(),
            "nobody looked at the mistakes that were found"
        );
    }
}
