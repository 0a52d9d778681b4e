//! What the configuration says of signing in, and of the tokens that are issued then.

mod openid;

use greenroom::BoxError;
use greenroom::auth::UserTokenSettings;
use greenroom::config::{Config, ConfigError, ConfigSchema, FromConfig, Mistakes, Mode};
use greenroom::user_info::UserIdentity;
use serde_json::json;

pub(crate) use openid::{Environment, OpenIdSettings};

const PROVIDERS: &str = "auth.providers";
const GUEST: &str = "auth.providers.guest";
/// Who a guest is as long as nobody says so.
const NAMELESS: &str = "user:development/guest";
const OMIT_OWNERS: &str = "auth.omitIdentityTokenOwnershipClaim";

/// The settings of the plugin.
#[derive(Clone, Debug)]
pub struct AuthBackendSettings {
    /// By which keys tokens are signed.
    pub(crate) tokens: UserTokenSettings,
    /// Who a guest is, if guests may come in.
    pub(crate) guest: Option<UserIdentity>,
    /// Whom people of an identity provider sign in by, if they may.
    pub(crate) openid: Option<OpenIdSettings>,
    /// Providers that the configuration names and nobody has.
    pub(crate) unknown_providers: Vec<String>,
    /// Whether a token names the owners that its user can act for.
    pub(crate) names_owners: bool,
}

impl FromConfig for AuthBackendSettings {
    /// Reads these keys, and those of [`UserTokenSettings`]:
    ///
    /// | key | value | default |
    /// |---|---|---|
    /// | `auth.providers.guest` | object; guests may come in if it is there | none |
    /// | `auth.providers.guest.userEntityRef` | entity reference | `user:development/guest` |
    /// | `auth.providers.guest.ownershipEntityRefs` | list of entity references | the user |
    /// | `auth.providers.guest.dangerouslyAllowOutsideDevelopment` | boolean | false |
    /// | `auth.providers.oidc.<environment>` | object, see the page "Signing in" | none |
    /// | `app.baseUrl` | URL; has to be there with `auth.providers.oidc` | none |
    /// | `auth.experimentalExtraAllowedOrigins` | list of patterns of origins | none |
    /// | `auth.omitIdentityTokenOwnershipClaim` | boolean | true |
    fn from_config(config: &Config) -> Result<Self, Vec<BoxError>> {
        let mut mistakes = Mistakes::default();
        let omit_owners = mistakes.take(config.get_optional::<bool>(OMIT_OWNERS));
        let guest = match config.has(GUEST) {
            true => mistakes.take(guest(config)),
            false => None,
        };
        let openid = openid::read(config, &mut mistakes);
        let mut unknown_providers = config.section(PROVIDERS).keys();
        unknown_providers.retain(|name| !["guest", "oidc"].contains(&name.as_str()));
        let mistakes = mistakes.finish(());
        match (UserTokenSettings::from_config(config), mistakes) {
            (Ok(tokens), Ok(())) => Ok(Self {
                tokens,
                guest,
                openid,
                unknown_providers,
                names_owners: !omit_owners.flatten().unwrap_or(true),
            }),
            (tokens, mistakes) => {
                let mistakes = tokens.err().into_iter().chain(mistakes.err());
                Err(mistakes.flatten().collect())
            }
        }
    }

    fn describe(schema: &mut ConfigSchema) {
        UserTokenSettings::describe(schema);
        schema.add_schema(
            GUEST,
            json!({ "type": "object", "properties": {
                "userEntityRef": { "type": "string" },
                "ownershipEntityRefs": { "type": "array", "items": { "type": "string" } },
                "dangerouslyAllowOutsideDevelopment": { "type": "boolean" },
            }}),
            "Lets everybody in as a guest. For development only.",
        );
        openid::describe(schema);
        schema.add_key::<bool>(
            OMIT_OWNERS,
            "Whether tokens leave out the owners that their user can act for, which are then asked for.",
        );
    }
}

fn guest(config: &Config) -> Result<UserIdentity, ConfigError> {
    let section = config.section(GUEST);
    let anywhere: Option<bool> = section.get_optional("dangerouslyAllowOutsideDevelopment")?;
    if config.mode() != Mode::Development && !anywhere.unwrap_or(false) {
        let message = "it lets everybody in, so it is for development only. Remove it, or set \
            `dangerouslyAllowOutsideDevelopment` below it to `true`";
        return Err(config.refusal(GUEST, message));
    }
    let user: Option<String> = section.get_optional("userEntityRef")?;
    let owners: Option<Vec<String>> = section.get_optional("ownershipEntityRefs")?;
    let message = "an entity reference is a kind, a namespace and a name: `user:default/jane`";
    if user.as_deref().is_some_and(|user| !is_entity_ref(user)) {
        return Err(section.refusal("userEntityRef", message));
    }
    let mut named = owners.iter().flatten();
    if !named.all(|owner| is_entity_ref(owner)) {
        return Err(section.refusal("ownershipEntityRefs", message));
    }
    let user = user.unwrap_or_else(|| NAMELESS.to_owned());
    Ok(UserIdentity {
        ownership_entity_refs: owners.unwrap_or_else(|| vec![user.clone()]),
        user_entity_ref: user,
    })
}

/// Whether it is a whole reference, without parts that somebody would have to add.
pub(crate) fn is_entity_ref(text: &str) -> bool {
    let parts = text.split_once(':').and_then(|(kind, rest)| {
        let (namespace, name) = rest.split_once('/')?;
        Some([kind, namespace, name])
    });
    parts.is_some_and(|parts| {
        let separates = |byte: char| byte == ':' || byte == '/' || byte.is_whitespace();
        parts
            .iter()
            .all(|part| !part.is_empty() && !part.contains(separates))
    })
}

#[cfg(test)]
mod tests {
    use greenroom::config::Environment;
    use serde_json::Value;

    use super::*;

    fn read(mode: &str, auth: Value) -> Result<AuthBackendSettings, Vec<String>> {
        let environment = Environment::new(".").with_variable("NODE_ENV", mode);
        let config = Config::from_json(json!({ "auth": auth })).with_environment(environment);
        let read = AuthBackendSettings::from_config(&config);
        read.map_err(|mistakes| mistakes.iter().map(ToString::to_string).collect())
    }

    fn guest_in(mode: &str, guest: Value) -> Result<Option<UserIdentity>, Vec<String>> {
        let read = read(mode, json!({ "providers": { "guest": guest } }));
        read.map(|settings| settings.guest)
    }

    #[test]
    fn guests_come_in_while_one_develops_or_where_it_is_said_so() {
        let guest = guest_in("development", json!({})).expect("it is fine");
        let guest = guest.expect("there is one");
        assert_eq!(guest.user_entity_ref, "user:development/guest");
        assert_eq!(guest.ownership_entity_refs, ["user:development/guest"]);
        let anywhere = json!({ "dangerouslyAllowOutsideDevelopment": true });
        assert!(matches!(guest_in("production", anywhere), Ok(Some(_))));
        assert!(matches!(guest_in("development", Value::Null), Ok(None)));
        for guest in [
            json!({}),
            json!({ "dangerouslyAllowOutsideDevelopment": false }),
        ] {
            for mode in ["production", "test", ""] {
                let told = guest_in(mode, guest.clone()).expect_err("it is refused");
                assert!(told[0].contains("`auth.providers.guest`"), "{told:?}");
                assert!(told[0].contains("for development only"), "{told:?}");
            }
        }
    }

    #[test]
    fn a_guest_can_be_somebody_else() {
        let guest = json!({ "userEntityRef": "user:default/jane" });
        let guest = guest_in("development", guest).ok().flatten();
        let owners = guest.expect("there is one").ownership_entity_refs;
        assert_eq!(owners, ["user:default/jane"]);
        let guest = json!({
            "userEntityRef": "user:default/jane",
            "ownershipEntityRefs": ["group:default/team"],
        });
        let guest = guest_in("development", guest).ok().flatten();
        let owners = guest.expect("there is one").ownership_entity_refs;
        assert_eq!(owners, ["group:default/team"]);
    }

    #[test]
    fn a_reference_that_is_not_whole_is_a_mistake() {
        for wrong in [
            "jane",
            "user:jane",
            "default/jane",
            "user:/jane",
            "user:a/b/c",
            "user:a/b c",
            "",
        ] {
            for (key, value) in [
                ("userEntityRef", json!(wrong)),
                ("ownershipEntityRefs", json!(["group:default/team", wrong])),
            ] {
                let told = guest_in("development", json!({ key: value })).expect_err(wrong);
                assert!(told[0].contains(key), "{wrong}: {told:?}");
            }
        }
    }

    #[test]
    fn other_providers_are_told_and_mistakes_are_told_together() {
        let read_one = read(
            "production",
            json!({ "providers": { "github": {}, "okta": {} } }),
        );
        let settings = read_one.expect("it is no mistake");
        assert_eq!(settings.unknown_providers, ["github", "okta"]);
        assert!(!settings.names_owners);
        let told = read(
            "production",
            json!({
                "providers": { "guest": {} },
                "omitIdentityTokenOwnershipClaim": "perhaps",
                "keyStore": { "provider": "file" },
            }),
        );
        let told = told.expect_err("all are wrong");
        assert_eq!(told.len(), 3, "{told:?}");
    }
}
