//! What an id may look like.

use super::arguments::Arguments;
use crate::errors::Errors;

/// The id of a plugin or of a module of one (`of` says which), from a key that must be there.
pub(super) fn plugin(
    key: &'static str,
    of: &str,
    arguments: &mut Arguments,
    errors: &mut Errors,
) -> Option<String> {
    required(key, arguments, errors, |id| plugin_mistake(of, id))
}

/// The id of a service, or of an extension point (`of` says which), from a key that must be there.
pub(super) fn service(
    key: &'static str,
    of: &str,
    arguments: &mut Arguments,
    errors: &mut Errors,
) -> Option<String> {
    required(key, arguments, errors, |id| service_mistake(of, id))
}

fn required(
    key: &'static str,
    arguments: &mut Arguments,
    errors: &mut Errors,
    mistake: impl Fn(&str) -> Option<String>,
) -> Option<String> {
    let id = arguments.required_text(key, errors)?;
    if let Some(mistake) = mistake(&id.value()) {
        errors.add(id.span(), mistake);
    }
    Some(id.value())
}

/// What is wrong with a plugin's id, which is also a path segment and a configuration key. A module's is
/// written alike.
fn plugin_mistake(of: &str, id: &str) -> Option<String> {
    if is_kebab_case(id) {
        return None;
    }
    let fixed = kebab_case(id);
    let mut message = format!(
        "`{id}` is no id of a {of}: it is written in kebab-case, lower-case letters and digits in words joined by `-`"
    );
    if is_kebab_case(&fixed) {
        message.push_str(&format!(", such as `{fixed}`"));
    }
    Some(message)
}

/// What is wrong with a service's id. An extension point's is written alike.
fn service_mistake(of: &str, id: &str) -> Option<String> {
    let mut segments = id.split('.');
    let well_formed = segments.all(|segment| {
        segment.starts_with(|first: char| first.is_ascii_lowercase())
            && segment
                .chars()
                .all(|letter| letter.is_ascii_alphanumeric() || letter == '-')
    });
    (!well_formed || !id.contains('.')).then(|| {
        format!("`{id}` is no id of {of}: it is `owner.name`, such as `core.logger` or `catalog.entities`")
    })
}

fn is_kebab_case(id: &str) -> bool {
    id.starts_with(|first: char| first.is_ascii_lowercase())
        && id.split('-').all(|word| {
            !word.is_empty()
                && word
                    .chars()
                    .all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit())
        })
}

fn kebab_case(id: &str) -> String {
    let mut fixed = String::new();
    for letter in id.chars() {
        if letter.is_ascii_uppercase() && fixed.ends_with(|last: char| last.is_ascii_lowercase()) {
            fixed.push('-');
        }
        if letter.is_ascii_alphanumeric() {
            fixed.push(letter.to_ascii_lowercase());
        } else if !fixed.ends_with('-') && !fixed.is_empty() {
            fixed.push('-');
        }
    }
    fixed.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plugin_ids_are_kebab_case() {
        for good in ["example", "tech-docs", "a1", "a-1b"] {
            assert_eq!(plugin_mistake("plugin", good), None, "{good}");
        }
        for bad in [
            "",
            "Example",
            "tech_docs",
            "-a",
            "a-",
            "a--b",
            "1a",
            "a b",
            "ä",
        ] {
            assert!(plugin_mistake("plugin", bad).is_some(), "{bad}");
        }
    }

    #[test]
    fn a_near_plugin_id_is_offered() {
        assert!(
            plugin_mistake("plugin", "TechDocs")
                .is_some_and(|m| m.ends_with("such as `tech-docs`"))
        );
        assert!(
            plugin_mistake("plugin", "tech_docs")
                .is_some_and(|m| m.ends_with("such as `tech-docs`"))
        );
        assert!(plugin_mistake("plugin", "ä").is_some_and(|m| !m.contains("such as")));
    }

    #[test]
    fn service_ids_have_an_owner_and_a_name() {
        for good in [
            "core.logger",
            "core.rootHttpRouter",
            "tech-docs.store",
            "a.b.c",
        ] {
            assert_eq!(service_mistake("a service", good), None, "{good}");
        }
        for bad in [
            "",
            "logger",
            "core.",
            ".a",
            "core.Logger",
            "core logger.a",
            "a..b",
        ] {
            assert!(service_mistake("a service", bad).is_some(), "{bad}");
        }
    }
}
