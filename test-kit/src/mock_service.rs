//! `mock_service!`: a mock of a service, by `mockall`, that a backend cannot silence.

/// Writes a mock of a service's trait, by `mockall`, and its [`TestDouble`](crate::TestDouble).
///
/// ```
/// # use greenroom::prelude::*;
/// # use greenroom_test_kit::{mock_service, test_backend};
/// # use std::sync::Arc;
/// #[service(id = "shop.prices")]
/// pub trait Prices: Send + Sync {
///     fn of(&self, article: &str) -> u64;
/// }
///
/// mock_service! {
///     /// A mock of the prices.
///     pub MockPrices for Prices {
///         fn of(&self, article: &str) -> u64;
///     }
/// }
///
/// # #[service_factory] fn prices() -> Arc<dyn Prices> { unreachable!() }
/// # #[backend_plugin(id = "shop")] async fn shop(prices: Arc<dyn Prices>) { assert_eq!(prices.of("tea"), 100); }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let mut mock = MockPrices::new();
/// mock.expect_of().return_const(100u64);
/// let backend = test_backend![shop, prices].with(Arc::new(mock)).start().await;
/// # drop(backend);
/// # }
/// ```
///
/// The name is `Mock` before the trait's, as `mockall` has it, and the crate that writes this depends on `mockall` itself:
/// 0.15, or a newer one with the same words. List every method, those with a default too.
///
/// A method takes `&self` and arguments, and returns no borrow of `self`. For a trait of another shape (`-> &str`,
/// `self: Arc<Self>`, `async_trait`) write `mockall::mock!`, and [`TestDouble`](crate::TestDouble) by hand. What such
/// a mock refuses is found in the log alone, so a log that is switched off, or a task that nobody joins, hides it.
#[macro_export]
macro_rules! mock_service {
    (
        $(#[$($attribute:tt)*])*
        $visibility:vis $mock:ident for $service:ident {
            $(
                $(#[$($of_method:tt)*])*
                fn $method:ident(&self $($arguments:tt)*) $(-> $output:ty)?;
            )*
        }
    ) => {
        // `self` is written here and not taken over: what `mockall` makes of a method has to be able to name it.
        ::mockall::mock! {
            $(#[$($attribute)*])*
            $visibility $service {}

            impl $service for $service {
                $(
                    $(#[$($of_method)*])*
                    fn $method(&self $($arguments)*) $(-> $output)?;
                )*
            }
        }

        $crate::__watched! {
            $mock, $service {
                $(fn $method(&self $($arguments)*) $(-> $output)?;)*
            }
        }
    };
}

/// The [`TestDouble`](crate::TestDouble) of a mock, whose calls are watched.
#[doc(hidden)]
#[macro_export]
macro_rules! __watched {
    ($mock:ident, $service:ident {
        $(
            fn $method:ident(&self $(, $argument:ident: $type:ty)* $(,)?) $(-> $output:ty)?;
        )*
    }) => {
        const _: () = {
            struct Watched {
                mock: ::std::sync::Arc<$mock>,
                refusals: $crate::__private::Refusals,
            }

            impl $service for Watched {
                $(
                    fn $method(&self $(, $argument: $type)*) $(-> $output)? {
                        self.refusals.watch(|| self.mock.$method($($argument),*))
                    }
                )*
            }

            $crate::__test_double! { $mock, $service }
        };
    };
}

/// The [`TestDouble`](crate::TestDouble) of a mock beside its `Watched`.
#[doc(hidden)]
#[macro_export]
macro_rules! __test_double {
    ($mock:ident, $service:ident) => {
        impl $crate::TestDouble for $mock {
            type Service = dyn $service;

            fn into_service(self: ::std::sync::Arc<Self>) -> ::std::sync::Arc<Self::Service> {
                self
            }

            fn watched(
                self: ::std::sync::Arc<Self>,
                _plugin: ::core::option::Option<&'static str>,
                refusals: &$crate::__private::Refusals,
            ) -> ::std::sync::Arc<Self::Service> {
                ::std::sync::Arc::new(Watched {
                    mock: self,
                    refusals: ::core::clone::Clone::clone(refusals),
                })
            }
        }
    };
}
