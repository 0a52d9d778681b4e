//! Path policies; see `greenroom_fuzz::policies`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| greenroom_fuzz::policies::check(data));
