//! Prints what a span costs as a share of what it costs with `tracing-opentelemetry`, both measured in this process, in turns.
//!
//! ```sh
//! cargo run --release -p benches --bin ratios
//! ```
//!
//! An argument is the number of rounds; few of them only show that it runs.

#![expect(clippy::print_stdout, reason = "printing is what this program is for")]

use std::time::{Duration, Instant};

use tracing::{Dispatch, dispatcher};
use tracing_openinference::TraceConfig;

/// Three full batches on both sides: spans are exported meanwhile, as in a service under load, and the SDK's queue of 2 048 does
/// not overflow, because a span that is dropped is cheap.
const SPANS: u32 = 3 * 512;
const ROUNDS: usize = 301;
const PATIENCE: Duration = Duration::from_secs(5);

fn main() {
    let rounds = std::env::args().nth(1).and_then(|rounds| rounds.parse().ok()).unwrap_or(ROUNDS).max(1);
    let (theirs, provider) = benches::tracing_opentelemetry_default();
    let (ours, openinference) = benches::ours(TraceConfig::new());
    let (hiding, hidden) = benches::ours(TraceConfig::new().hide_inputs(true).hide_outputs(true));
    let (hiding_all, all_hidden) = benches::ours(benches::everything_hidden());
    let (ruled, rules) = benches::ours(benches::every_rule());
    let settle = || {
        let _ = provider.force_flush();
        let _ = openinference.flush(PATIENCE);
        let _ = hidden.flush(PATIENCE);
        let _ = all_hidden.flush(PATIENCE);
        let _ = rules.flush(PATIENCE);
    };
    let registry = benches::registry();
    let spans: [(&str, fn()); 4] = [
        ("llm_span", benches::llm_span),
        ("large_llm_span", benches::large_llm_span),
        ("small_span", benches::small_span),
        ("nested", benches::nested),
    ];
    for (name, span) in spans {
        let dispatches = [&theirs, &ours, &hiding, &hiding_all, &ruled, &registry];
        let [theirs, ours, hiding, hiding_all, ruled, registry] = measure(dispatches, span, rounds, settle);
        println!("{name}/tracing_opentelemetry_default = {:.2}", ours / theirs);
        println!("{name}_hidden/tracing_opentelemetry_default = {:.2}", hiding / theirs);
        println!("{name}_every_flag/{name} = {:.2}", hiding_all / ours);
        println!("{name}_every_rule/{name} = {:.2}", ruled / ours);
        println!(
            "  ns: ours {ours:.0}, hidden {hiding:.0}, every flag {hiding_all:.0}, every rule {ruled:.0}, tracing-opentelemetry {theirs:.0}, registry alone {registry:.0}"
        );
    }
    println!("{}", openinference.stats());
}

/// The median time of a span under each subscriber, in nanoseconds.
fn measure<const N: usize>(dispatches: [&Dispatch; N], span: fn(), rounds: usize, settle: impl Fn()) -> [f64; N] {
    let mut times: [Vec<f64>; N] = std::array::from_fn(|_| Vec::with_capacity(rounds));
    for _ in 0..rounds {
        for (dispatch, times) in dispatches.iter().zip(&mut times) {
            times.push(dispatcher::with_default(dispatch, || round(span)));
            // The export threads are idle again before the next is measured.
            settle();
        }
    }
    times.map(median)
}

fn round(span: fn()) -> f64 {
    let start = Instant::now();
    (0..SPANS).for_each(|_| span());
    start.elapsed().as_nanos() as f64 / f64::from(SPANS)
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
