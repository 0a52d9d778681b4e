//! Which redirects are followed.

use url::Url;

use super::OnlyHosts;

/// How many redirects a call follows.
const MOST: usize = 5;

/// Why a redirect is not followed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Stopped {
    /// The host may not be called.
    #[error("the host `{0}` may not be called")]
    Outside(String),
    /// Anything else.
    #[error("{0}")]
    Unfollowed(String),
}

/// Judges a redirect to `next`, after the URLs that were called before.
pub(super) fn judge(
    previous: &[Url],
    next: &Url,
    hosts: Option<&OnlyHosts>,
) -> Result<(), Stopped> {
    if previous.len() > MOST {
        let message = format!("there were {MOST} of them already");
        return Err(Stopped::Unfollowed(message));
    }
    let was_https = previous.last().is_some_and(|url| url.scheme() == "https");
    if was_https && next.scheme() != "https" {
        let message = "it leads from `https` to a connection that everybody can read";
        return Err(Stopped::Unfollowed(message.to_owned()));
    }
    match hosts.and_then(|hosts| hosts.refuses(next)) {
        Some(host) => Err(Stopped::Outside(host)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).expect("a valid URL")
    }

    #[test]
    fn five_are_followed_and_no_sixth() {
        let mut previous = vec![url("http://a.test/"); MOST];
        assert_eq!(judge(&previous, &url("http://a.test/"), None), Ok(()));
        previous.push(url("http://a.test/"));
        assert!(judge(&previous, &url("http://a.test/"), None).is_err());
    }

    #[test]
    fn https_is_not_left() {
        let (safe, plain) = (url("https://a.test/"), url("http://a.test/"));
        assert!(judge(std::slice::from_ref(&safe), &plain, None).is_err());
        assert_eq!(judge(std::slice::from_ref(&plain), &safe, None), Ok(()));
        assert_eq!(judge(&[plain, safe.clone()], &safe, None), Ok(()));
    }

    #[test]
    fn the_hosts_of_a_test_hold_for_redirects_too() {
        let hosts = OnlyHosts::this_machine();
        let previous = [url("http://127.0.0.1/")];
        let stopped = judge(&previous, &url("http://api.test/"), Some(&hosts));
        assert_eq!(stopped, Err(Stopped::Outside("api.test".to_owned())));
    }
}
