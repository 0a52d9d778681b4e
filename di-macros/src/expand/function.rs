//! `#[backend_plugin]` and `#[service_factory]`: a function as data, and a function that runs it.

use proc_macro2::{Literal, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Ident, Type, parse_quote};

use super::origin::{hash, import, place, position};
use crate::model::{self, Broken, Function, Initialization, Parameter};

/// See [`expand`].
pub(crate) fn backend_plugin(arguments: TokenStream, item: TokenStream) -> TokenStream {
    annotate(model::plugin(arguments, item.clone()), &item)
}

/// See [`expand`].
pub(crate) fn service_factory(arguments: TokenStream, item: TokenStream) -> TokenStream {
    annotate(model::factory(arguments, item.clone()), &item)
}

fn annotate(function: Result<Function, Box<Broken>>, item: &TokenStream) -> TokenStream {
    let expansion = match &function {
        Ok(function) => expand(function),
        Err(broken) => expand_broken(broken),
    };
    quote!(#item #expansion)
}

/// ```text
/// pub async fn plugin(logger: Logger) -> Result<()> { … }     // as it was written
/// pub struct plugin {}
/// const _: () = {
///     impl Listed for plugin { const LISTING: Listing = Listing::Feature(Feature { meta: …, run }); }
///     fn run(injector: Injector) -> Run { run_async(injector, plugin, outcome) }
/// };
/// ```
///
/// The type has braces: a unit struct would also be a value, and collide with parameters of its name.
fn expand(function: &Function) -> TokenStream {
    let Function {
        facade,
        id,
        initialization,
        name,
        visibility,
        cfgs,
        is_async,
        parameters,
        returns,
    } = function;
    let returned: Type = returns.clone().unwrap_or_else(|| parse_quote!(()));
    let span = returned.span();
    let (kind, id, key, outcome, provides) = match id {
        Some(id) => (
            quote!(Plugin),
            quote!(#id),
            hash(id),
            quote_spanned!(span=> <#returned as __greenroom::Outcome>::outcome),
            quote!(::core::option::Option::None),
        ),
        None => (
            quote!(Factory),
            quote!(::core::concat!(
                ::core::module_path!(),
                "::",
                ::core::stringify!(#name)
            )),
            // Factories are found by what they provide.
            Literal::u64_unsuffixed(0),
            quote_spanned!(span=> <#returned as __greenroom::Provide>::provide),
            quote_spanned! {span=>
                ::core::option::Option::Some(<#returned as __greenroom::Provide>::SERVICE)
            },
        ),
    };
    let initialization = match initialization {
        Initialization::Lazy => quote!(Lazy),
        Initialization::Eager => quote!(Eager),
    };
    let here = place(name.span());
    let import = import(facade);
    let dependencies = parameters.iter().map(dependency);
    let run = if *is_async {
        quote!(run_async)
    } else {
        quote!(run_sync)
    };
    let marker = marker(name, visibility, cfgs);
    quote! {
        #marker
        #(#cfgs)*
        const _: () = {
            #import
            #[automatically_derived]
            impl __greenroom::Listed for #name {
                const LISTING: __greenroom::Listing =
                    __greenroom::Listing::Feature(__greenroom::Feature {
                        meta: &__greenroom::FeatureMeta {
                            kind: __greenroom::Kind::#kind,
                            id: #id,
                            key: #key,
                            provides: #provides,
                            dependencies: &[#(#dependencies),*],
                            initialization: __greenroom::Initialization::#initialization,
                            place: #here,
                        },
                        run: __greenroom_run,
                    });
            }

            fn __greenroom_run(__injector: __greenroom::Injector) -> __greenroom::Run {
                __greenroom::#run(__injector, #name, #outcome)
            }
        };
    }
}

fn dependency(parameter: &Parameter) -> TokenStream {
    let Parameter {
        name,
        ty,
        spelled,
        cfgs,
    } = parameter;
    let label = name.to_string();
    let (line, column) = position(name.span());
    let request = quote_spanned!(ty.span()=> <#ty as __greenroom::Inject>::REQUEST);
    quote! {
        #(#cfgs)*
        __greenroom::Dependency {
            request: #request,
            name: #label,
            spelled: #spelled,
            line: #line,
            column: #column,
        }
    }
}

/// The type that `backend!` names: in the type namespace, beside the function of the same name.
fn marker(name: &Ident, visibility: &syn::Visibility, cfgs: &[syn::Attribute]) -> TokenStream {
    // With the macro's own span the lints on names and unused items leave it alone.
    let name = Ident::new(
        &name.to_string(),
        name.span().resolved_at(Span::call_site()),
    );
    quote! {
        #(#cfgs)*
        #[doc(hidden)]
        #[allow(
            non_camel_case_types,
            dead_code,
            unreachable_pub,
            reason = "it stands for the function, which the lints look at"
        )]
        #visibility struct #name {}
    }
}

/// After a mistake the type is there all the same and lists nothing, so that `backend!` has nothing to
/// add to what was said.
fn expand_broken(broken: &Broken) -> TokenStream {
    let Broken { errors, rest } = broken;
    let rest = rest.as_ref().map(|(facade, name, visibility, cfgs)| {
        let marker = marker(name, visibility, cfgs);
        quote! {
            #marker
            #(#cfgs)*
            impl #facade::__private::Listed for #name {
                const LISTING: #facade::__private::Listing = #facade::__private::NOTHING;
            }
        }
    });
    quote!(#errors #rest)
}
