//! The ladder: what each rung adds to the cost of a span on the application's thread.

use benches::{llm_span, nested, small_span};
use divan::Bencher;
use tracing::{Dispatch, dispatcher};
use tracing_openinference::TraceConfig;

fn main() {
    divan::main();
}

fn bench(bencher: Bencher<'_, '_>, dispatch: &Dispatch, span: fn()) {
    dispatcher::with_default(dispatch, || bencher.bench_local(span));
}

const SPANS: [(&str, fn()); 3] = [("llm", llm_span), ("small", small_span), ("nested", nested)];

fn named(name: &str) -> fn() {
    SPANS.into_iter().find(|(other, _)| *other == name).map_or(small_span, |(_, span)| span)
}

#[divan::bench(args = ["llm", "small", "nested"])]
fn a_no_subscriber(bencher: Bencher<'_, '_>, span: &str) {
    bench(bencher, &Dispatch::none(), named(span));
}

#[divan::bench(args = ["llm", "small", "nested"])]
fn b_registry(bencher: Bencher<'_, '_>, span: &str) {
    bench(bencher, &benches::registry(), named(span));
}

#[divan::bench(args = ["llm", "small", "nested"])]
fn c_ours(bencher: Bencher<'_, '_>, span: &str) {
    let (dispatch, _openinference) = benches::ours(TraceConfig::new());
    bench(bencher, &dispatch, named(span));
}

#[divan::bench(args = ["llm", "small", "nested"])]
fn d_ours_inputs_and_outputs_hidden(bencher: Bencher<'_, '_>, span: &str) {
    let (dispatch, _openinference) = benches::ours(TraceConfig::new().hide_inputs(true).hide_outputs(true));
    bench(bencher, &dispatch, named(span));
}

#[divan::bench(args = ["llm", "small", "nested"])]
fn e_tracing_opentelemetry_default(bencher: Bencher<'_, '_>, span: &str) {
    let (dispatch, _provider) = benches::tracing_opentelemetry_default();
    bench(bencher, &dispatch, named(span));
}
