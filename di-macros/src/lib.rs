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

/// Makes a function a plugin. Documented at `greenroom::backend_plugin`.
#[proc_macro_attribute]
pub fn backend_plugin(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand::backend_plugin(arguments.into(), item.into()).into()
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
