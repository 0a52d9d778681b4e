//! `#[service]`.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::origin::{hash, import, origin, place};
use crate::model::{self, Scope, ServiceItem};

/// ```text
/// trait LoggerService { … }                       // as it was written
/// impl Service for dyn LoggerService {
///     const META: &'static ServiceMeta = &ServiceMeta { id: "core.logger", … };
///     type Arity = One;                           // or `Many`
/// }
/// ```
pub(crate) fn service(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let expansion = match model::service(arguments, item.clone()) {
        Ok(service) => expand(&service),
        Err(errors) => errors,
    };
    quote!(#item #expansion)
}

fn expand(service: &ServiceItem) -> TokenStream {
    let ServiceItem {
        facade,
        id,
        scope,
        is_sealed,
        is_multiton,
        provided_by,
        is_trait,
        name,
        cfgs,
    } = service;
    let ty = if *is_trait {
        quote_spanned!(name.span()=> dyn #name)
    } else {
        quote!(#name)
    };
    let type_name = if *is_trait {
        format!("dyn {name}")
    } else {
        name.to_string()
    };
    let scope = match scope {
        Scope::Root => quote!(Root),
        Scope::Plugin => quote!(Plugin),
    };
    let arity = if *is_multiton {
        quote!(Many)
    } else {
        quote!(One)
    };
    let provided_by = match provided_by {
        Some(path) => quote!(::core::option::Option::Some(#path)),
        None => quote!(::core::option::Option::None),
    };
    let place = place(name.span());
    let label = name.to_string();
    let (import, origin, key) = (import(facade), origin(), hash(&[id]));
    quote! {
        #(#cfgs)*
        const _: () = {
            #import
            #origin
            #[automatically_derived]
            impl __greenroom::Service for #ty {
                const META: &'static __greenroom::ServiceMeta = &__greenroom::ServiceMeta {
                    id: #id,
                    key: #key,
                    fingerprint: __ORIGIN.fingerprint(#label),
                    scope: __greenroom::Scope::#scope,
                    sealed: #is_sealed,
                    multiton: #is_multiton,
                    type_name: #type_name,
                    provided_by: #provided_by,
                    module: __ORIGIN.module,
                    place: #place,
                    type_id: __greenroom::type_id::<#ty>,
                };
                type Arity = __greenroom::#arity;
            }
        };
    }
}
