//! The macros of greenroom: an implementation detail of the facade, which documents each of them.
//!
//! Every macro is parse → model → expand. `parse` keeps what was written, with its spans and with bodies
//! unread; `model` is the only stage that says no, and says all it has to say at once; `expand` cannot
//! fail. All of it works on `proc_macro2` and is tested without a compiler.

use proc_macro::TokenStream;

mod errors;
mod expand;
mod model;
mod parse;
mod spell;

/// Makes a trait or a struct a service. Documented at `greenroom::service`.
#[proc_macro_attribute]
pub fn service(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand::service(arguments.into(), item.into()).into()
}

/// Makes a function a factory of the service that it returns. Documented at `greenroom::service_factory`.
#[proc_macro_attribute]
pub fn service_factory(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand::service_factory(arguments.into(), item.into()).into()
}

/// Makes a function a decorator of the service that it returns. Documented at `greenroom::service_decorator`.
#[proc_macro_attribute]
pub fn service_decorator(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand::service_decorator(arguments.into(), item.into()).into()
}

/// Makes a struct an extension point of a plugin. Documented at `greenroom::extension_point`.
#[proc_macro_attribute]
pub fn extension_point(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand::extension_point(arguments.into(), item.into()).into()
}

/// Makes a function a plugin. Documented at `greenroom::backend_plugin`.
#[proc_macro_attribute]
pub fn backend_plugin(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand::backend_plugin(arguments.into(), item.into()).into()
}

/// Makes a function a module of a plugin. Documented at `greenroom::backend_module`.
#[proc_macro_attribute]
pub fn backend_module(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand::backend_module(arguments.into(), item.into()).into()
}

/// Names a list of features. Documented at `greenroom::features`.
#[proc_macro]
pub fn features(input: TokenStream) -> TokenStream {
    expand::features(input.into()).into()
}

/// Composes a backend. Documented at `greenroom::backend`.
#[proc_macro]
pub fn backend(input: TokenStream) -> TokenStream {
    expand::backend(input.into()).into()
}

/// Checks the wiring of a list of features. Documented at `greenroom::assert_wired`.
#[proc_macro]
pub fn assert_wired(input: TokenStream) -> TokenStream {
    expand::assert_wired(input.into()).into()
}

/// Composes a backend for a test. Documented at `greenroom_test_kit::test_backend`.
#[proc_macro]
pub fn test_backend(input: TokenStream) -> TokenStream {
    expand::test_backend(input.into()).into()
}
