//! What is behind an error, for people.

use std::error::Error;

/// The errors behind this one, the next one first, without those of which it says the words already: many libraries
/// end their message with that of the error behind it, and give that as the source too.
pub fn causes<'a>(
    error: &'a (dyn Error + 'static),
) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    let mut said = error.to_string();
    let mut next = error.source();
    std::iter::from_fn(move || {
        loop {
            let cause = next?;
            next = cause.source();
            let words = cause.to_string();
            if words.is_empty() || !said.ends_with(&words) {
                said = words;
                return Some(cause);
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    enum Told {
        #[error("the list cannot be read")]
        List(#[source] Box<Told>),
        #[error("connection: {0}")]
        Connection(#[source] Box<Told>),
        #[error(transparent)]
        Same(Box<Told>),
        #[error("refused")]
        Refused,
    }

    fn said(error: &Told) -> Vec<String> {
        causes(error).map(ToString::to_string).collect()
    }

    #[test]
    fn nothing_is_said_twice() {
        let connection = || Box::new(Told::Connection(Box::new(Told::Refused)));
        assert!(said(&Told::Refused).is_empty());
        assert!(said(&connection()).is_empty());
        assert_eq!(said(&Told::List(connection())), ["connection: refused"]);
        assert_eq!(
            said(&Told::List(Box::new(Told::Same(connection())))),
            ["connection: refused"]
        );
        assert_eq!(said(&Told::List(Box::new(Told::Refused))), ["refused"]);
    }
}
