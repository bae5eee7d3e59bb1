//! What people write with genai.

use framework_tests::reply::MODEL;
use futures_util::StreamExt;
use genai::adapter::AdapterKind;
use genai::chat::{ChatMessage, ChatOptions, ChatRequest, Tool, ToolResponse};
use genai::otel::agent::{AgentSpan, ExecuteToolSpan, execute_tool_span, set_error};
use genai::resolver::{AuthData, Endpoint};
use genai::{Client, Error};
use serde_json::json;
use tracing::Instrument;

fn client(url: &str) -> Client {
    let provider = (Endpoint::from_owned(format!("{url}/")), AuthData::from_single("sk-test"));
    let builder = Client::builder().with_adapter_kind(AdapterKind::OpenAI);
    builder.append_provider_config(AdapterKind::OpenAI, provider).build().expect("a client")
}

fn question() -> ChatRequest {
    ChatRequest::new(vec![ChatMessage::system("Be brief."), ChatMessage::user("How is the weather?")])
}

fn weather() -> Tool {
    let schema = json!({ "type": "object", "properties": { "city": { "type": "string" } }, "required": ["city"] });
    Tool::new("weather").with_description("The weather of today.").with_schema(schema)
}

/// Asks once.
pub(crate) async fn chat(url: String) {
    let options =
        ChatOptions::default().with_temperature(0.2).with_max_tokens(100).with_stop_sequences(vec!["END".into()]);
    let answer = client(&url).exec_chat(MODEL, question(), Some(&options)).await.expect("an answer");
    assert!(answer.first_text().is_some());
}

/// Reads a stream to its end, with what has to be asked for to be told.
pub(crate) async fn stream(url: String) {
    let options = ChatOptions::default().with_capture_usage(true).with_capture_content(true);
    let answer = client(&url).exec_chat_stream(MODEL, question(), Some(&options)).await.expect("a stream");
    let mut stream = answer.stream;
    while let Some(event) = stream.next().await {
        event.expect("no error");
    }
}

/// An agent that the application makes out of genai's parts: ask, call the tools, ask again.
pub(crate) async fn tools(url: String) {
    let agent = AgentSpan::invoke_agent().internal().with_name("assistant").start();
    converse(&client(&url)).instrument(agent).await.expect("an answer");
}

async fn converse(client: &Client) -> Result<(), Error> {
    let request = question().with_tools(vec![weather()]);
    let calls = client.exec_chat(MODEL, request.clone(), None).await?.into_tool_calls();
    let mut results = Vec::new();
    for call in &calls {
        let span = execute_tool_span(call);
        let result = format!("18 °C in {}", call.fn_arguments["city"].as_str().unwrap_or("?"));
        ExecuteToolSpan::record_result(&span, &result);
        results.push(ToolResponse::from_tool_call(call, result));
    }
    let request = request.append_message(calls).append_message(results);
    client.exec_chat(MODEL, request, None).await?;
    Ok(())
}

/// A tool that does not work.
pub(crate) async fn failing_tool(_: String) {
    let span = ExecuteToolSpan::new("charge").with_call_id("call_1").with_arguments(r#"{"cents":100}"#).start();
    set_error(&span, "timeout");
}

/// Asks a model that cannot answer.
pub(crate) async fn failing_chat(url: String) {
    client(&url).exec_chat(MODEL, question(), None).await.expect_err("an error");
}

/// Asks a model that cannot answer for a stream.
pub(crate) async fn failing_stream(url: String) {
    match client(&url).exec_chat_stream(MODEL, question(), None).await {
        Err(_) => {}
        Ok(answer) => assert!(answer.stream.any(async |event| event.is_err()).await),
    }
}

/// Embeds two texts.
pub(crate) async fn embeddings(url: String) {
    let texts = ["refund", "parcel"].map(str::to_owned).to_vec();
    let embedded = client(&url).embed_batch("text-embedding-3-small", texts, None).await.expect("embeddings");
    assert_eq!(embedded.embeddings.len(), 2);
}
