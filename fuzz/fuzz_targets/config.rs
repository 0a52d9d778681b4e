//! Configuration files; see `greenroom_fuzz::config`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| greenroom_fuzz::config::check(data));
