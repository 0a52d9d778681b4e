//! Tokens; see `greenroom_fuzz::tokens`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| greenroom_fuzz::tokens::check(data));
