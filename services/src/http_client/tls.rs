//! Which servers are trusted: those that the system trusts, and those of the authorities in the configuration.
//!
//! The system's store is where an organisation puts its own authority, so it is taken rather than a list that
//! comes with the program. The cryptography is `ring`'s, chosen here and not for the whole process, so that
//! nothing has to be installed before a backend starts, and two backends in one process do not meet.

use std::sync::Arc;

use rustls::ClientConfig;
use rustls::RootCertStore;
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls_platform_verifier::Verifier;

/// The TLS of all calls.
///
/// # Errors
///
/// A certificate of `authorities` is none that can vouch for others.
pub(super) fn client_config(
    authorities: &[CertificateDer<'static>],
) -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()?;
    match Verifier::new_with_extra_roots(authorities.iter().cloned(), provider) {
        Ok(verifier) => Ok(builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth()),
        // A container without a store can still make calls that need none.
        Err(error) if authorities.is_empty() => {
            tracing::warn!(
                "No `https` server will be trusted: {error}; install the system's certificates, or set \
                 `backend.httpClient.tls.ca`"
            );
            Ok(builder
                .with_root_certificates(RootCertStore::empty())
                .with_no_client_auth())
        }
        Err(error) => Err(error),
    }
}
