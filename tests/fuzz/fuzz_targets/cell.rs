//! Fuzzes `targets::cell`.
#![no_main]

#[path = "../targets/mod.rs"]
#[allow(dead_code, reason = "each binary fuzzes one of them")]
mod targets;

libfuzzer_sys::fuzz_target!(|data: &[u8]| targets::cell::check(data));
