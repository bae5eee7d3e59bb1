//! Half of the example `distributed`: a service that goes on with the trace of its caller, `client.py`.
//!
//! ```sh
//! cargo run -p service-examples --bin distributed
//! "$(scripts/openinference-python)" examples/services/distributed/client.py
//! ```
//!
//! The caller is in Python and traced with the OpenInference SDK. Phoenix shows one trace: the agent in Python, below it the
//! request, and below that what the service did.

#![expect(clippy::print_stdout, reason = "it talks to whoever runs it")]

use std::{error::Error, sync::Arc, time::Duration};

use async_openai::{
    Client,
    config::OpenAIConfig,
    error::OpenAIError,
    types::chat::{
        ChatCompletionRequestSystemMessage, ChatCompletionRequestUserMessage, CreateChatCompletionRequestArgs,
    },
};
use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use serde::Deserialize;
use serde_json::{Value, json};
use service_examples::{asked_to_stop, setting};
use tokio::net::TcpListener;
use tracing::{Instrument, instrument};
use tracing_openinference::{OpenInferenceFutureExt, OpenInferenceSpanExt, Scope, builder, chain_span, llm_span};

#[derive(Deserialize)]
struct Question {
    question: String,
    session: String,
    user: String,
}

type OpenAi = Arc<Client<OpenAIConfig>>;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let openinference = builder().service_name("rust-service").init()?;
    let openai = Arc::new(service_examples::openai().await?);
    let routes = Router::new().route("/answer", post(answer)).with_state(openai);

    let listener = TcpListener::bind(setting("LISTEN", "127.0.0.1:8081")).await?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, routes).with_graceful_shutdown(asked_to_stop()).await?;
    println!("{}", openinference.shutdown(Duration::from_secs(5)));
    Ok(())
}

async fn answer(
    State(openai): State<OpenAi>,
    headers: HeaderMap,
    Json(asked): Json<Question>,
) -> Result<Json<Value>, (StatusCode, String)> {
    let scope = Scope::new().session(asked.session).user(asked.user);
    async {
        let span = chain_span!("POST /answer", otel.kind = "server");
        // The caller's span becomes the parent, before there are children.
        span.set_parent_from(&headers).set_input(&*asked.question);
        let answer = converse(&openai, &asked.question).instrument(span.clone()).await.map_err(|error| {
            span.record_exception(&error);
            (StatusCode::BAD_GATEWAY, error.to_string())
        })?;
        span.set_output(&*answer).set_ok();
        Ok(Json(json!({ "answer": answer })))
    }
    .with_scope(scope)
    .await
}

async fn converse(openai: &OpenAi, question: &str) -> Result<String, OpenAIError> {
    let order: String = question.chars().filter(char::is_ascii_digit).collect();
    let system = format!("Answer briefly. The order is {}.", look_up_order(&order));
    let request = CreateChatCompletionRequestArgs::default()
        .model(setting("OPENAI_MODEL", "gpt-4o"))
        .messages([
            ChatCompletionRequestSystemMessage::from(system).into(),
            ChatCompletionRequestUserMessage::from(question).into(),
        ])
        .build()?;
    let span = llm_span!("chat");
    span.set_llm_request(&request);
    let response = openai.chat().create(request).instrument(span.clone()).await.inspect_err(|error| {
        span.record_exception(error);
    })?;
    span.set_llm_response(&response).set_ok();
    Ok(response.choices.into_iter().find_map(|choice| choice.message.content).unwrap_or_default())
}

#[instrument(fields(openinference.span.kind = "TOOL", tool.name = "look_up_order"), ret)]
fn look_up_order(order: &str) -> String {
    if order == "1042" { "on its way" } else { "not known" }.to_owned()
}
