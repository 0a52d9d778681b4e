//! Calls the function of a feature with what the container brought.
//!
//! Expansions could write these few lines out, and do so where a parameter carries a `#[cfg]`; but a body of its
//! own for each of a thousand plugins is a thousand bodies that the compiler checks. One call of a
//! generic function is cheap.

use std::future::Future;

use crate::inject::{Injector, Supply};
use crate::instances::Instance;
use crate::{BoxError, BoxFuture};

/// A tuple of functions that each turn what was brought for a parameter into the parameter.
///
/// They are handed over one by one, rather than found by the parameters' types, so that a type that is no
/// parameter is reported once: where it stands.
pub trait Receive {
    /// The parameters.
    type Values;

    /// Takes what was brought, in order.
    ///
    /// # Errors
    ///
    /// The first that a function gives.
    fn receive(self, injector: &mut Injector) -> Result<Self::Values, BoxError>;
}

/// A function that can be called with a tuple of its parameters.
pub trait Apply<Values> {
    /// What it returns.
    type Output;

    /// Calls it.
    fn apply(self, values: Values) -> Self::Output;
}

macro_rules! arity {
    ($($receive:ident $value:ident),*) => {
        impl<$($receive, $value),*> Receive for ($($receive,)*)
        where
            $($receive: for<'a> FnOnce(Supply<'a>) -> Result<$value, BoxError>,)*
        {
            type Values = ($($value,)*);

            #[allow(non_snake_case, reason = "the variables are called like their types")]
            #[allow(unused_variables, clippy::unused_unit, reason = "there may be no parameter")]
            fn receive(self, injector: &mut Injector) -> Result<Self::Values, BoxError> {
                let ($($receive,)*) = self;
                Ok(($($receive(injector.bring())?,)*))
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
arity!(R1 V1);
arity!(R1 V1, R2 V2);
arity!(R1 V1, R2 V2, R3 V3);
arity!(R1 V1, R2 V2, R3 V3, R4 V4);
arity!(R1 V1, R2 V2, R3 V3, R4 V4, R5 V5);
arity!(R1 V1, R2 V2, R3 V3, R4 V4, R5 V5, R6 V6);
arity!(R1 V1, R2 V2, R3 V3, R4 V4, R5 V5, R6 V6, R7 V7);
arity!(R1 V1, R2 V2, R3 V3, R4 V4, R5 V5, R6 V6, R7 V7, R8 V8);
arity!(R1 V1, R2 V2, R3 V3, R4 V4, R5 V5, R6 V6, R7 V7, R8 V8, R9 V9);
arity!(R1 V1, R2 V2, R3 V3, R4 V4, R5 V5, R6 V6, R7 V7, R8 V8, R9 V9, R10 V10);
arity!(R1 V1, R2 V2, R3 V3, R4 V4, R5 V5, R6 V6, R7 V7, R8 V8, R9 V9, R10 V10, R11 V11);
arity!(R1 V1, R2 V2, R3 V3, R4 V4, R5 V5, R6 V6, R7 V7, R8 V8, R9 V9, R10 V10, R11 V11, R12 V12);

/// Calls an async function.
pub fn run_async<Function, Parameters, Future_>(
    mut injector: Injector,
    function: Function,
    parameters: Parameters,
    outcome: fn(Future_::Output) -> Result<Instance, BoxError>,
) -> BoxFuture<Result<Instance, BoxError>>
where
    Parameters: Receive + Send + 'static,
    Function: Apply<Parameters::Values, Output = Future_> + Send + 'static,
    Future_: Future + Send + 'static,
    Future_::Output: 'static,
{
    Box::pin(async move {
        let called = {
            let values = parameters.receive(&mut injector)?;
            drop(injector);
            function.apply(values)
        };
        outcome(called.await)
    })
}

/// Calls a function that is not async.
pub fn run_sync<Function, Parameters, Returned>(
    mut injector: Injector,
    function: Function,
    parameters: Parameters,
    outcome: fn(Returned) -> Result<Instance, BoxError>,
) -> BoxFuture<Result<Instance, BoxError>>
where
    Parameters: Receive + Send + 'static,
    Function: Apply<Parameters::Values, Output = Returned> + Send + 'static,
    Returned: 'static,
{
    Box::pin(async move {
        let values = parameters.receive(&mut injector)?;
        drop(injector);
        outcome(function.apply(values))
    })
}
