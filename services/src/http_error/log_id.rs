//! The id that joins an answer to the log line that has its details.
//!
//! It has to be unlikely to occur twice, no more: it grants nothing, so a fast generator will do.

/// Twenty hexadecimal digits.
pub(crate) fn log_id() -> String {
    // Eighty bits, the same as the anchor's ten random bytes.
    format!("{:020x}", fastrand::u128(..) >> 48)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_has_twenty_hexadecimal_digits() {
        for _ in 0..100 {
            let id = log_id();
            assert_eq!(id.len(), 20);
            assert!(id.bytes().all(|byte| byte.is_ascii_hexdigit()));
        }
    }
}
