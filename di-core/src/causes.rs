//! What is behind an error: all of it for programs, what is worth saying for people.

use std::error::Error;

/// This error, the one behind it, and so on to the last.
pub fn error_chain<'a>(
    error: &'a (dyn Error + 'static),
) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error: &&'a (dyn Error + 'static)| {
        error.source()
    })
}

/// The errors behind this one, the next one first, without those of which it says the words already: many libraries
/// end their message with that of the error behind it, and give that as the source too.
pub fn causes<'a>(
    error: &'a (dyn Error + 'static),
) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    let mut said = error.to_string();
    error_chain(error).skip(1).filter(move |cause| {
        let words = cause.to_string();
        let is_new = words.is_empty() || !said.ends_with(&words);
        if is_new {
            said = words;
        }
        is_new
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
