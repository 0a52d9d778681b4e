//! The document by which OpenID Connect finds the rest.
//!
//! It is Backstage's, word for word: who reads it wants the addresses of the keys and of the user info. The flow of
//! authorization codes that it names is not implemented there either, unless somebody switches it on.

use serde::Serialize;

/// The document, with its members in Backstage's order.
#[derive(Serialize)]
pub(crate) struct Discovery {
    issuer: String,
    token_endpoint: String,
    userinfo_endpoint: String,
    jwks_uri: String,
    response_types_supported: [&'static str; 2],
    subject_types_supported: [&'static str; 1],
    id_token_signing_alg_values_supported: [&'static str; 10],
    scopes_supported: [&'static str; 1],
    token_endpoint_auth_methods_supported: [&'static str; 2],
    claims_supported: [&'static str; 2],
    grant_types_supported: [&'static str; 1],
    authorization_endpoint: String,
    code_challenge_methods_supported: [&'static str; 2],
}

impl Discovery {
    /// The document of the plugin at this address.
    pub(crate) fn of(base_url: &str) -> Self {
        Self {
            issuer: base_url.to_owned(),
            token_endpoint: format!("{base_url}/v1/token"),
            userinfo_endpoint: format!("{base_url}/v1/userinfo"),
            jwks_uri: format!("{base_url}/.well-known/jwks.json"),
            response_types_supported: ["code", "id_token"],
            subject_types_supported: ["public"],
            id_token_signing_alg_values_supported: [
                "RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "PS256", "PS384", "PS512",
                "EdDSA",
            ],
            scopes_supported: ["openid"],
            token_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post"],
            claims_supported: ["sub", "ent"],
            grant_types_supported: ["authorization_code"],
            authorization_endpoint: format!("{base_url}/v1/authorize"),
            code_challenge_methods_supported: ["S256", "plain"],
        }
    }
}
