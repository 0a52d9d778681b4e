//! Certificates for servers on this machine.

/// A certificate that is its own authority, and its key, as PEM.
pub struct SelfSigned {
    pub certificate: String,
    pub key: String,
}

impl SelfSigned {
    pub fn new() -> Self {
        let names = ["127.0.0.1".to_owned(), "localhost".to_owned()];
        let made = rcgen::generate_simple_self_signed(names).expect("the names are valid");
        Self {
            certificate: made.cert.pem(),
            key: made.signing_key.serialize_pem(),
        }
    }
}
