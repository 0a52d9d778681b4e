//! `#[extension_point]`.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};

use super::origin::{hash, import, origin, place};
use crate::model::{self, PointItem};

/// ```text
/// struct Sources { … }                            // as it was written
/// impl ExtensionPoint for Sources {
///     const META: &'static PointMeta = &PointMeta { service: …, plugin: "catalog", create: … };
/// }
/// impl Inject for Sources { … }                   // whoever offers it takes it by value
/// ```
///
/// The second impl stands here and not in the container, where one for every extension point would overlap
/// with the one for `&mut T`. The compiler shall not propose it for a type that is something else.
pub(crate) fn extension_point(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let expansion = match model::extension_point(arguments, item.clone()) {
        Ok(point) => expand(&point),
        Err(errors) => errors,
    };
    quote!(#item #expansion)
}

fn expand(point: &PointItem) -> TokenStream {
    let PointItem {
        facade,
        plugin,
        id,
        constructed_by,
        name,
        cfgs,
    } = point;
    let place = place(name.span());
    let label = name.to_string();
    let (provided_by, create) = match constructed_by {
        Some(path) => (
            quote!(::core::option::Option::Some(#path)),
            quote!(::core::option::Option::None),
        ),
        None => {
            // Where a missing `Default` is told.
            let span = name.span().resolved_at(Span::call_site());
            let create = quote_spanned!(span=> __greenroom::default_point::<#name>);
            (
                quote!(::core::option::Option::None),
                quote!(::core::option::Option::Some(#create)),
            )
        }
    };
    let (import, origin) = (import(facade), origin());
    let (key, plugin_key) = (hash(&[id]), hash(&[plugin]));
    quote! {
        #(#cfgs)*
        const _: () = {
            #import
            #origin
            // Beside the impls: one that asks the other for it would tell a struct that is not `Send` twice.
            const __META: &__greenroom::PointMeta = &__greenroom::PointMeta {
                service: __greenroom::ServiceMeta {
                    id: #id,
                    key: #key,
                    fingerprint: __ORIGIN.fingerprint(#label),
                    scope: __greenroom::Scope::Plugin,
                    sealed: false,
                    multiton: false,
                    type_name: #label,
                    provided_by: #provided_by,
                    module: __ORIGIN.module,
                    place: #place,
                    type_id: ::core::any::TypeId::of::<#name>,
                },
                plugin: #plugin,
                plugin_key: #plugin_key,
                create: #create,
            };
            #[automatically_derived]
            impl __greenroom::ExtensionPoint for #name {
                const META: &'static __greenroom::PointMeta = __META;
            }

            #[automatically_derived]
            #[diagnostic::do_not_recommend]
            impl __greenroom::Inject for #name {
                const REQUEST: &'static __greenroom::Request =
                    &__greenroom::Request::of::<Self>(__greenroom::Need::Offer(__META));

                fn receive(
                    __supply: __greenroom::Supply<'_>,
                ) -> ::core::result::Result<Self, __greenroom::BoxError> {
                    __supply.point::<Self>()
                }
            }
        };
    }
}
