//! Where generated code comes from: the preamble that every expansion begins with, and places.

use proc_macro2::{Literal, Span, TokenStream};
use quote::{ToTokens as _, quote, quote_spanned};
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

/// The place of the token with this span, which decides what `file!()` answers.
pub(crate) fn place(span: Span) -> TokenStream {
    let file = quote_spanned!(span=> ::core::file!());
    let (line, column) = position(span);
    quote!(__ORIGIN.place(#file, #line, #column))
}

/// Line and column of the token with this span. A number for each parameter of a thousand plugins is much
/// less work for the compiler than a macro call; outside of a compiler, in a test, there are no numbers.
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
