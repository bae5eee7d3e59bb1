//! What people write with rig.

use std::convert::Infallible;

use framework_tests::reply::MODEL;
use futures_util::StreamExt;
use rig::completion::CompletionRequest;
use rig::prelude::*;
use rig::providers::openai::{OpenAI, OpenAIConfig, Route};
use rig::rig_tool;
use rig::tool::ToolExecutionError;
use tracing::instrument;

const EMBEDDING_MODEL: &str = "text-embedding-3-small";

/// Its default is OpenAI's newer API; what is compatible with OpenAI mostly has this one.
fn client(url: &str) -> OpenAI {
    OpenAIConfig::new("sk-test").with_base_url(url).with_route(Route::Chat).client()
}

/// The weather of today.
#[rig_tool(params(city = "Where"))]
fn weather(city: String) -> Result<String, Infallible> {
    Ok(format!("18 °C in {city}"))
}

/// Charges a credit card.
#[rig_tool(params(cents = "How much"))]
fn charge(cents: u32) -> Result<String, ToolExecutionError> {
    Err(ToolExecutionError::network(format!("the bank did not take {cents}")))
}

fn assistant(url: &str) -> Agent {
    AgentBuilder::new(client(url).completion(MODEL))
        .name("assistant")
        .preamble("Be brief.")
        .temperature(0.2)
        .tool(Weather)
        .tool(Charge)
        .record_content_telemetry(true)
        .build()
}

/// Asks a question that takes tools and several turns.
pub(crate) async fn agent(url: String) {
    let answer = assistant(&url).prompt("How is the weather?").max_turns(5).await.expect("an answer");
    assert!(!answer.output().is_empty());
}

/// The same without what was said on the spans, which is rig's default.
pub(crate) async fn agent_without_content(url: String) {
    let run = assistant(&url).prompt("How is the weather?").max_turns(5).record_content_telemetry(false);
    run.await.expect("an answer");
}

/// The same as a stream.
pub(crate) async fn stream(url: String) {
    let mut stream = assistant(&url).prompt("How is the weather?").max_turns(5).stream();
    while let Some(item) = stream.next().await {
        item.expect("no error");
    }
}

/// Goes away after the first piece of the answer.
pub(crate) async fn dropped_stream(url: String) {
    let mut stream = assistant(&url).prompt("How is the weather?").max_turns(5).stream();
    while let Some(item) = stream.next().await {
        if matches!(item.expect("no error"), MultiTurnStreamItem::StreamAssistantItem(_)) {
            break;
        }
    }
}

/// Asks a model that cannot answer.
pub(crate) async fn failing_agent(url: String) {
    assistant(&url).prompt("How is the weather?").max_turns(5).await.expect_err("an error");
}

/// Asks a model that cannot answer for a stream.
pub(crate) async fn failing_stream(url: String) {
    let mut stream = assistant(&url).prompt("How is the weather?").stream();
    let mut failed = false;
    while let Some(item) = stream.next().await {
        failed |= item.is_err();
    }
    assert!(failed);
}

/// The way of most applications: the run is inside a span of theirs.
pub(crate) async fn request(url: String) {
    let _ = handle_request(&url, "How is the weather?").await;
}

#[instrument(skip(url), fields(openinference.span.kind = "AGENT"), ret, err)]
async fn handle_request(url: &str, question: &str) -> Result<String, PromptError> {
    Ok(assistant(url).prompt(question).max_turns(5).await?.output())
}

/// Asks a model without an agent.
pub(crate) async fn model(url: String) {
    let model = client(&url).completion(MODEL);
    let answer = model.call(CompletionRequest::new("Hello?").temperature(0.2)).await.expect("an answer");
    assert!(!answer.text().is_empty());
}

/// Asks a model without an agent that cannot answer.
pub(crate) async fn failing_model(url: String) {
    client(&url).completion(MODEL).call(CompletionRequest::new("Hello?")).await.expect_err("an error");
}

/// Embeds two texts.
pub(crate) async fn embeddings(url: String) {
    let model = client(&url).embedding(EMBEDDING_MODEL, None);
    let texts = ["refund", "parcel"].map(str::to_owned).to_vec();
    assert_eq!(model.call(texts).await.expect("embeddings").embeddings.len(), 2);
}

/// Asks with documents that are looked up for the question.
pub(crate) async fn rag(url: String) {
    let model = client(&url).embedding(EMBEDDING_MODEL, None);
    let documents = ["A refund takes five days.", "A parcel is sent within one day.", "Tea is in the kitchen."];
    let embedded = EmbeddingsBuilder::new(model.clone()).documents(documents).expect("texts").build().await;
    let store = InMemoryVectorStore::from_documents(embedded.expect("embeddings"));
    let agent = AgentBuilder::new(client(&url).completion(MODEL))
        .name("librarian")
        .dynamic_context(1, store.index(model))
        .record_content_telemetry(true)
        .build();
    agent.prompt("When do I get my refund?").await.expect("an answer");
}
