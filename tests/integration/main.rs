//! Whole backends, in the test's process and in their own: what a user sees from outside.

#![allow(unreachable_pub, reason = "a test binary has no public interface")]

mod attacks;
mod auth;
#[path = "../support/built.rs"]
mod built;
mod catalog;
mod discovery;
mod handlers;
mod http;
mod http_client;
mod kept_inputs;
mod linked;
mod migrate;
mod modules;
mod pages;
mod policy;
mod process;
mod scheduler;
mod start;
mod support;
mod tools;
