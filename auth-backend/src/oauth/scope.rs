//! Which scopes are asked for: those that the app wants now, those that it has got before, and those that are needed in
//! any case.

/// Without these nobody can be signed in.
const REQUIRED: [&str; 3] = ["openid", "profile", "email"];

/// The scopes in a text. Apps write them with spaces, commas or bars between them.
pub(crate) fn split(scopes: &str) -> impl Iterator<Item = &str> {
    let scopes = scopes.split(|letter: char| letter.is_whitespace() || matches!(letter, ',' | '|'));
    scopes.filter(|scope| !scope.is_empty())
}

/// All of them, each once, with spaces between them.
pub(super) fn combined(requested: &str, granted: &str, additional: &[String]) -> String {
    let additional = additional.iter().map(String::as_str);
    let mut all = Vec::new();
    for scope in split(requested)
        .chain(split(granted))
        .chain(REQUIRED)
        .chain(additional)
    {
        if !all.contains(&scope) {
            all.push(scope);
        }
    }
    all.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_scope_is_asked_for_once() {
        let additional = ["groups".to_owned(), "email".to_owned()];
        let all = combined("email,a|b", "a c", &additional);
        assert_eq!(all, "email a b c openid profile groups");
        assert_eq!(combined("", "", &[]), "openid profile email");
    }
}
