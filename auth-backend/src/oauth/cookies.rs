//! The cookies of a provider, with Backstage's names and attributes.
//!
//! No script sees one, they go to the provider's own routes alone, and over HTTPS they go nowhere else. An app on
//! another host than this backend gets its cookies back only when they may travel across sites, which browsers allow
//! over HTTPS.

use std::collections::HashMap;
use std::time::Duration;

use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue};
use url::Url;

use crate::percent;

/// How long somebody may take to sign in at the provider.
pub(super) const SIGN_IN_TIME: Duration = Duration::from_secs(10 * 60);

/// How long a session lasts if the configuration does not say it: a thousand days.
const SESSION: Duration = Duration::from_secs(1000 * 24 * 60 * 60);

/// The largest value of one cookie; browsers refuse larger ones, so the rest goes into more of them.
const LARGEST: usize = 4000;

/// More parts of one value than these were not set here.
const MOST_PARTS: usize = 16;

/// The cookies of one provider.
#[derive(Clone, Debug)]
pub(super) struct Cookies {
    nonce: String,
    refresh_token: String,
    granted_scope: String,
    path: String,
    host: String,
    secure: bool,
    session: Duration,
}

/// The cookies of a request.
#[derive(Debug, Default)]
pub(super) struct Sent(HashMap<String, String>);

/// The cookies of an answer.
#[derive(Debug, Default)]
pub(super) struct SetCookies(Vec<HeaderValue>);

impl Cookies {
    /// Those of a provider to whose `callback` browsers come back.
    pub(super) fn new(provider: &str, callback: &Url, session: Option<Duration>) -> Self {
        let path = callback.path();
        let own = format!("{provider}/handler/frame");
        let path = match path.ends_with(&own) {
            true => path.trim_end_matches("/handler/frame").to_owned(),
            false => format!("{path}/{provider}"),
        };
        Self {
            nonce: format!("{provider}-nonce"),
            refresh_token: format!("{provider}-refresh-token"),
            granted_scope: format!("{provider}-granted-scope"),
            path,
            host: callback.host_str().unwrap_or_default().to_owned(),
            secure: callback.scheme() == "https",
            session: session.unwrap_or(SESSION),
        }
    }

    pub(super) fn sent_nonce(&self, sent: &Sent) -> Option<String> {
        sent.value(&self.nonce)
    }

    pub(super) fn sent_refresh_token(&self, sent: &Sent) -> Option<String> {
        sent.value(&self.refresh_token)
    }

    pub(super) fn sent_scope(&self, sent: &Sent) -> String {
        sent.value(&self.granted_scope).unwrap_or_default()
    }

    /// Keeps the nonce until the browser comes back. It goes to the route alone that the browser comes back to.
    pub(super) fn set_nonce(&self, origin: &str, nonce: &str, set: &mut SetCookies) {
        let attributes = self.attributes(origin, "/handler");
        set.put(&self.nonce, nonce, SIGN_IN_TIME, &attributes);
    }

    pub(super) fn set_scope(&self, origin: &str, scope: &str, sent: &Sent, set: &mut SetCookies) {
        self.set_session(&self.granted_scope, origin, scope, sent, set);
    }

    pub(super) fn set_refresh_token(
        &self,
        origin: &str,
        token: &str,
        sent: &Sent,
        set: &mut SetCookies,
    ) {
        self.set_session(&self.refresh_token, origin, token, sent, set);
    }

    /// Takes away what a session has left.
    pub(super) fn end_session(&self, origin: &str, sent: &Sent, set: &mut SetCookies) {
        let attributes = self.attributes(origin, "");
        for name in [&self.refresh_token, &self.granted_scope] {
            set.put(name, "", Duration::ZERO, &attributes);
            for part in sent.parts(name) {
                set.put(&part, "", Duration::ZERO, &attributes);
            }
        }
    }

    fn set_session(
        &self,
        name: &str,
        origin: &str,
        value: &str,
        sent: &Sent,
        set: &mut SetCookies,
    ) {
        let attributes = self.attributes(origin, "");
        let value = percent::encode(value);
        let parts: Vec<_> = value.as_bytes().chunks(LARGEST).collect();
        let (new, old) = match parts.len() {
            0 | 1 => (vec![name.to_owned()], sent.parts(name)),
            many => (
                (0..many).map(|part| part_name(name, part)).collect(),
                vec![name.to_owned()],
            ),
        };
        let left = old.into_iter().filter(|old| sent.0.contains_key(old));
        for old in left {
            set.put(&old, "", Duration::ZERO, &attributes);
        }
        for (name, part) in new.iter().zip(parts) {
            set.put_encoded(
                name,
                &String::from_utf8_lossy(part),
                self.session,
                &attributes,
            );
        }
    }

    /// What is said of a cookie for an app at this origin.
    fn attributes(&self, origin: &str, below: &str) -> String {
        let path = &self.path;
        let app = Url::parse(origin).ok();
        let app = app.as_ref().and_then(Url::host_str);
        let same_site = match self.secure && app != Some(self.host.as_str()) {
            true => "None",
            false => "Lax",
        };
        let secure = if self.secure { " Secure;" } else { "" };
        format!("Path={path}{below}; HttpOnly;{secure} SameSite={same_site}")
    }
}

impl Sent {
    /// Reads the cookies of a request. Of two of one name the first counts.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let mut all = HashMap::new();
        let texts = headers.get_all(COOKIE).into_iter();
        for text in texts.filter_map(|value| value.to_str().ok()) {
            for cookie in text.split(';') {
                if let Some((name, value)) = cookie.split_once('=') {
                    let value = value.trim().trim_matches('"');
                    let name = name.trim().to_owned();
                    all.entry(name).or_insert_with(|| value.to_owned());
                }
            }
        }
        Self(all)
    }

    /// A value, put together again if it lies in parts.
    fn value(&self, name: &str) -> Option<String> {
        let parts = self.parts(name);
        let whole = match parts.is_empty() {
            true => self.0.get(name)?.clone(),
            false => parts.iter().map(|part| self.0[part].as_str()).collect(),
        };
        percent::decode(&whole).filter(|value| !value.is_empty())
    }

    /// The names of the parts that a value lies in.
    fn parts(&self, name: &str) -> Vec<String> {
        let names = (0..MOST_PARTS).map(|part| part_name(name, part));
        let there = |part: &String| self.0.get(part).is_some_and(|value| !value.is_empty());
        names.take_while(there).collect()
    }
}

fn part_name(name: &str, part: usize) -> String {
    format!("{name}-{part}")
}

impl SetCookies {
    /// Puts them into an answer.
    pub(super) fn into_headers(self, headers: &mut HeaderMap) {
        for cookie in self.0 {
            headers.append(SET_COOKIE, cookie);
        }
    }

    fn put(&mut self, name: &str, value: &str, lasts: Duration, attributes: &str) {
        self.put_encoded(name, &percent::encode(value), lasts, attributes);
    }

    fn put_encoded(&mut self, name: &str, value: &str, lasts: Duration, attributes: &str) {
        let seconds = lasts.as_secs();
        let cookie = format!("{name}={value}; Max-Age={seconds}; {attributes}");
        let mut cookie = HeaderValue::try_from(cookie)
            .expect("names are fixed, values encoded, and a path of a URL is visible letters");
        cookie.set_sensitive(true);
        self.0.push(cookie);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const APP: &str = "https://portal.test";

    fn cookies(callback: &str) -> Cookies {
        let callback = Url::parse(callback).expect("it is a URL");
        Cookies::new("oidc", &callback, None)
    }

    fn texts(set: &SetCookies) -> Vec<&str> {
        let texts = set.0.iter().map(|value| value.to_str());
        texts.map(|text| text.expect("it is visible")).collect()
    }

    /// What a browser sends back.
    fn kept(set: &SetCookies) -> Sent {
        let mut headers = HeaderMap::new();
        for text in texts(set) {
            let pair = text.split(';').next().expect("it has a first part");
            headers.append(COOKIE, HeaderValue::try_from(pair).expect("it is visible"));
        }
        Sent::of(&headers)
    }

    #[test]
    fn cookies_are_as_strict_as_the_addresses_allow() {
        for (callback, app, attributes) in [
            (
                "https://portal.test/api/auth/oidc/handler/frame",
                APP,
                "Path=/api/auth/oidc/handler; HttpOnly; Secure; SameSite=Lax",
            ),
            (
                "https://api.test/api/auth/oidc/handler/frame",
                APP,
                "Path=/api/auth/oidc/handler; HttpOnly; Secure; SameSite=None",
            ),
            (
                "http://localhost:7007/api/auth/oidc/handler/frame",
                APP,
                "Path=/api/auth/oidc/handler; HttpOnly; SameSite=Lax",
            ),
            (
                "https://portal.test/back",
                APP,
                "Path=/back/oidc/handler; HttpOnly; Secure; SameSite=Lax",
            ),
        ] {
            let mut set = SetCookies::default();
            cookies(callback).set_nonce(app, "a+b", &mut set);
            let expected = format!("oidc-nonce=a%2Bb; Max-Age=600; {attributes}");
            assert_eq!(texts(&set), [expected], "{callback}");
        }
    }

    #[test]
    fn a_session_is_kept_for_long_and_taken_away_whole() {
        let cookies = cookies("https://portal.test/api/auth/oidc/handler/frame");
        let mut set = SetCookies::default();
        cookies.set_scope(APP, "openid email", &Sent::default(), &mut set);
        assert_eq!(
            texts(&set),
            [
                "oidc-granted-scope=openid%20email; Max-Age=86400000; Path=/api/auth/oidc; HttpOnly; Secure; \
              SameSite=Lax"
            ]
        );
        assert_eq!(cookies.sent_scope(&kept(&set)), "openid email");
        let mut ended = SetCookies::default();
        cookies.end_session(APP, &kept(&set), &mut ended);
        for (cookie, name) in texts(&ended).iter().zip(["refresh-token", "granted-scope"]) {
            let expected = format!("oidc-{name}=; Max-Age=0; Path=/api/auth/oidc; ");
            assert!(cookie.starts_with(&expected), "{cookie}");
        }
    }

    #[test]
    fn a_long_value_lies_in_parts_and_a_shorter_one_takes_them_away() {
        let cookies = cookies("https://portal.test/api/auth/oidc/handler/frame");
        let long = "a".repeat(2 * LARGEST + 1);
        let mut set = SetCookies::default();
        cookies.set_refresh_token(APP, &long, &Sent::default(), &mut set);
        assert_eq!(texts(&set).len(), 3);
        let sent = kept(&set);
        let token = cookies.sent_refresh_token(&sent);
        assert_eq!(token.as_deref(), Some(long.as_str()));
        let mut shorter = SetCookies::default();
        cookies.set_refresh_token(APP, "short", &sent, &mut shorter);
        let names = texts(&shorter);
        let names: Vec<_> = names
            .iter()
            .filter_map(|text| text.split_once('='))
            .collect();
        let names: Vec<_> = names.iter().map(|(name, _)| *name).collect();
        assert_eq!(
            names,
            [
                "oidc-refresh-token-0",
                "oidc-refresh-token-1",
                "oidc-refresh-token-2",
                "oidc-refresh-token"
            ]
        );
        let mut ended = SetCookies::default();
        cookies.end_session(APP, &sent, &mut ended);
        assert_eq!(texts(&ended).len(), 5);
    }

    #[test]
    fn what_is_no_value_is_none() {
        let cookies = cookies("https://portal.test/api/auth/oidc/handler/frame");
        for text in [
            "",
            "oidc-nonce",
            "oidc-nonce=",
            "oidc-nonce=%",
            "x=oidc-nonce=a",
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(COOKIE, HeaderValue::try_from(text).expect("it is visible"));
            assert_eq!(cookies.sent_nonce(&Sent::of(&headers)), None, "{text}");
        }
    }
}
