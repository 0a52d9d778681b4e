//! The attributes of functions: a function as data, and a function that runs it.

use proc_macro2::{Literal, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Ident, Type, parse_quote};

use super::origin::{hash, import, place, position};
use crate::model::{self, Broken, Function, Initialization, Parameter, Role};

/// See [`expand`].
pub(crate) fn backend_plugin(arguments: TokenStream, item: TokenStream) -> TokenStream {
    annotate(model::plugin(arguments, item.clone()), &item)
}

/// See [`expand`].
pub(crate) fn backend_module(arguments: TokenStream, item: TokenStream) -> TokenStream {
    annotate(model::module(arguments, item.clone()), &item)
}

/// See [`expand`].
pub(crate) fn service_factory(arguments: TokenStream, item: TokenStream) -> TokenStream {
    annotate(model::factory(arguments, item.clone()), &item)
}

/// See [`expand`].
pub(crate) fn service_decorator(arguments: TokenStream, item: TokenStream) -> TokenStream {
    annotate(model::decorator(arguments, item.clone()), &item)
}

fn annotate(function: Result<Function, Box<Broken>>, item: &TokenStream) -> TokenStream {
    match &function {
        Ok(function) => {
            let expansion = expand(function);
            quote! {
                #[allow(
                    clippy::too_many_arguments,
                    reason = "each is a service that it needs, and nobody calls it by hand"
                )]
                #item
                #expansion
            }
        }
        Err(broken) => {
            let expansion = expand_broken(broken);
            quote!(#item #expansion)
        }
    }
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
        role,
        name,
        visibility,
        cfgs,
        is_async: _,
        parameters,
        returns: _,
    } = function;
    let Identity {
        kind,
        id,
        key,
        plugin,
        plugin_key,
        initialization,
    } = identity(role, name);
    let (provides, outcome) = result(function);
    let run = run(function, &outcome);
    let here = place(name.span());
    let import = import(facade);
    let dependencies = parameters.iter().map(dependency);
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
                            plugin: #plugin,
                            plugin_key: #plugin_key,
                            provides: #provides,
                            dependencies: &[#(#dependencies),*],
                            initialization: __greenroom::Initialization::#initialization,
                            place: #here,
                        },
                        run: __greenroom_run,
                    });
            }

            #run
        };
    }
}

/// What the graph tells a function by.
struct Identity<'a> {
    kind: TokenStream,
    id: TokenStream,
    key: Literal,
    plugin: &'a str,
    plugin_key: Literal,
    initialization: TokenStream,
}

fn identity<'a>(role: &'a Role, name: &Ident) -> Identity<'a> {
    let none = Literal::u64_unsuffixed(0);
    let path = quote!(::core::concat!(
        ::core::module_path!(),
        "::",
        ::core::stringify!(#name)
    ));
    let (kind, id, key) = match role {
        Role::Plugin { id } => (quote!(Plugin), quote!(#id), hash(&[id])),
        Role::Module { plugin, id } => (quote!(Module), quote!(#id), hash(&[plugin, id])),
        // Both are found by the service that they return.
        Role::Factory(_) => (quote!(Factory), path, none.clone()),
        Role::Decorator => (quote!(Decorator), path, none.clone()),
    };
    let (plugin, plugin_key) = match role {
        Role::Module { plugin, id: _ } => (&**plugin, hash(&[plugin])),
        Role::Plugin { .. } | Role::Factory(_) | Role::Decorator => ("", none),
    };
    let initialization = match role {
        Role::Factory(Initialization::Eager) => quote!(Eager),
        _ => quote!(Lazy),
    };
    Identity {
        kind,
        id,
        key,
        plugin,
        plugin_key,
        initialization,
    }
}

/// What the function provides, and what turns its return value into what the container keeps.
fn result(function: &Function) -> (TokenStream, TokenStream) {
    let returned: Type = match &function.returns {
        Some(returned) => returned.clone(),
        None => parse_quote!(()),
    };
    let span = returned.span();
    match function.role {
        Role::Plugin { .. } | Role::Module { .. } => (
            quote!(::core::option::Option::None),
            quote_spanned!(span=> <#returned as __greenroom::Outcome>::outcome),
        ),
        Role::Factory(_) | Role::Decorator => (
            quote_spanned! {span=>
                ::core::option::Option::Some(<#returned as __greenroom::Provide>::SERVICE)
            },
            quote_spanned!(span=> <#returned as __greenroom::Provide>::provide),
        ),
    }
}

/// The function that the container runs: a generic call where one will do, for its price.
fn run(function: &Function, outcome: &TokenStream) -> TokenStream {
    let Function {
        name,
        is_async,
        parameters,
        ..
    } = function;
    if parameters.iter().any(|parameter| parameter.lent.is_some()) {
        return run_with_lent(function, outcome);
    }
    let run = if *is_async {
        quote!(run_async)
    } else {
        quote!(run_sync)
    };
    quote! {
        fn __greenroom_run(__injector: __greenroom::Injector) -> __greenroom::Run {
            __greenroom::#run(__injector, #name, #outcome)
        }
    }
}

/// ```text
/// fn run(mut injector: Injector) -> Run {
///     Box::pin(async move {
///         let mut __0 = injector.lend::<Sources>()?;
///         let __1 = injector.take::<Logger>()?;
///         drop(injector);
///         let returned = module(&mut *__0, __1).await;
///         outcome(returned)
///     })
/// }
/// ```
///
/// No generic call can say that what the function returns borrows from what it was given.
fn run_with_lent(function: &Function, outcome: &TokenStream) -> TokenStream {
    let Function {
        name,
        is_async,
        parameters,
        ..
    } = function;
    // One identifier for all: a parameter's type may come from a `macro_rules!`, with other hygiene.
    let injector = Ident::new("__injector", Span::call_site());
    // Not called like the parameters: a local `logger` would shadow a function `logger`.
    let locals: Vec<Ident> = (0..parameters.len())
        .map(|at| format_ident!("__{at}"))
        .collect();
    let received = parameters.iter().zip(&locals).map(|(parameter, local)| {
        let Parameter { ty, lent, cfgs, .. } = parameter;
        match lent {
            Some(point) => {
                let lend = quote_spanned! {point.span()=>
                    <#point as __greenroom::ExtensionPoint>::lend(&mut #injector)?
                };
                quote!(#(#cfgs)* let mut #local = #lend;)
            }
            None => quote!(#(#cfgs)* let #local = #injector.take::<#ty>()?;),
        }
    });
    let arguments = parameters.iter().zip(&locals).map(|(parameter, local)| {
        let Parameter { lent, cfgs, .. } = parameter;
        match lent {
            Some(_) => quote!(#(#cfgs)* &mut *#local),
            None => quote!(#(#cfgs)* #local),
        }
    });
    let awaited = is_async.then(|| quote!(.await));
    // A future that cannot be sent is told at the function's name.
    let span = name.span().resolved_at(Span::call_site());
    quote_spanned! {span=>
        fn __greenroom_run(mut #injector: __greenroom::Injector) -> __greenroom::Run {
            ::std::boxed::Box::pin(async move {
                #(#received)*
                ::core::mem::drop(#injector);
                let __returned = #name(#(#arguments),*) #awaited;
                #outcome(__returned)
            })
        }
    }
}

fn dependency(parameter: &Parameter) -> TokenStream {
    let Parameter {
        name,
        ty,
        spelled,
        lent,
        cfgs,
    } = parameter;
    let label = name.to_string();
    let (line, column) = position(name.span());
    let request = match lent {
        Some(point) => {
            quote_spanned!(point.span()=> <#point as __greenroom::ExtensionPoint>::LENT)
        }
        None => quote_spanned!(ty.span()=> <#ty as __greenroom::Inject>::REQUEST),
    };
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
