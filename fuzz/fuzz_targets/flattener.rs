#![no_main]

#[path = "../bodies/flattener.rs"]
mod flattener;
#[path = "../bodies/input.rs"]
mod input;
#[path = "../bodies/lists.rs"]
mod lists;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| flattener::check(bytes));
