//! A type or path as a person writes it: token streams print with a space between any two tokens.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::ToTokens;

/// The tokens without the spaces that nobody writes.
pub(crate) fn spell(tokens: &impl ToTokens) -> String {
    let mut text = String::new();
    write(tokens.to_token_stream(), &mut text);
    text
}

fn write(tokens: TokenStream, text: &mut String) {
    let mut after_word = false;
    for token in tokens {
        match token {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::None => ("", ""),
                };
                text.push_str(open);
                write(group.stream(), text);
                text.push_str(close);
                after_word = false;
            }
            TokenTree::Punct(punct) => {
                match punct.as_char() {
                    ',' => text.push_str(", "),
                    '+' | '=' => {
                        text.push(' ');
                        text.push(punct.as_char());
                        text.push(' ');
                    }
                    other => text.push(other),
                }
                after_word = false;
            }
            word => {
                if after_word {
                    text.push(' ');
                }
                text.push_str(&word.to_string());
                after_word = true;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::spell;
    use quote::quote;

    #[test]
    fn types_read_as_they_are_written() {
        assert_eq!(spell(&quote!(Logger)), "Logger");
        assert_eq!(
            spell(&quote!(Arc<dyn LoggerService>)),
            "Arc<dyn LoggerService>"
        );
        assert_eq!(
            spell(&quote!(Option<std::sync::Arc<dyn a::B + Send>>)),
            "Option<std::sync::Arc<dyn a::B + Send>>"
        );
        assert_eq!(
            spell(&quote!(Settings<(u8, [String; 2])>)),
            "Settings<(u8, [String;2])>"
        );
    }
}
