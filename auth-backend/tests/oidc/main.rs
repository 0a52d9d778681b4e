//! The provider of OpenID Connect in a backend, against an identity provider that listens on this machine and signs
//! with keys of its own.

mod attacks;
mod browser;
mod configured;
mod identity_provider;
mod journey;
mod replicas;
mod users;
