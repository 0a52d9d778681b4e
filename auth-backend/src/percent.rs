//! Percent encoding as scripts of browsers do it: of a cookie's value, and of a text within a script.
//!
//! What is left as it is can stand between quotes, in HTML and in a header: letters, digits and `-_.!~*()`.

/// Encodes all but letters, digits and `-_.!~*()`.
pub(crate) fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.!~*()".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// Undoes it; none for what is no encoding of a text.
pub(crate) fn decode(encoded: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut rest = encoded.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let (digits, after) = rest.split_at_checked(2)?;
        bytes.push(hex_byte(digits)?);
        rest = after;
    }
    String::from_utf8(bytes).ok()
}

/// The byte that two hexadecimal digits write.
pub(crate) fn hex_byte(digits: &[u8]) -> Option<u8> {
    let [high, low] = digits else { return None };
    let digit = |byte: &u8| char::from(*byte).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_could_end_a_text_or_a_script_is_left() {
        let text = "a'b\"c</script>\\\n\u{2028}ä;+ %&";
        let encoded = encode(text);
        assert!(
            !encoded.contains(['\'', '"', '<', '>', '\\', '\n', '&', ';', ' ', '+']),
            "{encoded}"
        );
        assert!(encoded.is_ascii(), "{encoded}");
        assert_eq!(decode(&encoded).as_deref(), Some(text));
    }

    #[test]
    fn what_is_no_encoding_is_none() {
        for encoded in ["%", "%4", "%zz", "%+4", "%ff"] {
            assert_eq!(decode(encoded), None, "{encoded}");
        }
    }
}
