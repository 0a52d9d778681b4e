//! The parameter `state`, which goes to the provider and comes back: a query in hexadecimal digits, as Backstage
//! writes it.
//!
//! It is no secret, and proves nothing by itself: it counts if its nonce is that of the cookie and it is what was sent.

use greenroom::prelude::*;
use url::form_urlencoded;

use crate::percent::hex_byte;

/// No longer state was sent from here.
const LONGEST: usize = 16 * 1024;

/// What is to be known when the browser comes back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct OAuthState {
    pub(crate) nonce: String,
    pub(crate) env: String,
    pub(crate) origin: Option<String>,
    pub(crate) redirect_url: Option<String>,
    pub(crate) flow: Option<String>,
    pub(crate) scope: Option<String>,
}

impl OAuthState {
    /// The text to send, unless it would be longer than what is read again.
    pub(crate) fn encode(&self) -> Result<String, HttpError> {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("nonce", &self.nonce);
        query.append_pair("env", &self.env);
        for (name, value) in [
            ("origin", &self.origin),
            ("redirectUrl", &self.redirect_url),
            ("flow", &self.flow),
            ("scope", &self.scope),
        ] {
            if let Some(value) = value {
                query.append_pair(name, value);
            }
        }
        let query = query.finish();
        if query.len() * 2 > LONGEST {
            let message = "The request query parameters are too long";
            return Err(HttpError::input(message));
        }
        Ok(query.bytes().map(|byte| format!("{byte:02x}")).collect())
    }

    /// Reads what has come back.
    pub(crate) fn decode(encoded: &str) -> Result<Self, HttpError> {
        let mut state = Self::default();
        for (name, value) in form_urlencoded::parse(&bytes(encoded)) {
            let value = value.into_owned();
            match &*name {
                "nonce" => state.nonce = value,
                "env" => state.env = value,
                "origin" => state.origin = Some(value),
                "redirectUrl" => state.redirect_url = Some(value),
                "flow" => state.flow = Some(value),
                "scope" => state.scope = Some(value),
                _ => {}
            }
        }
        for (name, value) in [("env", &state.env), ("nonce", &state.nonce)] {
            if value.is_empty() {
                let message = format!("OAuth state is invalid, missing {name}");
                return Err(HttpError::not_allowed(message));
            }
        }
        Ok(state)
    }

    /// Whether the browser goes back to the app itself, in place of a window that tells it.
    pub(crate) fn redirects(&self) -> bool {
        self.flow.as_deref() == Some("redirect")
    }
}

/// The bytes that hexadecimal digits write, up to the first that is none.
fn bytes(encoded: &str) -> Vec<u8> {
    let digits = encoded.as_bytes();
    let digits = &digits[..digits.len().min(LONGEST)];
    digits.chunks(2).map_while(hex_byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_written_as_backstage_writes_it_and_read_again() {
        let state = OAuthState {
            nonce: "a+/=".to_owned(),
            env: "development".to_owned(),
            origin: Some("http://localhost:3000".to_owned()),
            redirect_url: None,
            flow: Some("popup".to_owned()),
            scope: Some("openid email".to_owned()),
        };
        let encoded = state.encode().expect("it is short");
        let expected = "nonce=a%2B%2F%3D&env=development&origin=http%3A%2F%2Flocalhost%3A3000&flow=popup&\
             scope=openid+email";
        let expected: String = expected.bytes().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(encoded, expected);
        let decoded = OAuthState::decode(&encoded).expect("it was encoded here");
        assert_eq!(decoded, state);
    }

    #[test]
    fn what_would_not_be_read_again_is_not_sent() {
        let state = |length| OAuthState {
            nonce: "a".repeat(length),
            env: "b".to_owned(),
            ..OAuthState::default()
        };
        let longest = state(LONGEST / 2 - "nonce=&env=b".len());
        let encoded = longest.encode().expect("it just fits");
        assert_eq!(OAuthState::decode(&encoded).ok(), Some(longest));
        assert!(state(LONGEST / 2).encode().is_err());
    }

    #[test]
    fn what_is_no_state_is_refused() {
        let hex = |text: &str| -> String { text.bytes().map(|it| format!("{it:02x}")).collect() };
        for (encoded, missing) in [
            (String::new(), "env"),
            ("zz".to_owned(), "env"),
            ("é".to_owned(), "env"),
            (hex("nonce=a"), "env"),
            (hex("env=&nonce=a"), "env"),
            (hex("env=a"), "nonce"),
        ] {
            let error = OAuthState::decode(&encoded).expect_err("it is none");
            assert_eq!(error.status(), 403);
            let expected = format!("OAuth state is invalid, missing {missing}");
            assert_eq!(error.message(), expected, "{encoded}");
        }
    }
}
