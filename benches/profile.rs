//! Makes one kind of span under one subscriber, again and again, for a profiler to look at.
//!
//! ```sh
//! cargo build --release -p benches --bin profile
//! valgrind --tool=callgrind --separate-threads=yes target/release/profile every_flag llm_span 3000
//! ```

#![expect(clippy::print_stderr, reason = "a wrong argument is said to the person who gave it")]

use std::{any::Any, env, process::ExitCode};

use tracing::{Dispatch, dispatcher};
use tracing_openinference::TraceConfig;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [subscriber, span, spans] = &arguments[..] else {
        eprintln!("usage: profile ours|every_flag|theirs llm_span|large_llm_span|small_span|nested <how many>");
        return ExitCode::FAILURE;
    };
    let span = match span.as_str() {
        "llm_span" => benches::llm_span,
        "large_llm_span" => benches::large_llm_span,
        "small_span" => benches::small_span,
        "nested" => benches::nested,
        other => return unknown("span", other),
    };
    let Ok(spans) = spans.parse::<u32>() else { return unknown("number", spans) };
    let (dispatch, _pipeline): (_, Box<dyn Any>) = match subscriber.as_str() {
        "ours" => boxed(benches::ours(TraceConfig::new())),
        "every_flag" => boxed(benches::ours(benches::everything_hidden())),
        "theirs" => boxed(benches::tracing_opentelemetry_default()),
        other => return unknown("subscriber", other),
    };
    dispatcher::with_default(&dispatch, || (0..spans).for_each(|_| span()));
    ExitCode::SUCCESS
}

fn boxed<T: Any>((dispatch, pipeline): (Dispatch, T)) -> (Dispatch, Box<dyn Any>) {
    (dispatch, Box::new(pipeline))
}

fn unknown(what: &str, given: &str) -> ExitCode {
    eprintln!("unknown {what}: {given}");
    ExitCode::FAILURE
}
