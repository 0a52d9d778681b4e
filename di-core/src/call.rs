//! Calls the function of a feature with what the container brought.
//!
//! Expansions could write these few lines out; but a body of its own for each of a thousand plugins is a
//! thousand bodies that the compiler checks. One call of a generic function is cheap, and nothing in it
//! asks what a parameter may be: that was said where the parameter stands, once.

use std::future::Future;

use crate::inject::Injector;
use crate::instances::Instance;
use crate::{BoxError, BoxFuture};

/// A tuple of parameters.
pub trait Parameters: Sized {
    /// Takes them, in order.
    ///
    /// # Errors
    ///
    /// The first that a parameter gives.
    fn take(injector: &mut Injector) -> Result<Self, BoxError>;
}

/// A function that can be called with a tuple of its parameters.
pub trait Apply<Values> {
    /// What it returns.
    type Output;

    /// Calls it.
    fn apply(self, values: Values) -> Self::Output;
}

macro_rules! arity {
    ($($value:ident)*) => {
        impl<$($value: 'static),*> Parameters for ($($value,)*) {
            #[allow(unused_variables, reason = "there may be no parameter")]
            fn take(injector: &mut Injector) -> Result<Self, BoxError> {
                Ok(($(injector.take::<$value>()?,)*))
            }
        }

        impl<Function, Returned, $($value),*> Apply<($($value,)*)> for Function
        where
            Function: FnOnce($($value),*) -> Returned,
        {
            type Output = Returned;

            #[allow(non_snake_case, reason = "the variables are called like their types")]
            fn apply(self, ($($value,)*): ($($value,)*)) -> Returned {
                self($($value),*)
            }
        }
    };
}

arity!();
arity!(A);
arity!(A B);
arity!(A B C);
arity!(A B C D);
arity!(A B C D E);
arity!(A B C D E F);
arity!(A B C D E F G);
arity!(A B C D E F G H);
arity!(A B C D E F G H I);
arity!(A B C D E F G H I J);
arity!(A B C D E F G H I J K);
arity!(A B C D E F G H I J K L);
arity!(A B C D E F G H I J K L M);
arity!(A B C D E F G H I J K L M N);
arity!(A B C D E F G H I J K L M N O);
arity!(A B C D E F G H I J K L M N O P);

/// Calls an async function.
pub fn run_async<Values, Function, Work>(
    mut injector: Injector,
    function: Function,
    outcome: fn(Work::Output) -> Result<Instance, BoxError>,
) -> BoxFuture<Result<Instance, BoxError>>
where
    Values: Parameters + 'static,
    Function: Apply<Values, Output = Work> + Send + 'static,
    Work: Future + Send + 'static,
    Work::Output: 'static,
{
    Box::pin(async move {
        let work = {
            let values = Values::take(&mut injector)?;
            drop(injector);
            function.apply(values)
        };
        outcome(work.await)
    })
}

/// Calls a function that is not async.
pub fn run_sync<Values, Function, Returned>(
    mut injector: Injector,
    function: Function,
    outcome: fn(Returned) -> Result<Instance, BoxError>,
) -> BoxFuture<Result<Instance, BoxError>>
where
    Values: Parameters + 'static,
    Function: Apply<Values, Output = Returned> + Send + 'static,
    Returned: 'static,
{
    Box::pin(async move {
        let values = Values::take(&mut injector)?;
        drop(injector);
        outcome(function.apply(values))
    })
}
