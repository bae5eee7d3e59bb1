//! A chat over HTTP whose answers come as server-sent events, word by word.
//!
//! ```sh
//! cargo run -p service-examples --bin axum_chat
//! curl -N localhost:8080/chat -H 'content-type: application/json' -d '{"session":"s-1","user":"ada","message":"Where is my parcel?"}'
//! ```
//!
//! * One trace a request: the request, the search, the call of the model. The spans of the request and of the call last as
//!   long as the stream, and a reader who goes away leaves what was streamed until then.
//! * A trace that the caller began (`traceparent`) goes on here.
//! * Session and user of the conversation are on every span.
//! * `/health` is asked every second and never in a trace.
//! * SIGTERM lets the streams end, for `GRACE_SECONDS` (20), and then sends what is left, open spans included.

#![expect(clippy::print_stdout, reason = "it talks to whoever runs it")]

use std::{convert::Infallible, error::Error, future::IntoFuture, sync::Arc, time::Duration};

use async_openai::{
    Client,
    config::OpenAIConfig,
    error::OpenAIError,
    types::chat::{
        ChatCompletionRequestSystemMessage, ChatCompletionRequestUserMessage, ChatCompletionStreamOptions,
        CreateChatCompletionRequest, CreateChatCompletionRequestArgs, CreateChatCompletionStreamResponse,
    },
};
use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    middleware,
    response::{Sse, sse::Event},
    routing::{get, post},
};
use futures_util::{Stream, StreamExt};
use serde::Deserialize;
use service_examples::{asked_to_stop, setting};
use tokio::net::TcpListener;
use tracing::{Span, instrument};
use tracing_openinference::{
    Document, LlmOutput, OpenInferenceFutureExt, OpenInferenceSpanExt, OpenInferenceStreamExt, Scope, attribute,
    builder, llm_span,
};

mod request;

struct App {
    openai: Client<OpenAIConfig>,
    model: String,
}

#[derive(Deserialize)]
struct Question {
    session: String,
    user: String,
    message: String,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let openinference = builder()
        .service_name("axum-chat")
        .drop_spans(|span| attribute(span, "http.route") == Some("/health"))
        .init()?;
    let app = Arc::new(App { openai: service_examples::openai().await?, model: setting("OPENAI_MODEL", "gpt-4o") });
    let routes = Router::new()
        .route("/chat", post(chat))
        .route("/health", get(async || "well"))
        .layer(middleware::from_fn(request::traced))
        .with_state(app);

    let listener = TcpListener::bind(setting("LISTEN", "127.0.0.1:8080")).await?;
    println!("listening on http://{}", listener.local_addr()?);
    let grace = Duration::from_secs(setting("GRACE_SECONDS", "20").parse()?);
    let server = axum::serve(listener, routes).with_graceful_shutdown(asked_to_stop());
    tokio::select! {
        ended = server.into_future() => ended?,
        () = async { asked_to_stop().await; tokio::time::sleep(grace).await } => {
            tracing::warn!("streams were still open after {grace:?}");
        }
    }
    // What is still open now is exported too, and marked as unfinished.
    println!("{}", openinference.shutdown(Duration::from_secs(5)));
    Ok(())
}

async fn chat(
    State(app): State<Arc<App>>,
    Json(question): Json<Question>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, (StatusCode, String)> {
    let request = Span::current();
    request.set_session(&*question.session).set_user(&*question.user).set_input(&*question.message);
    let scope = Scope::new().session(question.session).user(question.user);
    let answer = ask(&app, question.message).with_scope(scope).await.map_err(|error| {
        request.record_exception(&error);
        (StatusCode::BAD_GATEWAY, error.to_string())
    })?;
    // What the reader gets is the output of the request, whose span ends with it.
    let said = |output: &mut LlmOutput, chunk: &CreateChatCompletionStreamResponse| {
        output.push_text(chunk.choices.first().and_then(|choice| choice.delta.content.as_deref()));
    };
    Ok(Sse::new(answer.trace_llm(request, said).map(|chunk| Ok(event(chunk)))))
}

/// What the reader gets of a chunk: text, that it is the end, or that it failed.
fn event(chunk: Result<CreateChatCompletionStreamResponse, OpenAIError>) -> Event {
    let Ok(chunk) = chunk else { return Event::default().event("error").data("the model failed") };
    match chunk.choices.into_iter().next() {
        None => Event::default().comment("usage"),
        Some(choice) if choice.finish_reason.is_some() => Event::default().event("done").data(""),
        Some(choice) => Event::default().event("text").data(choice.delta.content.unwrap_or_default()),
    }
}

/// What the model says to the question, as it comes.
async fn ask(
    app: &App,
    question: String,
) -> Result<impl Stream<Item = Result<CreateChatCompletionStreamResponse, OpenAIError>> + use<>, OpenAIError> {
    let known = search(&question).join("\n");
    let system = format!("Answer briefly. You know:\n{known}");
    let request = request(&app.model, system, question)?;
    let span = llm_span!("chat");
    span.set_llm_request(&request);
    let stream = app.openai.chat().create_stream(request).await.inspect_err(|error| {
        span.record_exception(error);
    })?;
    Ok(stream.trace_llm_chunks(span))
}

fn request(model: &str, system: String, question: String) -> Result<CreateChatCompletionRequest, OpenAIError> {
    CreateChatCompletionRequestArgs::default()
        .model(model)
        .temperature(0.2)
        .stream_options(ChatCompletionStreamOptions { include_usage: Some(true), include_obfuscation: None })
        .messages([
            ChatCompletionRequestSystemMessage::from(system).into(),
            ChatCompletionRequestUserMessage::from(question).into(),
        ])
        .build()
}

/// What the help centre has about it. The argument is the span's input.
#[instrument(fields(openinference.span.kind = "RETRIEVER"))]
fn search(query: &str) -> Vec<&'static str> {
    let found = ["Parcels are handed to the carrier within one day.", "Orders can be changed until they are packed."];
    let scores = [0.92, 0.71];
    Span::current().set_documents(found.into_iter().zip(scores).map(Document::from).collect::<Vec<_>>()).set_ok();
    found.to_vec()
}
