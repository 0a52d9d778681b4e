//! Where generated code comes from: places, and what tells a declaration from its copies.
//!
//! A thousand plugins have ten thousand parameters, so places are literals as far as they can be: a macro
//! call or a constant of its own for each is what a large backend would spend its `cargo check` on.

use proc_macro2::{Literal, Span, TokenStream};
use quote::{ToTokens as _, quote, quote_spanned};

/// What cargo says about the crate that is compiled; empty where it says nothing, and in a test.
fn cargo(variable: &str) -> String {
    if proc_macro::is_available() {
        std::env::var(variable).unwrap_or_default()
    } else {
        String::new()
    }
}

/// The place of the token with this span.
pub(crate) fn place(span: Span) -> TokenStream {
    let package = cargo("CARGO_PKG_NAME");
    let version = cargo("CARGO_PKG_VERSION");
    let file = quote_spanned!(span=> ::core::file!());
    let (line, column) = position(span);
    quote! {
        __greenroom::Place {
            package: #package,
            version: #version,
            file: #file,
            line: #line,
            column: #column,
        }
    }
}

/// Line and column of the token with this span. Outside of a compiler, in a test, there are none.
pub(crate) fn position(span: Span) -> (TokenStream, TokenStream) {
    if proc_macro::is_available() {
        let span = span.unwrap();
        let number = |number| {
            let number = u32::try_from(number).unwrap_or(u32::MAX);
            Literal::u32_unsuffixed(number).into_token_stream()
        };
        (number(span.line()), number(span.column()))
    } else {
        let line = quote_spanned!(span=> ::core::line!());
        let column = quote_spanned!(span=> ::core::column!());
        (line, column)
    }
}

/// What tells this declaration from its copies.
pub(crate) fn origin() -> TokenStream {
    let version = cargo("CARGO_PKG_VERSION");
    let binary = cargo("CARGO_BIN_NAME");
    quote! {
        const __ORIGIN: __greenroom::Origin = __greenroom::Origin {
            module: ::core::module_path!(),
            version: #version,
            binary: #binary,
            test: ::core::cfg!(test),
        };
    }
}

/// FNV-1a over the parts, as the container computes it: a literal spares the compiler the loop.
pub(crate) fn hash(parts: &[&str]) -> Literal {
    let bytes = parts.iter().flat_map(|part| part.bytes().chain([0xff]));
    let value = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |value, byte| {
        (value ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    Literal::u64_unsuffixed(value)
}

/// The short name for the support module of the facade.
pub(crate) fn import(facade: &syn::Path) -> TokenStream {
    quote!(use #facade::__private as __greenroom;)
}
