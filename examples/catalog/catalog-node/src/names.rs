//! What names, namespaces, tags and keys may be.

/// How long a name may be.
const LONGEST: usize = 63;
/// How long the domain before the `/` of a key may be.
const LONGEST_PREFIX: usize = 253;

pub(crate) const NAME: &str =
    "1 to 63 of a-z, A-Z, 0-9, with single `-`, `_` or `.` between, such as `order-service`";
pub(crate) const NAMESPACE: &str = "1 to 63 of a-z and 0-9, with single `-` between";
pub(crate) const TAG: &str = "1 to 63 of a-z, 0-9, `:`, `+` and `#`, with single `-` between";
pub(crate) const KEY: &str =
    "a name, which may follow a domain and a `/`, such as `example.com/tier`";

/// Whether the text has parts of characters that are `inner`, with single separators between.
fn is_parts(text: &str, inner: impl Fn(char) -> bool, separators: &[char]) -> bool {
    text.len() <= LONGEST
        && text
            .split(separators)
            .all(|part| !part.is_empty() && part.chars().all(&inner))
}

fn is_lower(character: char) -> bool {
    character.is_ascii_lowercase() || character.is_ascii_digit()
}

pub(crate) fn is_name(text: &str) -> bool {
    is_parts(text, |it| it.is_ascii_alphanumeric(), &['-', '_', '.'])
}

pub(crate) fn is_namespace(text: &str) -> bool {
    is_parts(text, is_lower, &['-'])
}

pub(crate) fn is_tag(text: &str) -> bool {
    is_parts(text, |it| is_lower(it) || ":+#".contains(it), &['-'])
}

pub(crate) fn is_key(text: &str) -> bool {
    match text.split_once('/') {
        Some((prefix, name)) => {
            prefix.len() <= LONGEST_PREFIX && prefix.split('.').all(is_namespace) && is_name(name)
        }
        None => is_name(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_63_characters_with_separators_between() {
        let long = "a".repeat(63);
        for good in ["a", "Order-service_2.x", "0", &long] {
            assert!(is_name(good), "{good}");
        }
        let longer = "a".repeat(64);
        for bad in ["", "-a", "a-", "a--b", "a b", "ä", "a/b", &longer] {
            assert!(!is_name(bad), "{bad}");
        }
    }

    #[test]
    fn namespaces_tags_and_keys_have_their_own_rules() {
        assert!(is_namespace("team-1") && !is_namespace("Team") && !is_namespace("a.b"));
        assert!(is_tag("c++") && is_tag("lang:c#") && !is_tag("Java") && !is_tag("a_b"));
        assert!(is_key("example.com/tier") && is_key("tier"));
        assert!(!is_key("Example.com/tier") && !is_key("/tier") && !is_key("a/b/c"));
    }
}
