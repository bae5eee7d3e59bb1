//! One span under several policies: what leaves the process, and what does not.
//!
//! ```sh
//! cargo run --example redaction
//! ```
//!
//! Prints what each policy lets through. Where a Phoenix listens the spans are there too, one trace a policy, named after it.

#![expect(clippy::print_stdout, reason = "it talks to whoever runs it")]

use std::{error::Error, time::Duration};

use serde_json::json;
use tracing_openinference::{
    BuildError, Content, Message, OpenInferenceSpanExt, Redaction, Scope, TokenCount, ToolCall, TraceConfig, builder,
    llm_span,
};
use tracing_subscriber::prelude::*;

/// A picture of one pixel, as an application sends it to a model.
const PICTURE: &str = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

fn main() -> Result<(), Box<dyn Error>> {
    for (name, policy) in policies()? {
        println!("\n── {name}");
        let openinference = builder()
            .trace_config(policy)
            // The last stage sees what would be sent, and this rule drops nothing.
            .drop_spans(|span| {
                for attribute in &span.attributes {
                    println!("{:<55} {}", attribute.key.as_str(), one_line(&attribute.value.as_str()));
                }
                false
            })
            .build()?;
        let subscriber = tracing_subscriber::registry().with(openinference.layer());
        tracing::subscriber::with_default(subscriber, || Scope::new().tags([name]).in_scope(|| call(name)));
        println!("{}", openinference.shutdown(Duration::from_secs(5)));
    }
    Ok(())
}

/// `TraceConfig::from_env()` reads the `OPENINFERENCE_HIDE_*` variables; what code says beats them.
fn policies() -> Result<[(&'static str, TraceConfig); 8], BuildError> {
    let policy = TraceConfig::from_env;
    Ok([
        ("nothing hidden", policy()),
        ("inputs hidden", policy().hide_inputs(true)),
        ("texts hidden, roles and tools shown", policy().hide_input_text(true).hide_output_text(true)),
        ("messages left out", policy().hide_input_messages(true).hide_output_messages(true)),
        ("pictures over 64 characters hidden", policy().base64_image_max_length(64)),
        (
            "numbers only",
            policy().hide_inputs(true).hide_outputs(true).hide_llm_invocation_parameters(true).hide_llm_tools(true),
        ),
        ("addresses hidden wherever they are", policy().redact(Redaction::email())),
        (
            "a member of JSON and a name hidden",
            policy()
                .redact(Redaction::json_key("email"))
                .redact(Redaction::pattern(r"\bAda\b")?.replacement("a customer")),
        ),
    ])
}

/// A call of a model that knows more than it should.
fn call(name: &'static str) {
    let span = llm_span!("chat");
    let question = [Content::text("I am ada@example.com. What is this?"), Content::image(PICTURE)];
    span.set_name(name)
        .set_model("gpt-4o")
        .set_invocation_parameters(json!({ "temperature": 0.2, "user": "ada@example.com" }))
        .set_input("I am ada@example.com. What is this?")
        .set_input_messages([Message::system("You know our customers."), Message::user(question)])
        .set_tools("look_up_customer")
        .set_output_messages(
            Message::assistant("Let me see, Ada.")
                .tool_call(ToolCall::new("look_up_customer", json!({ "email": "ada@example.com" }))),
        )
        .set_output("Let me see, Ada.")
        .set_token_count(TokenCount::new(142, 17))
        .set_ok();
}

fn one_line(value: &str) -> String {
    let line = value.replace('\n', " ");
    if line.chars().count() <= 70 { line } else { line.chars().take(69).chain(['…']).collect() }
}
