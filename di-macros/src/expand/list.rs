//! `backend!`, `assert_wired!`, `test_backend!` and `features!`.

use std::collections::HashMap;

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Path, parse_quote};

use super::origin::{import, place};
use crate::model::cfgs_of;
use crate::parse::{RawBackend, RawEntry, RawFeatures, RawList};
use crate::spell::spell;

/// ```text
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
    let raw = match syn::parse2::<RawBackend>(input) {
        Ok(raw) => raw,
        Err(error) => return error.to_compile_error(),
    };
    let checked = checked(&raw, Entries::AsListed);
    quote! {
        {
            #checked
            static __KEPT: [__greenroom::Node; __COUNT] =
                __greenroom::prune(__NODES, &__PLAN.state);
            __greenroom::backend(__PLAN.graph(&__KEPT))
        }
    }
}

/// The same without a backend: an item, so that it can stand in a module and in a function.
pub(crate) fn assert_wired(input: TokenStream) -> TokenStream {
    let raw = match syn::parse2::<RawBackend>(input) {
        Ok(raw) => raw,
        Err(error) => return error.to_compile_error(),
    };
    let checked = checked(&raw, Entries::AsListed);
    quote! {
        const _: () = { #checked };
    }
}

/// The same for a test: with the kit's own list of defaults, and with a stand-in for each plugin that is
/// extended and not listed.
///
/// ```text
/// {
///     const LISTED: &[Entry] = &[Entry { spelled: "example::module", … }];
///     const FOUND: &[Node] = &flatten(LISTED);
///     const REQUESTS: &[Request] = &requests(FOUND);                  // what the stand-ins take
///     const TAKEN: &[Dependency] = &taken(REQUESTS);
///     const STAND_INS: &[FeatureMeta] = &stand_ins(FOUND, TAKEN);
///     const ENTRIES: &[Entry] = &with_stand_ins(LISTED, &set(&entries(STAND_INS)));
///     …                                                               // as above
///     test_backend(PLAN.graph(NODES))
/// }
/// ```
pub(crate) fn test_backend(input: TokenStream) -> TokenStream {
    let raw = match syn::parse2::<RawBackend>(input) {
        Ok(raw) => raw,
        Err(error) => return error.to_compile_error(),
    };
    let checked = checked(&raw, Entries::OfTest);
    quote! {
        {
            #checked
            __greenroom::test_backend(__PLAN.graph(__NODES))
        }
    }
}

/// What is checked beside the entries that were written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Entries {
    /// Nothing.
    AsListed,
    /// What the test kit adds.
    OfTest,
}

/// The list, and the verdict on each of its entries.
fn checked(raw: &RawBackend, kind: Entries) -> TokenStream {
    let RawBackend { facade, entries } = raw;
    let facade = facade.clone().unwrap_or_else(|| match kind {
        Entries::AsListed => parse_quote!(::greenroom),
        Entries::OfTest => parse_quote!(::greenroom_test_kit),
    });
    let listed = entries
        .iter()
        .enumerate()
        .map(|(position, raw)| entry(position, raw));
    let mut verdicts = verdicts(entries);
    let import = import(&facade);
    let entries = quote!(&[#(#listed),*]);
    let entries = match kind {
        Entries::AsListed => quote!(const __ENTRIES: &[__greenroom::Entry] = #entries;),
        Entries::OfTest => {
            verdicts.extend(quote! {
                #[allow(dead_code, reason = "it is evaluated without being used")]
                const __OF_THE_KIT: () = __verdict(__GRAPH, __greenroom::OF_THE_KIT);
            });
            of_test(&entries)
        }
    };
    quote! {
        #import
        #entries
        const __COUNT: usize = __greenroom::count(__ENTRIES);
        #[allow(long_running_const_eval, reason = "large backends take long to check")]
        const __NODES: &[__greenroom::Node; __COUNT] = &__greenroom::flatten(__ENTRIES);
        const __EDGES: usize = __greenroom::dependencies(__NODES);
        #[allow(long_running_const_eval, reason = "large backends take long to check")]
        const __PLAN: &__greenroom::Plan<__COUNT, __EDGES> = &__greenroom::Plan::of(__NODES);
        // In a block of their own, so that no entry is resolved to one of them.
        {
            // One constant for all entries: an argument that each entry builds anew is also checked anew.
            const __GRAPH: &__greenroom::Graph<'static> = &__PLAN.graph(__NODES);
            use __greenroom::verdict as __verdict;
            #verdicts
        }
    }
}

/// The entries of a test, of those that were written.
fn of_test(listed: &TokenStream) -> TokenStream {
    quote! {
        const __LISTED: &[__greenroom::Entry] = #listed;
        const __FOUND: &[__greenroom::Node; __greenroom::count(__LISTED)] =
            &__greenroom::flatten(__LISTED);
        const __REQUESTS: &[__greenroom::Request; __greenroom::count_requests(__FOUND)] =
            &__greenroom::requests(__FOUND);
        const __TAKEN: &[__greenroom::Dependency; __greenroom::count_requests(__FOUND)] =
            &__greenroom::taken(__REQUESTS);
        const __STAND_INS: &[__greenroom::FeatureMeta; __greenroom::count_stand_ins(__FOUND)] =
            &__greenroom::stand_ins(__FOUND, __TAKEN);
        const __ADDED: &[__greenroom::Entry; __greenroom::count_stand_ins(__FOUND)] =
            &__greenroom::entries(__STAND_INS);
        const __SET: &__greenroom::FeatureSet = &__greenroom::set(__ADDED);
        const __ENTRIES: &[__greenroom::Entry; __LISTED.len() + 2] =
            &__greenroom::with_stand_ins(__LISTED, __SET);
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
        let mut arguments = Group::new(Delimiter::Parenthesis, quote!(__GRAPH, #position));
        arguments.set_span(last);
        let cfgs = cfgs_of(&entry.attributes);
        quote! {
            #(#cfgs)*
            #[allow(
                non_upper_case_globals,
                dead_code,
                long_running_const_eval,
                reason = "it is named after the entry, and evaluated without being used"
            )]
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

fn entry(position: usize, entry: &RawEntry) -> TokenStream {
    let RawEntry { attributes, path } = entry;
    let cfgs = cfgs_of(attributes);
    let spelled = spell(path);
    let here = place(entry.ends().0);
    let position = u32::try_from(position).unwrap_or(u32::MAX);
    let listing = quote_spanned!(path.span()=> <#path as __greenroom::Listed>::LISTING);
    quote! {
        #(#cfgs)*
        __greenroom::Entry {
            spelled: #spelled,
            listing: #listing,
            place: #here,
            position: #position,
        }
    }
}

/// ```text
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
        .map(|(position, raw)| entry(position, raw));
    let import = import(facade);
    quote! {
        #(#attributes)*
        #[allow(non_camel_case_types, reason = "it is listed like a function")]
        #visibility struct #name {}

        #(#cfgs)*
        const _: () = {
            #import
            #[automatically_derived]
            impl __greenroom::Listed for #name {
                const LISTING: __greenroom::Listing =
                    __greenroom::Listing::Set(&__greenroom::FeatureSet {
                        name: ::core::concat!(::core::module_path!(), "::", #label),
                        precedence: __greenroom::Precedence::#precedence,
                        entries: &[#(#listed),*],
                    });
            }
        };
    }
}
