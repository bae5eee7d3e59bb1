//! A small support bot: look for documents, ask a model, call a tool, answer.
//!
//! ```sh
//! cargo run --example quickstart
//! ```
//!
//! The model is a function, so that the example runs anywhere. Where a Phoenix listens (`PHOENIX_COLLECTOR_ENDPOINT`, or
//! `http://localhost:6006`) the traces go there; where none does they are printed as trees.

#![expect(clippy::print_stdout, reason = "it talks to whoever runs it")]

use std::{
    error::Error,
    fmt,
    time::{Duration, SystemTime},
};

use serde_json::json;
use tracing::instrument;
use tracing_openinference::{
    Document, Message, OpenInferenceSpanExt, Scope, TokenCount, Tool, ToolCall, agent_span, builder, llm_span,
    retriever_span,
};

const MODEL: &str = "gpt-4o";

fn main() -> Result<(), Box<dyn Error>> {
    let openinference = builder().console_when_unreachable().init()?;

    // Both questions belong to one conversation: every span inside carries its session and user. Phoenix gives a session to
    // the first project that uses it, so every run has one of its own.
    let session = format!("quickstart-{}", SystemTime::UNIX_EPOCH.elapsed()?.as_millis());
    Scope::new().session(session).user("ada").tags(["quickstart"]).in_scope(|| {
        for question in ["Where is my order 1042?", "And order 9999?"] {
            println!("? {question}");
            match answer(question) {
                Ok(answer) => println!("! {answer}"),
                Err(error) => println!("! Sorry, something went wrong: {error}"),
            }
        }
    });

    let report = openinference.shutdown(Duration::from_secs(5));
    match openinference.endpoint() {
        Some(endpoint) => {
            println!("\n{report}");
            println!("Look at project {:?} at {}", openinference.project(), ui(endpoint));
        }
        None => println!(
            "\nNo Phoenix listens. Start one with `scripts/phoenix start` (or `pip install arize-phoenix && phoenix serve`) \
             and run this again."
        ),
    }
    Ok(())
}

/// The whole request, as one agent span.
fn answer(question: &str) -> Result<String, OrderError> {
    let span = agent_span!("support_bot");
    let _entered = span.enter();
    span.set_agent("support_bot").set_input(question);

    let documents = search(question);
    let result = converse(question, &documents);
    match &result {
        Ok(answer) => span.set_output(answer.as_str()).set_ok(),
        Err(error) => span.record_exception(error),
    };
    result
}

/// What the help centre knows, best first.
fn search(query: &str) -> Vec<Document> {
    let span = retriever_span!("search_help_centre");
    let _entered = span.enter();
    let documents = vec![
        Document::new("Parcels are handed to the carrier within one day.").id("shipping-7").score(0.92),
        Document::new("Orders can be changed until they are packed.").id("orders-3").score(0.71),
    ];
    span.set_input(query).set_documents(documents.clone()).set_ok();
    documents
}

/// Ask the model, do what it asks for, ask again.
fn converse(question: &str, documents: &[Document]) -> Result<String, OrderError> {
    let mut messages = vec![
        Message::system(format!("Answer briefly. You know {} documents.", documents.len())),
        Message::user(question),
    ];
    let order: String = question.chars().filter(char::is_ascii_digit).collect();
    let call = ToolCall::new("look_up_order", json!({ "order": order })).id("call_1");
    messages.push(chat(&messages, Message::assistant("").tool_calls([call]), (142, 17)));

    let state = look_up_order(&order)?;
    messages.push(Message::tool("call_1", state.clone()));
    let answer = format!("Your order is {state}.");
    messages.push(chat(&messages, Message::assistant(answer.as_str()), (171, 12)));
    Ok(answer)
}

/// One call of the model.
fn chat(messages: &[Message], reply: Message, (prompt, completion): (u64, u64)) -> Message {
    let span = llm_span!("chat");
    let _entered = span.enter();
    let tool = Tool::new("look_up_order").description("Where an order is").json_schema(json!({
        "type": "object",
        "properties": { "order": { "type": "string" } },
        "required": ["order"],
    }));
    span.set_model(MODEL)
        .set_provider("openai")
        .set_system("openai")
        .set_invocation_parameters(json!({ "temperature": 0.2 }))
        .set_tools(tool)
        .set_input_messages(messages.to_vec());
    std::thread::sleep(Duration::from_millis(20));
    span.set_output_messages(reply.clone()).set_token_count(TokenCount::new(prompt, completion)).set_ok();
    reply
}

/// A tool needs no more than `#[instrument]`: its arguments are the input, what it returns the output, and an error turns
/// it red.
#[instrument(fields(openinference.span.kind = "TOOL", tool.name = "look_up_order"), ret, err)]
fn look_up_order(order: &str) -> Result<String, OrderError> {
    match order {
        "1042" => Ok(String::from("on its way")),
        other => Err(OrderError { order: other.to_owned() }),
    }
}

#[derive(Debug)]
struct OrderError {
    order: String,
}

impl fmt::Display for OrderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there is no order {}", self.order)
    }
}

impl Error for OrderError {}

/// The address of the user interface behind an OTLP endpoint: Phoenix serves it on the port for HTTP.
fn ui(endpoint: &str) -> String {
    endpoint.trim_end_matches("/v1/traces").replace(":4317", ":6006")
}
