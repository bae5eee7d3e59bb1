#![no_main]

#[path = "../bodies/input.rs"]
mod input;
#[path = "../bodies/redactor.rs"]
mod redactor;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| redactor::check(bytes));
