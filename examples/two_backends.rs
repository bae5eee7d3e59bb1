//! The same spans in two places: everything in the house, and what may leave it outside.
//!
//! ```sh
//! scripts/phoenix start
//! scripts/phoenix start --http 6007 --grpc 4318     # plays the one outside
//! cargo run --example two_backends
//! ```
//!
//! Each backend has a queue, a thread, retries and accounts of its own: one that is down takes nothing from the other.
//! `PHOENIX_COLLECTOR_ENDPOINT` names the one in the house, `OUTSIDE_ENDPOINT` and `OUTSIDE_API_KEY` the one outside.

#![expect(clippy::print_stdout, reason = "it talks to whoever runs it")]

use std::{env, error::Error, time::Duration};

use tracing::instrument;
use tracing_openinference::{
    Backend, Batch, Message, OpenInferenceSpanExt, Redaction, TokenCount, TraceConfig, builder, llm_span,
};

fn main() -> Result<(), Box<dyn Error>> {
    let endpoint = env::var("OUTSIDE_ENDPOINT").unwrap_or_else(|_| String::from("http://localhost:6007"));
    let mut outside = Backend::new(endpoint)
        .project("support-bot-reduced")
        // What a policy hides from one backend, the other one still has.
        .trace_config(
            TraceConfig::from_env()
                .hide_input_messages(true)
                .hide_output_messages(true)
                .hide_inputs(true)
                .redact(Redaction::email()),
        )
        .timeout(Duration::from_secs(3))
        .batch(Batch::default().max_queue_size(512));
    if let Ok(key) = env::var("OUTSIDE_API_KEY") {
        outside = outside.api_key(key);
    }

    let openinference = builder().also(outside).init()?;
    println!("{}", answer("I am ada@example.com. When do I get my money back?"));

    let report = openinference.shutdown(Duration::from_secs(5));
    for backend in report.backends() {
        println!("{backend}");
    }
    Ok(())
}

#[instrument(ret)]
fn answer(question: &str) -> String {
    let span = llm_span!("chat");
    span.set_model("gpt-4o").set_provider("openai").set_input_messages([Message::user(question)]);
    let reply = String::from("In five days; we write to ada@example.com.");
    span.set_output_messages(Message::assistant(&*reply)).set_token_count(TokenCount::new(18, 14)).set_ok();
    reply
}
