//! A program with a pipeline, for the tests that watch one from outside: how it ends, what it costs, what it says.
//!
//! The first argument names what it does; where spans go is in the environment, as for any program.

use std::io::Write;
use std::time::Duration;

#[path = "child/cost.rs"]
mod cost;
#[path = "child/ending.rs"]
mod ending;
#[path = "child/said.rs"]
mod said;
#[path = "child/settings.rs"]
mod settings;
#[path = "child/spool.rs"]
mod spool;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["ending", runtime, ending] => ending::end(runtime, ending),
        ["fork"] => ending::fork(),
        ["descriptors"] => cost::descriptors(),
        ["terminated"] => ending::serve_until_terminated(),
        ["settings", delivers, rests] => settings::build(delivers, rests),
        ["memory"] => cost::memory(),
        ["log"] => said::log(),
        ["soak", seconds] => cost::soak(seconds),
        ["feedback"] => said::feedback(),
        ["spool", directory, ending] => spool::end(directory, ending),
        _ => panic!("unknown arguments {arguments:?}"),
    }
}

/// Tells the test something.
fn tell(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").and_then(|()| out.flush()).expect("somebody reads");
}

fn small_spans(count: u64) {
    for number in 0..count {
        drop(tracing::info_span!("small", test.number = number));
    }
}

/// Longer than anything here should take.
const PATIENCE: Duration = Duration::from_secs(20);
