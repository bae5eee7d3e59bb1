//! A support bot on the real `async-openai`: embeddings, a chat with tools, a stream. The client makes no spans, so each call
//! gets one here; request and response are put onto it as they are.
//!
//! ```sh
//! cargo run -p service-examples --bin async_openai
//! OPENAI_BASE_URL=http://127.0.0.1:4000/v1 OPENAI_API_KEY=sk-… cargo run -p service-examples --bin async_openai "Where is order 7?"
//! ```
//!
//! `OPENAI_BASE_URL` may be OpenAI's own, a LiteLLM (`scripts/litellm start`) or any other of its shape; without it a scripted
//! model answers. `OPENAI_MODEL` writes the answer.

#![expect(clippy::print_stdout, reason = "it talks to whoever runs it")]

use std::{env, error::Error, time::Duration};

use async_openai::{
    Client,
    config::OpenAIConfig,
    error::OpenAIError,
    types::{
        chat::{
            ChatCompletionMessageToolCall, ChatCompletionMessageToolCalls, ChatCompletionRequestAssistantMessage,
            ChatCompletionRequestMessage, ChatCompletionRequestSystemMessage, ChatCompletionRequestToolMessage,
            ChatCompletionRequestUserMessage, ChatCompletionStreamOptions, ChatCompletionTool, ChatCompletionTools,
            CreateChatCompletionRequestArgs, FunctionObject,
        },
        embeddings::CreateEmbeddingRequestArgs,
    },
};
use futures_util::StreamExt;
use serde_json::{Value, json};
use service_examples::setting;
use tracing::instrument;
use tracing_openinference::{
    OpenInferenceFutureExt, OpenInferenceSpanExt, OpenInferenceStreamExt, Scope, ToolCall, builder, embedding_span,
    llm_span, tool_span,
};

mod traced;

use traced::traced;

const ARTICLES: [&str; 3] = [
    "Parcels are handed to the carrier within one day.",
    "Orders can be changed until they are packed.",
    "You get your money back within five days.",
];

type Failed = Box<dyn Error + Send + Sync>;

struct Bot {
    openai: Client<OpenAIConfig>,
}

#[tokio::main]
async fn main() -> Result<(), Failed> {
    let openinference = builder().console_when_unreachable().init()?;
    let bot = Bot { openai: service_examples::openai().await? };
    let question = env::args().nth(1).unwrap_or_else(|| String::from("Where is my order 1042?"));
    let conversation = Scope::new().session(format!("async-openai-{}", std::process::id())).user("ada");
    match bot.answer(&question).with_scope(conversation).await {
        Ok(answer) => println!("? {question}\n! {answer}"),
        Err(error) => println!("? {question}\n! Sorry, something went wrong: {error}"),
    }
    println!("\n{}", openinference.shutdown(Duration::from_secs(5)));
    Ok(())
}

impl Bot {
    /// The argument is the span's input, what is returned its output, and an error turns it red.
    #[instrument(name = "support_bot", skip(self), fields(openinference.span.kind = "AGENT"), ret, err)]
    async fn answer(&self, question: &str) -> Result<String, Failed> {
        let article = self.best_article(question).await?;
        let system = format!("Answer briefly. You know: {article}");
        let mut messages: Vec<ChatCompletionRequestMessage> = vec![
            ChatCompletionRequestSystemMessage::from(system).into(),
            ChatCompletionRequestUserMessage::from(question).into(),
        ];
        self.call_tools(&mut messages).await?;
        Ok(self.write(messages).await?)
    }

    /// The article that is nearest to the question.
    async fn best_article(&self, question: &str) -> Result<&'static str, OpenAIError> {
        let texts: Vec<&str> = [question].into_iter().chain(ARTICLES).collect();
        let request = CreateEmbeddingRequestArgs::default().model("text-embedding-3-small").input(texts).build()?;
        let span = embedding_span!("embed");
        let vectors = traced(span, &request, self.openai.embeddings().create(request.clone())).await?.data;
        let nearness = |vector: &[f32]| -> f32 { vector.iter().zip(&vectors[0].embedding).map(|(a, b)| a * b).sum() };
        let scored = vectors.iter().skip(1).map(|vector| nearness(&vector.embedding)).zip(ARTICLES);
        Ok(scored.max_by(|one, other| one.0.total_cmp(&other.0)).map_or(ARTICLES[0], |(_, article)| article))
    }

    /// Asks a small model which tools are needed, and runs them.
    async fn call_tools(&self, messages: &mut Vec<ChatCompletionRequestMessage>) -> Result<(), OpenAIError> {
        let look_up_order = FunctionObject {
            name: "look_up_order".to_owned(),
            description: Some("Where an order is".to_owned()),
            parameters: Some(json!({ "type": "object", "properties": { "order": { "type": "string" } } })),
            strict: None,
        };
        let request = CreateChatCompletionRequestArgs::default()
            .model("gpt-4o-mini")
            .messages(messages.clone())
            .tools(vec![ChatCompletionTools::Function(ChatCompletionTool { function: look_up_order })])
            .build()?;
        let span = llm_span!("choose_tools");
        let response = traced(span, &request, self.openai.chat().create(request.clone())).await?;
        let calls = response.choices.into_iter().find_map(|choice| choice.message.tool_calls).unwrap_or_default();
        messages.push(
            ChatCompletionRequestAssistantMessage { tool_calls: Some(calls.clone()), ..Default::default() }.into(),
        );
        for call in calls {
            if let ChatCompletionMessageToolCalls::Function(call) = call {
                let content = run(&call).into();
                messages.push(ChatCompletionRequestToolMessage { content, tool_call_id: call.id }.into());
            }
        }
        Ok(())
    }

    /// Streams the answer; the span lasts until its last word.
    async fn write(&self, messages: Vec<ChatCompletionRequestMessage>) -> Result<String, OpenAIError> {
        let request = CreateChatCompletionRequestArgs::default()
            .model(setting("OPENAI_MODEL", "gpt-4o"))
            .messages(messages)
            .temperature(0.2)
            .stream_options(ChatCompletionStreamOptions { include_usage: Some(true), include_obfuscation: None })
            .build()?;
        let span = llm_span!("write_answer");
        span.set_llm_request(&request);
        let stream = self.openai.chat().create_stream(request).await.inspect_err(|error| {
            span.record_exception(error);
        })?;
        let mut chunks = stream.trace_llm_chunks(span);
        let mut answer = String::new();
        while let Some(chunk) = chunks.next().await {
            answer.extend(chunk?.choices.into_iter().filter_map(|choice| choice.delta.content));
        }
        Ok(answer)
    }
}

/// What the model asked for, as a span of its own.
fn run(call: &ChatCompletionMessageToolCall) -> String {
    let span = tool_span!("look_up_order");
    let arguments: Value = serde_json::from_str(&call.function.arguments).unwrap_or_default();
    let state = if arguments["order"] == "1042" { "on its way" } else { "not known" };
    span.set_tool_call(ToolCall::new(&*call.function.name, &arguments).id(&*call.id)).set_output(state).set_ok();
    state.to_owned()
}
