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
        set.take_away(&self.nonce, &self.of_older(&attributes));
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
            for attributes in [self.of_older(&attributes), attributes.clone()] {
                set.take_away(name, &attributes);
                for part in sent.parts(name) {
                    set.take_away(&part, &attributes);
                }
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
        let new: Vec<_> = match parts.len() {
            0 | 1 => vec![name.to_owned()],
            many => (0..many).map(|part| part_name(name, part)).collect(),
        };
        let old_parts = sent.parts(name);
        // Those of an older backend first: a browser that does not tell them from ours keeps what comes last.
        let of_older = self.of_older(&attributes);
        for old in [name]
            .into_iter()
            .chain(old_parts.iter().map(String::as_str))
        {
            set.take_away(old, &of_older);
        }
        let whole = sent.0.contains_key(name).then(|| name.to_owned());
        let left = whole.into_iter().chain(old_parts);
        for old in left.filter(|old| !new.contains(old)) {
            set.take_away(&old, &attributes);
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

    /// The same of a cookie that an older backend has set, with a domain: it lies beside the one of the same name
    /// without, and is sent before it.
    fn of_older(&self, attributes: &str) -> String {
        let host = &self.host;
        format!("Domain={host}; {attributes}")
    }
}

impl Sent {
    /// Reads the cookies of a request. Of two of one name the first counts.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let mut all = HashMap::new();
        for cookies in headers.get_all(COOKIE) {
            // What another application has put into a cookie need not be a text.
            let cookies = cookies.as_bytes().split(|byte| *byte == b';');
            for cookie in cookies.filter_map(|cookie| str::from_utf8(cookie).ok()) {
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

    fn take_away(&mut self, name: &str, attributes: &str) {
        self.put(name, "", Duration::ZERO, attributes);
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
    use std::collections::BTreeMap;

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

    /// The cookies of a browser, by name, and by domain for those that have one.
    #[derive(Default)]
    struct Jar(BTreeMap<(String, Option<String>), String>);

    impl Jar {
        fn keep(&mut self, set: &SetCookies) {
            for text in texts(set) {
                let (pair, attributes) = text.split_once("; ").expect("it has attributes");
                let (name, value) = pair.split_once('=').expect("it has a value");
                let mut attributes = attributes.split("; ");
                let ended = attributes.next() == Some("Max-Age=0");
                let domain = attributes.next().and_then(|it| it.strip_prefix("Domain="));
                let id = (name.to_owned(), domain.map(str::to_owned));
                match ended {
                    true => self.0.remove(&id),
                    false => self.0.insert(id, value.to_owned()),
                };
            }
        }

        /// As a browser does: what has a domain is older, and so comes first.
        fn sent(&self) -> Sent {
            let mut cookies: Vec<_> = self.0.iter().collect();
            cookies.sort_by_key(|((_, domain), _)| domain.is_none());
            let cookies: Vec<_> = cookies
                .iter()
                .map(|((name, _), value)| format!("{name}={value}"))
                .collect();
            let mut headers = HeaderMap::new();
            let cookies = HeaderValue::try_from(cookies.join("; "));
            headers.insert(COOKIE, cookies.expect("they are visible"));
            Sent::of(&headers)
        }
    }

    /// What a browser sends back that had nothing before.
    fn kept(set: &SetCookies) -> Sent {
        let mut jar = Jar::default();
        jar.keep(set);
        jar.sent()
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
            let host = Url::parse(callback).expect("it is a URL");
            let host = host.host_str().expect("it has a host").to_owned();
            let older = format!("oidc-nonce=; Max-Age=0; Domain={host}; {attributes}");
            let expected = format!("oidc-nonce=a%2Bb; Max-Age=600; {attributes}");
            assert_eq!(texts(&set), [older, expected], "{callback}");
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
                "oidc-granted-scope=; Max-Age=0; Domain=portal.test; Path=/api/auth/oidc; HttpOnly; Secure; \
              SameSite=Lax",
                "oidc-granted-scope=openid%20email; Max-Age=86400000; Path=/api/auth/oidc; HttpOnly; Secure; \
              SameSite=Lax"
            ]
        );
        assert_eq!(cookies.sent_scope(&kept(&set)), "openid email");
        let mut ended = SetCookies::default();
        cookies.end_session(APP, &kept(&set), &mut ended);
        let ended = texts(&ended);
        assert_eq!(ended.len(), 4);
        for name in ["refresh-token", "granted-scope"] {
            for domain in ["", "Domain=portal.test; "] {
                let expected = format!("oidc-{name}=; Max-Age=0; {domain}Path=/api/auth/oidc; ");
                let is_there = ended.iter().any(|cookie| cookie.starts_with(&expected));
                assert!(is_there, "{expected}: {ended:?}");
            }
        }
    }

    #[test]
    fn the_cookie_of_an_older_backend_does_not_come_before_ours() {
        let cookies = cookies("https://portal.test/api/auth/oidc/handler/frame");
        let names = [
            "oidc-refresh-token",
            "oidc-refresh-token-0",
            "oidc-refresh-token-1",
        ];
        for names in [&names[..1], &names[1..], &names[..0]] {
            let mut jar = Jar::default();
            for name in names {
                let id = ((*name).to_owned(), Some("portal.test".to_owned()));
                jar.0.insert(id, "old".to_owned());
            }
            for token in ["new", &"n".repeat(LARGEST + 1), "newer"] {
                let mut set = SetCookies::default();
                cookies.set_refresh_token(APP, token, &jar.sent(), &mut set);
                jar.keep(&set);
                let sent = cookies.sent_refresh_token(&jar.sent());
                assert_eq!(sent.as_deref(), Some(token), "{names:?}");
            }
            let mut ended = SetCookies::default();
            cookies.end_session(APP, &jar.sent(), &mut ended);
            jar.keep(&ended);
            assert_eq!(jar.0.len(), 0, "{:?}", jar.0);
        }
    }

    #[test]
    fn a_long_value_lies_in_parts_and_a_shorter_one_takes_them_away() {
        let cookies = cookies("https://portal.test/api/auth/oidc/handler/frame");
        let long = "a".repeat(2 * LARGEST + 1);
        let mut set = SetCookies::default();
        cookies.set_refresh_token(APP, &long, &Sent::default(), &mut set);
        let sent = kept(&set);
        assert_eq!(sent.parts("oidc-refresh-token").len(), 3);
        let token = cookies.sent_refresh_token(&sent);
        assert_eq!(token.as_deref(), Some(long.as_str()));
        let mut shorter = SetCookies::default();
        cookies.set_refresh_token(APP, "short", &sent, &mut shorter);
        let names = texts(&shorter);
        let names: Vec<_> = names
            .iter()
            .filter(|text| !text.contains("Domain="))
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
        assert_eq!(texts(&ended).len(), 10);
    }

    #[test]
    fn no_part_of_a_longer_value_is_glued_to_a_shorter_one() {
        let cookies = cookies("https://portal.test/api/auth/oidc/handler/frame");
        let mut jar = Jar::default();
        for (letter, parts) in [("a", 3), ("b", 2), ("c", 4), ("d", 1), ("e", 2)] {
            let token = letter.repeat(parts * LARGEST);
            let mut set = SetCookies::default();
            cookies.set_refresh_token(APP, &token, &jar.sent(), &mut set);
            jar.keep(&set);
            let sent = cookies.sent_refresh_token(&jar.sent());
            assert!(sent.as_deref() == Some(&*token), "{letter}");
        }
    }

    #[test]
    fn a_cookie_that_is_no_text_hides_no_other() {
        let cookies = cookies("https://portal.test/api/auth/oidc/handler/frame");
        let mut headers = HeaderMap::new();
        let line = b"lang=\xc3\xbc; old=\xff; oidc-nonce=a; oidc-refresh-token=\xff";
        let line = HeaderValue::from_bytes(line).expect("a header can hold it");
        headers.insert(COOKIE, line);
        let sent = Sent::of(&headers);
        assert_eq!(cookies.sent_nonce(&sent).as_deref(), Some("a"));
        assert_eq!(cookies.sent_refresh_token(&sent), None);
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
