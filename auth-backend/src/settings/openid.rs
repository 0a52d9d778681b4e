//! `auth.providers.oidc`: the clients that identity providers know this backend by, one for each environment of the
//! app.

use std::collections::BTreeMap;
use std::time::Duration;

use greenroom::config::{Config, ConfigError, ConfigSchema, HumanDuration, Mistakes};
use greenroom::prelude::*;
use openidconnect::core::CoreJwsSigningAlgorithm as Algorithm;
use serde::Deserialize;
use serde_json::json;
use url::Url;

use crate::oauth::split_scopes;
use crate::origins::{self, AllowedOrigins, origin_of};
use crate::resolvers::{ConfiguredResolver, ResolverKind};

pub(crate) const OIDC: &str = "auth.providers.oidc";
const APP: &str = "app.baseUrl";
const ORIGINS: &str = "auth.experimentalExtraAllowedOrigins";

/// Where a provider tells what it can do, if its address does not say so itself.
const WELL_KNOWN: &str = ".well-known/openid-configuration";

/// The keys of an environment.
const KEYS: [&str; 14] = [
    "clientId",
    "clientSecret",
    "metadataUrl",
    "callbackUrl",
    "tokenEndpointAuthMethod",
    "tokenSignedResponseAlg",
    "additionalScopes",
    "prompt",
    "timeout",
    "sessionDuration",
    "startUrlSearchParams",
    "signIn",
    // Refused, with a word of what to write in its place.
    "scope",
    "initialScope",
];

/// What this backend itself says at the start of a sign-in.
const RESERVED: [&str; 9] = [
    "client_id",
    "code_challenge",
    "code_challenge_method",
    "nonce",
    "prompt",
    "redirect_uri",
    "response_type",
    "scope",
    "state",
];

/// The settings of the provider.
#[derive(Clone, Debug)]
pub(crate) struct OpenIdSettings {
    pub(crate) environments: BTreeMap<String, Environment>,
    pub(crate) origins: AllowedOrigins,
    /// Whole keys that nobody reads.
    pub(crate) unknown: Vec<String>,
}

/// One client.
#[derive(Clone, Debug)]
pub(crate) struct Environment {
    /// The whole key, for messages.
    pub(crate) key: String,
    pub(crate) client_id: String,
    /// None for a client that has no secret.
    pub(crate) client_secret: Option<Secret<String>>,
    pub(crate) secret_in_body: bool,
    pub(crate) metadata_url: Url,
    pub(crate) callback_url: Option<Url>,
    /// The only algorithm that ID tokens may be signed with.
    pub(crate) algorithm: Algorithm,
    pub(crate) additional_scopes: Vec<String>,
    pub(crate) prompt: Option<String>,
    pub(crate) timeout: Duration,
    pub(crate) session: Option<Duration>,
    pub(crate) start_params: BTreeMap<String, String>,
    pub(crate) resolvers: Vec<ConfiguredResolver>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

/// Reads the settings, if the provider is configured.
pub(super) fn read(config: &Config, mistakes: &mut Mistakes) -> Option<OpenIdSettings> {
    if !config.has(OIDC) {
        return None;
    }
    let origins = mistakes.take(allowed_origins(config));
    let section = config.section(OIDC);
    let mut environments = BTreeMap::new();
    let mut unknown = Vec::new();
    for name in section.keys() {
        let environment = section.section(&name);
        let key = format!("{OIDC}.{name}");
        unknown.extend(unknown_keys(&environment, &key));
        if let Some(read) = environment_of(&environment, key, mistakes) {
            environments.insert(name, read);
        }
    }
    Some(OpenIdSettings {
        environments,
        origins: origins?,
        unknown,
    })
}

fn unknown_keys(environment: &Config, key: &str) -> Vec<String> {
    let mut keys = environment.keys();
    keys.retain(|name| !KEYS.contains(&name.as_str()));
    let mut below = environment.section("signIn").keys();
    below.retain(|name| name != "resolvers");
    let below = below.into_iter().map(|name| format!("signIn.{name}"));
    let all = keys.into_iter().chain(below);
    all.map(|name| format!("{key}.{name}")).collect()
}

fn allowed_origins(config: &Config) -> Result<AllowedOrigins, ConfigError> {
    let app: String = config.get(APP)?;
    let Some(app) = origin_of(&app) else {
        return Err(config.refusal(
            APP,
            "it must be a URL that begins with `https://` or `http://`",
        ));
    };
    let others: Option<Vec<String>> = config.get_optional(ORIGINS)?;
    let others = others.into_iter().flatten().map(|text| {
        let pattern = origins::pattern(&text);
        pattern.map_err(|message| config.refusal(ORIGINS, message))
    });
    Ok(AllowedOrigins::new(app, others.collect::<Result<_, _>>()?))
}

/// One environment; none if something in it is wrong, which is told then.
fn environment_of(section: &Config, key: String, mistakes: &mut Mistakes) -> Option<Environment> {
    let client_id = mistakes.take(not_empty(section, "clientId"));
    let method = mistakes.take(auth_method(section));
    let client_secret = match method {
        Some(AuthMethod::None) => None,
        _ => mistakes.take(section.get::<Secret<String>>("clientSecret")),
    };
    let metadata_url = mistakes.take(metadata_url(section));
    let callback_url = mistakes.take(callback_url(section));
    let algorithm = mistakes.take(algorithm(section));
    let additional_scopes = mistakes.take(additional_scopes(section));
    let prompt: Option<Option<String>> = mistakes.take(section.get_optional("prompt"));
    let timeout = mistakes.take(timeout(section));
    let session: Option<Option<HumanDuration>> =
        mistakes.take(section.get_optional("sessionDuration"));
    let start_params = mistakes.take(start_params(section));
    let resolvers = resolvers(section, mistakes);
    Some(Environment {
        key,
        client_id: client_id?,
        client_secret,
        secret_in_body: matches!(method?, AuthMethod::Body),
        metadata_url: metadata_url?,
        callback_url: callback_url?,
        algorithm: algorithm?,
        additional_scopes: additional_scopes?,
        // Without a word of it Backstage asks for nothing to be shown, so somebody has to be signed in there already.
        prompt: match prompt?.as_deref() {
            Some("auto") => None,
            Some(prompt) => Some(prompt.to_owned()),
            None => Some("none".to_owned()),
        },
        timeout: timeout?,
        session: session?.map(Duration::from),
        start_params: start_params?,
        resolvers: resolvers?,
    })
}

/// How this backend proves at the provider who it is.
enum AuthMethod {
    Header,
    Body,
    None,
}

fn auth_method(section: &Config) -> Result<AuthMethod, ConfigError> {
    const KEY: &str = "tokenEndpointAuthMethod";
    let method: Option<String> = section.get_optional(KEY)?;
    match method.as_deref() {
        None | Some("client_secret_basic") => Ok(AuthMethod::Header),
        Some("client_secret_post") => Ok(AuthMethod::Body),
        Some("none") => Ok(AuthMethod::None),
        Some(_) => {
            let message = "it must be `client_secret_basic`, `client_secret_post` or `none`";
            Err(section.refusal(KEY, message))
        }
    }
}

fn not_empty(section: &Config, key: &str) -> Result<String, ConfigError> {
    let text: String = section.get(key)?;
    match text.is_empty() {
        true => Err(section.refusal(key, "it must not be empty")),
        false => Ok(text),
    }
}

/// Where the provider tells what it can do.
fn metadata_url(section: &Config) -> Result<Url, ConfigError> {
    const KEY: &str = "metadataUrl";
    let mut url = web_address(section, KEY, &section.get::<String>(KEY)?)?;
    if !url.path().contains("/.well-known/") {
        let path = url.path().trim_end_matches('/');
        url.set_path(&format!("{path}/{WELL_KNOWN}"));
    }
    Ok(url)
}

fn callback_url(section: &Config) -> Result<Option<Url>, ConfigError> {
    const KEY: &str = "callbackUrl";
    let text: Option<String> = section.get_optional(KEY)?;
    text.map(|text| web_address(section, KEY, &text))
        .transpose()
}

fn web_address(section: &Config, key: &str, text: &str) -> Result<Url, ConfigError> {
    let url = Url::parse(text).ok();
    let url = url.filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    let url = url.filter(|url| url.username().is_empty() && url.password().is_none());
    url.filter(|url| url.fragment().is_none()).ok_or_else(|| {
        let message = "it must be a URL that begins with `https://` or `http://`, without a user and without `#`";
        section.refusal(key, message)
    })
}

fn algorithm(section: &Config) -> Result<Algorithm, ConfigError> {
    const KEY: &str = "tokenSignedResponseAlg";
    let name: Option<String> = section.get_optional(KEY)?;
    Ok(match name.as_deref() {
        None | Some("RS256") => Algorithm::RsaSsaPkcs1V15Sha256,
        Some("RS384") => Algorithm::RsaSsaPkcs1V15Sha384,
        Some("RS512") => Algorithm::RsaSsaPkcs1V15Sha512,
        Some("PS256") => Algorithm::RsaSsaPssSha256,
        Some("PS384") => Algorithm::RsaSsaPssSha384,
        Some("PS512") => Algorithm::RsaSsaPssSha512,
        Some("ES256") => Algorithm::EcdsaP256Sha256,
        Some("ES384") => Algorithm::EcdsaP384Sha384,
        Some("EdDSA") => Algorithm::EdDsa,
        Some(_) => {
            let message = "it must be RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384 or EdDSA: whoever knows \
                the secret of a client could make a token of any other";
            return Err(section.refusal(KEY, message));
        }
    })
}

fn additional_scopes(section: &Config) -> Result<Vec<String>, ConfigError> {
    for key in ["scope", "initialScope"] {
        if section.has(key) {
            let message = "write `additionalScopes` in its place: `openid`, `profile` and `email` are asked for anyway";
            return Err(section.refusal(key, message));
        }
    }
    let scopes: Option<OneOrMore> = section.get_optional("additionalScopes")?;
    let scopes = match scopes {
        None => Vec::new(),
        Some(OneOrMore::One(text)) => vec![text],
        Some(OneOrMore::More(texts)) => texts,
    };
    let scopes = scopes.iter().flat_map(|text| split_scopes(text));
    Ok(scopes.map(str::to_owned).collect())
}

/// How long a call to the provider may take, in milliseconds.
fn timeout(section: &Config) -> Result<Duration, ConfigError> {
    const KEY: &str = "timeout";
    let milliseconds: Option<u32> = section.get_optional(KEY)?;
    match milliseconds {
        Some(0) => Err(section.refusal(KEY, "it must be more than nothing, in milliseconds")),
        other => Ok(Duration::from_millis(other.unwrap_or(10_000).into())),
    }
}

fn start_params(section: &Config) -> Result<BTreeMap<String, String>, ConfigError> {
    const KEY: &str = "startUrlSearchParams";
    let params: BTreeMap<String, String> = section.get_optional(KEY)?.unwrap_or_default();
    match RESERVED.iter().find(|name| params.contains_key(**name)) {
        Some(name) => {
            let message = format!("`{name}` is what this backend says itself");
            Err(section.refusal(&format!("{KEY}.{name}"), message))
        }
        None => Ok(params),
    }
}

fn resolvers(section: &Config, mistakes: &mut Mistakes) -> Option<Vec<ConfiguredResolver>> {
    let sections = mistakes.take(section.sections("signIn.resolvers"))?;
    let mut resolvers = Some(Vec::new());
    for section in &sections {
        match (mistakes.take(resolver(section)), &mut resolvers) {
            (Some(resolver), Some(resolvers)) => resolvers.push(resolver),
            _ => resolvers = None,
        }
    }
    resolvers
}

fn resolver(section: &Config) -> Result<ConfiguredResolver, ConfigError> {
    const DOMAINS: &str = "allowedDomains";
    const ALLOW: &str = "dangerouslyAllowSignInWithoutUserInCatalog";
    let name: String = section.get("resolver")?;
    let Some(kind) = ResolverKind::named(&name) else {
        let names = ResolverKind::NAMES.map(|(name, _)| format!("`{name}`"));
        let message = format!("it must be one of {}", names.join(", "));
        return Err(section.refusal("resolver", message));
    };
    let allowed_domains: Option<Vec<String>> = section.get_optional(DOMAINS)?;
    if allowed_domains.is_some() && !kind.has_domains() {
        let message = format!("`{name}` does not look at an address, so nobody would be kept out");
        return Err(section.refusal(DOMAINS, message));
    }
    let without_catalog: Option<bool> = section.get_optional(ALLOW)?;
    for key in section.keys() {
        if !["resolver", DOMAINS, ALLOW].contains(&key.as_str()) {
            let message = "a resolver has no such option, so it would let in whom it should not";
            return Err(section.refusal(&key, message));
        }
    }
    Ok(ConfiguredResolver {
        kind,
        allowed_domains,
        without_catalog: without_catalog.unwrap_or(false),
    })
}

pub(super) fn describe(schema: &mut ConfigSchema) {
    let text = || json!({ "type": "string" });
    let names = ResolverKind::NAMES.map(|(name, _)| name);
    let resolver = json!({ "type": "object", "required": ["resolver"], "properties": {
        "resolver": { "enum": names },
        "allowedDomains": { "type": "array", "items": text() },
        "dangerouslyAllowSignInWithoutUserInCatalog": { "type": "boolean" },
    }});
    let environment = json!({
        "type": "object",
        "required": ["clientId", "metadataUrl"],
        "properties": {
            "clientId": text(),
            "clientSecret": { "type": "string", "writeOnly": true },
            "metadataUrl": text(),
            "callbackUrl": text(),
            "tokenEndpointAuthMethod": { "enum": ["client_secret_basic", "client_secret_post", "none"] },
            "tokenSignedResponseAlg": { "enum": [
                "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA",
            ]},
            "additionalScopes": { "anyOf": [text(), { "type": "array", "items": text() }] },
            "prompt": text(),
            "timeout": { "type": "integer", "minimum": 1 },
            "sessionDuration": { "type": ["string", "object"] },
            "startUrlSearchParams": { "type": "object", "additionalProperties": text() },
            "signIn": { "type": "object", "properties": {
                "resolvers": { "type": "array", "items": resolver },
            }},
        },
    });
    schema.add_schema(
        OIDC,
        json!({ "type": "object", "additionalProperties": environment }),
        "Lets people in whom an identity provider knows, by OpenID Connect, for each environment of the app.",
    );
    schema.add_key::<Option<String>>(APP, "The address of the app.");
    schema.add_key::<Option<Vec<String>>>(
        ORIGINS,
        "More origins, as patterns, from which people may sign in.",
    );
    schema.add_key::<Option<String>>(
        "auth.environment",
        "The environment that the app asks for; the app alone reads it.",
    );
    schema.add_key::<Option<Secret<String>>>(
        "auth.session.secret",
        "Not needed, since there are no session cookies to sign.",
    );
}
