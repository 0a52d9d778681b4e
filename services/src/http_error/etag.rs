//! The weak entity tag of a body, computed as express does, so that caches that have seen the anchor's
//! answers keep hitting. SHA-1 serves as a checksum here and secures nothing.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use http::HeaderValue;
use sha1::{Digest, Sha1};

/// `W/"<length in hex>-<27 characters of base64 of the SHA-1>"`.
pub(crate) fn weak_etag(body: &[u8]) -> HeaderValue {
    let digest = STANDARD_NO_PAD.encode(Sha1::digest(body));
    HeaderValue::try_from(format!("W/\"{:x}-{digest}\"", body.len()))
        .expect("hex digits and base64 are visible ASCII")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_one_that_the_anchor_sends() {
        let cases = [
            (r#"{"status":"ok"}"#, r#"W/"f-VaSQ4oDUiZblZNAEkkN+sX+q3Sg""#),
            (
                r#"{"error":{"name":"AuthenticationError","message":"Missing credentials"},"request":{"method":"GET","url":"/healthz"},"response":{"statusCode":401}}"#,
                r#"W/"92-VN76V96IhTDLKT5eguchH7uGEj8""#,
            ),
        ];
        for (body, etag) in cases {
            assert_eq!(weak_etag(body.as_bytes()), etag);
        }
    }
}
