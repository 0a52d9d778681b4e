//! Where a token stands, as an expression.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::Path;

/// A `Place` of the token with this span: the span decides what `file!()` and its kin answer.
pub(crate) fn place(facade: &Path, span: Span) -> TokenStream {
    let file = quote_spanned!(span=> ::core::file!());
    let line = quote_spanned!(span=> ::core::line!());
    let column = quote_spanned!(span=> ::core::column!());
    quote! {
        #facade::__private::Place {
            package: #facade::__private::text(::core::option_env!("CARGO_PKG_NAME")),
            version: #facade::__private::text(::core::option_env!("CARGO_PKG_VERSION")),
            file: #file,
            line: #line,
            column: #column,
        }
    }
}

/// What tells this declaration from every other: two copies of a crate, and one file in two targets,
/// come to different numbers.
pub(crate) fn fingerprint(facade: &Path, name: &str) -> TokenStream {
    quote! {
        #facade::__private::fingerprint(
            ::core::module_path!(),
            #name,
            ::core::option_env!("CARGO_PKG_VERSION"),
            ::core::option_env!("CARGO_BIN_NAME"),
            ::core::cfg!(test),
        )
    }
}
