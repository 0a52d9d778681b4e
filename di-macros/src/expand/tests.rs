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
