//! Where generated code comes from: the preamble that every expansion begins with, and places.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::Path;

/// Short names for the rest of an expansion: `__greenroom` is the support module of the facade,
/// `__ORIGIN` the crate and module that the code stands in.
pub(crate) fn preamble(facade: &Path) -> TokenStream {
    quote! {
        use #facade::__private as __greenroom;
        const __ORIGIN: __greenroom::Origin = __greenroom::Origin {
            package: ::core::option_env!("CARGO_PKG_NAME"),
            version: ::core::option_env!("CARGO_PKG_VERSION"),
            binary: ::core::option_env!("CARGO_BIN_NAME"),
            module: ::core::module_path!(),
            test: ::core::cfg!(test),
        };
    }
}

/// The place of the token with this span, which decides what `file!()` and its kin answer.
pub(crate) fn place(span: Span) -> TokenStream {
    let file = quote_spanned!(span=> ::core::file!());
    let line = quote_spanned!(span=> ::core::line!());
    let column = quote_spanned!(span=> ::core::column!());
    quote!(__ORIGIN.place(#file, #line, #column))
}
