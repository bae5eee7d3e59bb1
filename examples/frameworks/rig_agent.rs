//! A support agent made with rig: it looks up documents for the question, asks a model, calls the tool the model asks for,
//! and answers.
//!
//! ```sh
//! cargo run -p framework-examples --bin rig_agent
//! ```
//!
//! It talks to whatever is shaped like OpenAI at `OPENAI_BASE_URL`, with the key `OPENAI_API_KEY` and the model `OPENAI_MODEL`
//! (`gpt-4o`). Without these a scripted model answers, in this process. Where a Phoenix listens
//! (`PHOENIX_COLLECTOR_ENDPOINT`, or `http://localhost:6006`) the traces go there; where none does they are printed as trees.

#![expect(clippy::print_stdout, reason = "it talks to whoever runs it")]

use std::error::Error;
use std::time::{Duration, SystemTime};

use framework_examples::scripted_model;
use rig::prelude::*;
use rig::providers::openai::{OpenAI, OpenAIConfig, Route};
use rig::rig_tool;
use rig::tool::ToolExecutionError;
use rig::vector_store::in_memory_store::InMemoryVectorIndex;
use tracing::instrument;
use tracing_openinference::{OpenInferenceFutureExt, Scope, builder};

const QUESTIONS: [&str; 3] = ["Where is my order 1042?", "How long does a refund take?", "And where is order 9999?"];

const ARTICLES: [(&str, &str); 3] = [
    ("refunds-2", "A refund reaches your account five days after the parcel has come back."),
    ("parcels-7", "A parcel is handed to the carrier within one day."),
    ("orders-3", "An order can be changed until it is packed."),
];

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let openinference = builder().console_when_unreachable().init()?;

    // Phoenix gives a session to the first project that uses it, so every run has one of its own.
    let session = format!("rig-agent-{}", SystemTime::UNIX_EPOCH.elapsed()?.as_millis());
    converse().with_scope(Scope::new().session(session).user("ada").tags(["rig"])).await?;

    println!("\n{}", openinference.shutdown(Duration::from_secs(5)));
    if openinference.endpoint().is_none() {
        println!("No Phoenix listens. Start one with `scripts/phoenix start` and run this again.");
    }
    Ok(())
}

async fn converse() -> Result<(), Box<dyn Error>> {
    let agent = support_agent(&openai()?).await?;
    for question in QUESTIONS {
        println!("? {question}");
        match answer(&agent, question).await {
            Ok(answer) => println!("! {answer}"),
            Err(error) => println!("! Sorry, something went wrong: {error}"),
        }
    }
    Ok(())
}

/// The server of the environment, or one of our own.
fn openai() -> Result<OpenAI, Box<dyn Error>> {
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let config = if is_set("OPENAI_BASE_URL") || is_set("OPENAI_API_KEY") {
        OpenAIConfig::from_env()?
    } else {
        println!("Neither OPENAI_BASE_URL nor OPENAI_API_KEY is set: a scripted model answers.");
        OpenAIConfig::new("none").with_base_url(scripted_model()?)
    };
    // What is compatible with OpenAI has this API; rig's default is the newer one.
    Ok(config.with_route(Route::Chat).client())
}

async fn support_agent(openai: &OpenAI) -> Result<Agent, Box<dyn Error>> {
    let model = std::env::var("OPENAI_MODEL").unwrap_or_else(|_| String::from("gpt-4o"));
    Ok(AgentBuilder::new(openai.completion(model))
        .name("support_agent")
        .preamble("You answer customers of a shop, briefly.")
        .dynamic_context(1, help_centre(openai).await?)
        .tool(LookUpOrder)
        // rig puts what was said on its spans only when it is told to.
        .record_content_telemetry(true)
        .build())
}

/// One question is one trace. rig makes no span for the run inside of another one, so this is the agent's.
#[instrument(skip(agent), fields(openinference.span.kind = "AGENT", agent.name = "support_agent"), ret, err)]
async fn answer(agent: &Agent, question: &str) -> Result<String, PromptError> {
    Ok(agent.prompt(question).max_turns(4).await?.output())
}

/// A tool is a span of rig's, with its arguments, its result, and whether it failed.
#[rig_tool(description = "Where an order is", params(order = "The number of the order"))]
fn look_up_order(order: String) -> Result<String, ToolExecutionError> {
    match order.as_str() {
        "1042" => Ok(String::from("order 1042 is on its way")),
        other => Err(ToolExecutionError::not_found(format!("there is no order {other}"))),
    }
}

/// The articles by the meaning of their texts.
#[instrument(skip(openai), err)]
async fn help_centre(openai: &OpenAI) -> Result<InMemoryVectorIndex<&'static str>, ProviderError> {
    let model = openai.embedding("text-embedding-3-small", None);
    let mut store = InMemoryVectorStore::default();
    for (id, text) in ARTICLES {
        let embedding = model.embed_text(text).await?;
        store.add_documents_with_ids([(id, text, vec![embedding])]);
    }
    Ok(store.index(model))
}
