//! What each macro generates, pretty-printed. Read the difference before accepting it.

use proc_macro2::TokenStream;
use quote::quote;

fn pretty(tokens: TokenStream) -> String {
    let file = syn::parse2(tokens).expect("an expansion is a file of items");
    prettyplease::unparse(&file)
}

/// The messages of all `compile_error!`s of an expansion.
fn mistakes(tokens: TokenStream) -> Vec<String> {
    let file: syn::File = syn::parse2(tokens).expect("an expansion is a file of items");
    let mut found = Vec::new();
    for item in file.items {
        if let syn::Item::Macro(syn::ItemMacro { mac, .. }) = item
            && mac
                .path
                .segments
                .last()
                .is_some_and(|last| last.ident == "compile_error")
        {
            let message: syn::LitStr = mac.parse_body().expect("compile_error! holds text");
            found.push(message.value());
        }
    }
    found
}

#[test]
fn a_plugin() {
    let item = quote! {
        #[cfg(feature = "example")]
        pub async fn plugin(
            http_router: HttpRouter,
            #[cfg(unix)] logger: Option<Logger>,
        ) -> Result<()> {
            Ok(())
        }
    };
    insta::assert_snapshot!(pretty(super::backend_plugin(quote!(id = "example"), item)));
}

#[test]
fn a_factory() {
    let item = quote! {
        fn make(config: RootConfig) -> Result<Arc<dyn Store>, StoreError> {
            open(config)
        }
    };
    insta::assert_snapshot!(pretty(super::service_factory(
        quote!(eager, crate = gr::sub),
        item
    )));
}

#[test]
fn a_trait_service() {
    let arguments = quote!(
        id = "acme.store",
        scope = "root",
        sealed,
        provided_by = "acme::store"
    );
    let item = quote! {
        pub trait Store: Send + Sync {
            fn get(&self) -> u8;
        }
    };
    insta::assert_snapshot!(pretty(super::service(arguments, item)));
}

#[test]
fn a_struct_service() {
    let item = quote! {
        #[cfg(unix)]
        pub struct Stock(pub u8);
    };
    insta::assert_snapshot!(pretty(super::service(quote!(id = "acme.stock"), item)));
}

#[test]
fn a_multiton_service() {
    let item = quote! {
        trait Check: Send + Sync {}
    };
    let arguments = quote!(id = "acme.check", multiton);
    insta::assert_snapshot!(pretty(super::service(arguments, item)));
}

#[test]
fn a_module() {
    let item = quote! {
        pub async fn module(logger: Logger) -> Result<()> {
            Ok(())
        }
    };
    let arguments = quote!(plugin = "catalog", id = "files");
    insta::assert_snapshot!(pretty(super::backend_module(arguments, item)));
}

#[test]
fn a_module_that_borrows() {
    let item = quote! {
        #[cfg(unix)]
        async fn module(
            sources: &mut acme::Sources,
            logger: Logger,
            #[cfg(feature = "checks")] checks: &mut Checks,
            mut targets: Targets,
        ) {
        }
    };
    let arguments = quote!(plugin = "catalog", id = "files");
    insta::assert_snapshot!(pretty(super::backend_module(arguments, item)));
}

#[test]
fn a_factory_that_borrows() {
    let item = quote! {
        fn make(sources: &mut Sources) -> Arc<Store> {
            Arc::new(Store)
        }
    };
    insta::assert_snapshot!(pretty(super::service_factory(quote!(), item)));
}

#[test]
fn a_decorator() {
    let item = quote! {
        async fn counted(inner: Arc<dyn Store>) -> Result<Arc<dyn Store>> {
            Ok(inner)
        }
    };
    insta::assert_snapshot!(pretty(super::service_decorator(quote!(), item)));
}

#[test]
fn an_extension_point() {
    let item = quote! {
        #[cfg(unix)]
        #[derive(Default)]
        pub struct Sources {
            names: Vec<String>,
        }
    };
    let arguments = quote!(plugin = "catalog", id = "catalog.sources");
    insta::assert_snapshot!(pretty(super::extension_point(arguments, item)));
}

#[test]
fn an_extension_point_with_a_constructor() {
    let item = quote! {
        struct Sources(Vec<String>);
    };
    let arguments = quote!(
        plugin = "catalog",
        id = "catalog.sources",
        constructed_by = "catalog::sources",
        crate = gr
    );
    insta::assert_snapshot!(pretty(super::extension_point(arguments, item)));
}

#[test]
fn a_list() {
    let input = quote! {
        /// What the shop has.
        #[overridable]
        pub shop = [one, #[cfg(unix)] two::plugin]
    };
    insta::assert_snapshot!(pretty(super::features(input)));
}

#[test]
fn a_backend() {
    let block = super::backend(quote!(
        greenroom::defaults,
        #[cfg(unix)]
        example::plugin,
        plugin
    ));
    insta::assert_snapshot!(pretty(quote!(fn main() { #block })));
}

#[test]
fn a_backend_of_a_test() {
    let block = super::test_backend(quote!(example::module));
    insta::assert_snapshot!(pretty(quote!(fn main() { #block })));
}

#[test]
fn an_assertion() {
    let item = super::assert_wired(quote!(crate = gr; greenroom::defaults, plugin));
    insta::assert_snapshot!(pretty(item));
}

#[test]
fn a_function_with_mistakes_is_still_emitted() {
    let item = quote! {
        pub async fn plugin<T>(self, (a, b): Pair, c: impl Copy) {}
    };
    insta::assert_snapshot!(pretty(super::backend_plugin(
        quote!(id = "No", what, id = "b"),
        item
    )));
}

#[test]
fn all_mistakes_are_told_at_once() {
    let item = quote! {
        pub async fn plugin<T>(self, (a, b): Pair, c: impl Copy) {}
    };
    let arguments = quote!(id = "Tech_Docs", what, id = "b", crate = 1);
    assert_eq!(
        mistakes(super::backend_plugin(arguments, item)),
        [
            "`#[backend_plugin]` has no key `what`; it has `id`, `crate`",
            "`id` is given twice",
            "`Tech_Docs` is no id of a plugin: it is written in kebab-case, lower-case letters and digits in words joined by `-`, such as `tech-docs`",
            "`crate` takes the path of the crate `greenroom`",
            "the container calls it as it stands: it cannot be generic, each parameter names one service",
            "there is no `self` here: a free function takes its services as parameters",
            "a parameter has a name, not a pattern: reports call it by that name",
            "the container must know the service: name one, such as `Arc<dyn Trait>`, in place of `impl Trait`",
        ]
    );
}

#[test]
fn a_module_names_its_plugin_and_itself() {
    assert_eq!(
        mistakes(super::backend_module(
            quote!(),
            quote!(
                fn module() {}
            )
        )),
        [
            "`#[backend_module]` needs `plugin`: add `plugin = \"…\"`",
            "`#[backend_module]` needs `id`: add `id = \"…\"`",
        ]
    );
    let arguments = quote!(plugin = "Catalog", id = "gitHub");
    assert_eq!(
        mistakes(super::backend_module(
            arguments,
            quote!(
                fn module() {}
            )
        )),
        [
            "`Catalog` is no id of a plugin: it is written in kebab-case, lower-case letters and digits in words joined by `-`, such as `catalog`",
            "`gitHub` is no id of a module: it is written in kebab-case, lower-case letters and digits in words joined by `-`, such as `git-hub`",
        ]
    );
}

#[test]
fn references_are_exclusive_and_without_lifetimes() {
    let item = quote! {
        fn module(a: &Sources, b: &'static mut Sources, c: (&'_ Sources)) {}
    };
    let arguments = quote!(plugin = "catalog", id = "files");
    let shared = "nothing is taken as `&T`: a service is taken as `Arc<…>`, an extension point as `&mut T` or by value";
    assert_eq!(
        mistakes(super::backend_module(arguments, item)),
        [
            shared,
            "leave the lifetime out: an extension point is lent for the time of the call",
            shared,
        ]
    );
}

#[test]
fn a_reference_is_found_in_parentheses_and_groups() {
    let point = quote!(&mut Sources);
    let grouped = proc_macro2::Group::new(proc_macro2::Delimiter::None, point);
    let item = quote!(
        fn module(a: (&mut Sources), b: #grouped) {}
    );
    let arguments = quote!(plugin = "catalog", id = "files");
    let expansion = super::backend_module(arguments, item).to_string();
    assert_eq!(expansion.matches(":: lend (& mut").count(), 2);
}

#[test]
fn who_provides_returns_something() {
    let item = quote!(
        fn make() {}
    );
    assert_eq!(
        mistakes(super::service_factory(quote!(), item.clone())),
        [
            "a factory returns the service that it builds: `Arc<dyn Trait>`, `Arc<Struct>`, or a `Result` of one"
        ]
    );
    assert_eq!(
        mistakes(super::service_decorator(quote!(), item)),
        [
            "a decorator returns the service that it wraps: `Arc<dyn Trait>`, `Arc<Struct>`, or a `Result` of one"
        ]
    );
}

#[test]
fn a_decorator_has_no_time_of_its_own() {
    let item = quote!(
        fn wrap(inner: Arc<Store>) -> Arc<Store> {}
    );
    assert_eq!(
        mistakes(super::service_decorator(quote!(eager), item)),
        ["`#[service_decorator]` has no key `eager`; it has `crate`"]
    );
}

#[test]
fn an_extension_point_is_one_struct() {
    let arguments = quote!(plugin = "catalog", id = "sources");
    assert_eq!(
        mistakes(super::extension_point(
            arguments.clone(),
            quote!(
                trait Sources<T> {}
            )
        )),
        [
            "`sources` is no id of an extension point: it is `owner.name`, such as `core.logger` or `catalog.entities`",
            "an extension point is a struct, not a trait: modules fill the value, its owner receives it",
            "an extension point is one type: it cannot be generic, its id would name many",
        ]
    );
    assert_eq!(
        mistakes(super::extension_point(
            quote!(plugin = "catalog", id = "catalog.sources"),
            quote!(
                enum Sources {}
            )
        )),
        ["`#[extension_point]` goes on a struct"]
    );
}

#[test]
fn a_service_is_sealed_or_multiton() {
    let arguments = quote!(id = "acme.check", multiton, sealed);
    assert_eq!(
        mistakes(super::service(
            arguments,
            quote!(
                struct Check;
            )
        )),
        [
            "a service is `sealed` or `multiton`, not both: any number of factories may add to a `multiton` one"
        ]
    );
}

#[test]
fn a_body_is_not_read() {
    let item = quote! {
        fn plugin(logger: Logger) { logger. }
    };
    assert!(mistakes_of_arguments(super::backend_plugin(quote!(id = "a"), item)).is_empty());
}

/// As [`mistakes`], for an expansion whose item is not valid Rust.
fn mistakes_of_arguments(tokens: TokenStream) -> Vec<String> {
    let text = tokens.to_string();
    let found = text.match_indices("compile_error");
    found.map(|(at, _)| text[at..].to_owned()).collect()
}
