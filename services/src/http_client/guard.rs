//! Keeps a backend from calling hosts that it should not, first of all in tests.
//!
//! A test that calls the outside by mistake passes on the machine of its author, and fails, or changes
//! something, elsewhere. The host is judged before its name is looked up, and again after each redirect.

use std::collections::BTreeSet;

use url::{Host, Url};

/// Lets the backend's plugins call this machine and the hosts named here, when it is among the backend's inputs.
/// Any other call is refused with [`HttpClientError::Refused`](super::HttpClientError::Refused), which names the
/// plugin and the URL, before the host's name is looked up.
///
/// This machine is `localhost`, `127.0.0.0/8` and `::1`: where mocks listen.
///
/// ```
/// use greenroom_di_core::Inputs;
/// use greenroom_services::http_client::OnlyHosts;
///
/// let inputs = Inputs::new().with(OnlyHosts::this_machine().and("sandbox.example.com"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OnlyHosts(BTreeSet<String>);

impl OnlyHosts {
    /// Nothing outside.
    #[must_use]
    pub fn this_machine() -> Self {
        Self::default()
    }

    /// This host too, at any port. A name stands for itself, not for the names below it.
    #[must_use]
    pub fn and(mut self, host: impl AsRef<str>) -> Self {
        self.0.insert(host.as_ref().to_ascii_lowercase());
        self
    }

    /// The host that may not be called, if it may not.
    pub(super) fn refuses(&self, url: &Url) -> Option<String> {
        let host = url.host()?;
        let this_machine = match host {
            Host::Domain(name) => name == "localhost",
            Host::Ipv4(address) => address.is_loopback(),
            Host::Ipv6(address) => address.is_loopback(),
        };
        let host = host.to_string();
        (!this_machine && !self.0.contains(&host)).then_some(host)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_and_what_is_named_may_be_called() {
        let hosts = OnlyHosts::this_machine().and("Sandbox.test").and("[::2]");
        for (url, refused) in [
            ("http://127.0.0.1:81/", None),
            ("http://127.1.2.3/", None),
            ("http://[::1]/", None),
            ("http://LOCALHOST/", None),
            ("https://sandbox.test:444/", None),
            ("http://[::2]/", None),
            ("https://a.sandbox.test/", Some("a.sandbox.test")),
            ("https://127.0.0.1.nip.test/", Some("127.0.0.1.nip.test")),
            ("https://127.0.0.1@api.test/", Some("api.test")),
            ("http://10.0.0.1/", Some("10.0.0.1")),
            ("http://0.0.0.0/", Some("0.0.0.0")),
        ] {
            let parsed = Url::parse(url).expect("a valid URL");
            assert_eq!(hosts.refuses(&parsed).as_deref(), refused, "{url}");
        }
    }
}
