//! `backend!` and `features!`.

use std::collections::HashMap;

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Path, parse_quote};

use super::place::place;
use crate::model::cfgs_of;
use crate::parse::{RawBackend, RawEntry, RawFeatures, RawList};
use crate::spell::spell;

/// ```ignore
/// {
///     const ENTRIES: &[Entry] = &[Entry { spelled: "example::plugin", listing: …, place: …, … }];
///     const COUNT: usize = count(ENTRIES);
///     const NODES: &[Node; COUNT] = &flatten(ENTRIES);
///     const PLAN: &Plan<COUNT, { dependencies(NODES) }> = &Plan::of(NODES);
///     const example_plugin: () = verdict(&PLAN.graph(NODES), 0);      // one for each entry
///     static KEPT: [Node; COUNT] = prune(NODES, &PLAN.state);
///     Backend::checked(PLAN.graph(&KEPT))
/// }
/// ```
pub(crate) fn backend(input: TokenStream) -> TokenStream {
    let RawBackend { facade, entries } = match syn::parse2::<RawBackend>(input) {
        Ok(raw) => raw,
        Err(error) => return error.to_compile_error(),
    };
    let facade = facade.unwrap_or_else(|| parse_quote!(::greenroom));
    let listed = entries
        .iter()
        .enumerate()
        .map(|(position, raw)| entry(&facade, position, raw));
    let verdicts = verdicts(&entries);
    quote! {
        {
            use #facade::__private::{
                Entry as __Entry, Node as __Node, Plan as __Plan, count as __count,
                dependencies as __dependencies, flatten as __flatten, prune as __prune,
                verdict as __verdict,
            };
            const __ENTRIES: &[__Entry] = &[#(#listed),*];
            const __COUNT: usize = __count(__ENTRIES);
            #[allow(long_running_const_eval)]
            const __NODES: &[__Node; __COUNT] = &__flatten(__ENTRIES);
            const __EDGES: usize = __dependencies(__NODES);
            #[allow(long_running_const_eval)]
            const __PLAN: &__Plan<__COUNT, __EDGES> = &__Plan::of(__NODES);
            #verdicts
            static __KEPT: [__Node; __COUNT] = __prune(__NODES, &__PLAN.state);
            #facade::__private::backend(__PLAN.graph(&__KEPT))
        }
    }
}

/// A constant for each entry, named after it and spanned as it: that is what an error underlines.
fn verdicts(entries: &[RawEntry]) -> TokenStream {
    let mut names = HashMap::new();
    let verdicts = entries.iter().enumerate().map(|(position, entry)| {
        let position = u32::try_from(position).unwrap_or(u32::MAX);
        let (first, last) = entry.ends();
        let name = constant_name(&entry.path, &mut names);
        let verdict = Ident::new("__verdict", first);
        let mut arguments = Group::new(
            Delimiter::Parenthesis,
            quote!(&__PLAN.graph(__NODES), #position),
        );
        arguments.set_span(last);
        let cfgs = cfgs_of(&entry.attributes);
        quote! {
            #(#cfgs)*
            #[allow(non_upper_case_globals, dead_code, long_running_const_eval)]
            const #name: () = #verdict #arguments;
        }
    });
    verdicts.collect()
}

/// `example_backend::plugin` becomes `example_backend_plugin`, and `…_2` the second time.
fn constant_name(path: &Path, names: &mut HashMap<String, usize>) -> Ident {
    let segments: Vec<String> = path
        .segments
        .iter()
        .map(|segment| segment.ident.to_string())
        .collect();
    let from = segments.len().saturating_sub(2);
    let name = segments[from..].join("_").replace("r#", "");
    let times = names.entry(name.clone()).or_insert(0);
    *times += 1;
    match *times {
        1 => format_ident!("{name}", span = Span::call_site()),
        times => format_ident!("{name}_{times}", span = Span::call_site()),
    }
}

fn entry(facade: &Path, position: usize, entry: &RawEntry) -> TokenStream {
    let RawEntry { attributes, path } = entry;
    let cfgs = cfgs_of(attributes);
    let spelled = spell(path);
    let here = place(facade, entry.ends().0);
    let position = u32::try_from(position).unwrap_or(u32::MAX);
    let listing = quote_spanned!(path.span()=> <#path as #facade::__private::Listed>::LISTING);
    quote! {
        #(#cfgs)*
        #facade::__private::Entry {
            spelled: #spelled,
            listing: #listing,
            place: #here,
            position: #position,
        }
    }
}

/// ```ignore
/// pub struct defaults {}
/// impl Listed for defaults { const LISTING: Listing = Listing::Set(&FeatureSet { … }); }
/// ```
pub(crate) fn features(input: TokenStream) -> TokenStream {
    let RawFeatures { facade, lists } = match syn::parse2::<RawFeatures>(input) {
        Ok(raw) => raw,
        Err(error) => return error.to_compile_error(),
    };
    let facade = facade.unwrap_or_else(|| parse_quote!(::greenroom));
    lists.iter().map(|raw| list(&facade, raw)).collect()
}

fn list(facade: &Path, list: &RawList) -> TokenStream {
    let RawList {
        attributes,
        visibility,
        name,
        entries,
    } = list;
    let (markers, attributes): (Vec<_>, Vec<_>) = attributes
        .iter()
        .partition(|attribute| attribute.path().is_ident("overridable"));
    let precedence = if markers.is_empty() {
        quote!(Explicit)
    } else {
        quote!(Overridable)
    };
    let cfgs = attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("cfg"));
    let label = name.to_string();
    let listed = entries
        .iter()
        .enumerate()
        .map(|(position, raw)| entry(facade, position, raw));
    quote! {
        #(#attributes)*
        #[allow(non_camel_case_types)]
        #visibility struct #name {}

        #(#cfgs)*
        #[automatically_derived]
        impl #facade::__private::Listed for #name {
            const LISTING: #facade::__private::Listing =
                #facade::__private::Listing::Set(&#facade::__private::FeatureSet {
                    name: ::core::concat!(::core::module_path!(), "::", #label),
                    precedence: #facade::__private::Precedence::#precedence,
                    entries: &[#(#listed),*],
                });
        }
    }
}
