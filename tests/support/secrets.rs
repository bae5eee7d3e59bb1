//! A secret in every place that a flag of the policy speaks of.

use std::fmt;

use serde_json::json;
use tracing::{info_span, instrument};
use tracing_openinference::{
    Audio, Content, Document, Embedding, Message, OpenInferenceSpanExt, Prompt, PromptTemplate, Reranker, Tool,
    ToolCall, TraceConfig, embedding_span, llm_span, reranker_span, retriever_span, tool_span,
};

/// A place, and the flags that hide what is there; none for what is always shown.
#[derive(Clone, Copy, Debug)]
pub struct Secret {
    /// What [`secret`] was given.
    pub place: &'static str,
    /// Names of flags.
    pub hidden_by: &'static [&'static str],
}

/// A flag under its name, as code sets it, and its variable.
#[derive(Clone, Copy)]
pub struct Flag {
    /// The name of the method.
    pub name: &'static str,
    /// The method.
    pub set: fn(TraceConfig, bool) -> TraceConfig,
}

impl Flag {
    /// The name of the environment variable.
    #[must_use]
    pub fn variable(&self) -> String {
        format!("OPENINFERENCE_{}", self.name.to_uppercase())
    }
}

impl fmt::Debug for Flag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

macro_rules! flags {
    ($($name:ident),+ $(,)?) => { &[$(Flag { name: stringify!($name), set: TraceConfig::$name }),+] };
}

/// Every flag.
#[expect(deprecated, reason = "the older name still has to hide")]
pub const FLAGS: &[Flag] = flags![
    hide_llm_invocation_parameters,
    hide_llm_tools,
    hide_inputs,
    hide_outputs,
    hide_input_messages,
    hide_output_messages,
    hide_input_images,
    hide_input_text,
    hide_output_text,
    hide_embedding_vectors,
    hide_embeddings_vectors,
    hide_embeddings_text,
    hide_prompts,
    hide_choices,
    hide_retrieval_documents,
    hide_input_audio,
    hide_output_audio,
];

/// The embedding, which cannot hold a text. Chosen so that it is the same in binary and in decimals.
pub const VECTOR: f64 = 0.732_421_875;

const fn place(place: &'static str, hidden_by: &'static [&'static str]) -> Secret {
    Secret { place, hidden_by }
}

/// Every place that [`tell`] writes to, but for [`VECTOR`].
#[rustfmt::skip]
pub const SECRETS: &[Secret] = &[
    place("model name", &[]),
    place("session", &[]),
    place("tag", &[]),
    place("message role", &["hide_inputs", "hide_input_messages"]),
    place("document id", &[]),
    place("tool call id", &["hide_outputs", "hide_output_messages"]),
    place("prompt id", &[]),
    place("input value", &["hide_inputs"]),
    place("output value", &["hide_outputs"]),
    place("argument", &["hide_inputs"]),
    place("one of two arguments", &["hide_inputs"]),
    place("return value", &["hide_outputs"]),
    place("error", &["hide_inputs", "hide_outputs"]),
    place("name put together at run time", &["hide_inputs", "hide_outputs"]),
    place("input message", &["hide_inputs", "hide_input_messages", "hide_input_text"]),
    place("input part", &["hide_inputs", "hide_input_messages", "hide_input_text"]),
    place("input message in JSON", &["hide_inputs", "hide_input_messages", "hide_input_text"]),
    place("input message of gen_ai", &["hide_inputs", "hide_input_messages", "hide_input_text"]),
    place("output message of gen_ai", &["hide_outputs", "hide_output_messages", "hide_output_text"]),
    place("input tool result", &["hide_inputs", "hide_input_messages", "hide_input_text"]),
    place("input tool call", &["hide_inputs", "hide_input_messages", "hide_input_text"]),
    place("input message image", &["hide_inputs", "hide_input_messages", "hide_input_images"]),
    place("input message transcript", &["hide_inputs", "hide_input_messages", "hide_input_text", "hide_input_audio"]),
    place("output message", &["hide_outputs", "hide_output_messages", "hide_output_text"]),
    place("output reasoning", &["hide_outputs", "hide_output_messages", "hide_output_text"]),
    place("output tool call", &["hide_outputs", "hide_output_messages", "hide_output_text"]),
    place("output message image", &["hide_outputs", "hide_output_messages"]),
    place("output message transcript", &["hide_outputs", "hide_output_messages", "hide_output_text", "hide_output_audio"]),
    place("input image", &["hide_inputs", "hide_input_images"]),
    place("output image", &["hide_outputs"]),
    place("input document", &["hide_inputs"]),
    place("output document", &["hide_outputs"]),
    place("input transcript", &["hide_inputs", "hide_input_audio"]),
    place("output transcript", &["hide_outputs", "hide_output_audio"]),
    place("offered tool", &["hide_inputs", "hide_llm_tools"]),
    place("called tool's description", &["hide_llm_tools"]),
    place("called tool's arguments", &["hide_inputs", "hide_llm_tools"]),
    place("prompt", &["hide_inputs", "hide_prompts"]),
    place("choice", &["hide_outputs", "hide_choices"]),
    place("template", &["hide_inputs", "hide_prompts"]),
    place("template variable", &["hide_inputs", "hide_prompts"]),
    place("retrieved document", &["hide_outputs", "hide_retrieval_documents"]),
    place("retrieved metadata", &["hide_outputs", "hide_retrieval_documents"]),
    place("reranker query", &["hide_inputs"]),
    place("reranker input", &["hide_inputs", "hide_retrieval_documents"]),
    place("reranker output", &["hide_inputs", "hide_outputs", "hide_retrieval_documents"]),
    place("embedded text", &["hide_inputs", "hide_embeddings_text"]),
    // Some instrumentations leave messages, images, prompts and tools there, so each of their flags hides its texts.
    place("parameter", &[
        "hide_llm_invocation_parameters", "hide_inputs", "hide_input_messages", "hide_input_text", "hide_input_images",
        "hide_input_audio", "hide_prompts", "hide_llm_tools",
    ]),
];

/// The flags that hide [`VECTOR`].
pub const HIDE_VECTOR: &[&str] = &["hide_outputs", "hide_embedding_vectors", "hide_embeddings_vectors"];

/// A text that is found nowhere but where it was put.
#[must_use]
pub fn secret(place: &str) -> String {
    debug_assert!(SECRETS.iter().any(|secret| secret.place == place), "{place} is not in the table");
    format!("[secret {place}]")
}

/// Opens and closes spans that carry every secret.
pub fn tell() {
    let session = info_span!("session", otel.name = secret("name put together at run time"));
    session.set_session(secret("session")).set_tags([secret("tag")]);
    session.in_scope(|| {
        one_argument(&secret("argument"));
        two_arguments(1, &secret("one of two arguments"));
        chat();
        completion();
        json_messages();
        call_tool();
        retrieve();
        rerank();
        embed();
        media();
    });
}

#[instrument(ret)]
fn one_argument(argument: &str) -> String {
    secret("return value")
}

#[instrument(err, skip_all, fields(number, text))]
fn failing(number: u32, text: &str) -> Result<(), std::io::Error> {
    tracing::Span::current().record("number", number).record("text", text);
    Err(std::io::Error::other(secret("error")))
}

fn two_arguments(number: u32, text: &str) {
    let _ = failing(number, text);
}

fn chat() {
    let call = |name| ToolCall::new("look_up", json!({ "key": secret(name) }));
    let audio = |name| Content::audio(Audio::new("https://host/sound").transcript(secret(name)));
    let input = [
        Message::new(secret("message role")).content(secret("input message")),
        Message::user([
            Content::text(secret("input part")),
            Content::image(secret("input message image")),
            audio("input message transcript"),
        ]),
        Message::assistant("").tool_call(call("input tool call")),
        Message::tool("call_1", secret("input tool result")),
    ];
    let output = Message::assistant([
        Content::text(secret("output message")),
        Content::reasoning(secret("output reasoning")),
        Content::image(secret("output message image")),
        audio("output message transcript"),
    ]);
    llm_span!("chat")
        .set_model(secret("model name"))
        .set_input(secret("input value"))
        .set_output(secret("output value"))
        .set_invocation_parameters(json!({ "temperature": 0.5, "stop": secret("parameter") }))
        .set_tools(Tool::new("look_up").description(secret("offered tool")))
        .set_input_messages(input)
        .set_output_messages(output.tool_call(call("output tool call").id(secret("tool call id"))));
}

fn completion() {
    llm_span!("completion")
        .set_prompts(secret("prompt"))
        .set_choices(secret("choice"))
        .set_prompt(Prompt::new(secret("prompt id")))
        .set_prompt_template(
            PromptTemplate::new(secret("template")).variables(json!({ "name": secret("template variable") })),
        );
}

/// Messages as fields that conversion takes apart.
fn json_messages() {
    let of_gen_ai = |role, place| json!([{ "role": role, "parts": [{ "type": "text", "content": secret(place) }] }]);
    drop(info_span!(
        "gen_ai",
        gen_ai.operation.name = "chat",
        gen_ai.input.messages = %of_gen_ai("user", "input message of gen_ai"),
        gen_ai.output.messages = %of_gen_ai("assistant", "output message of gen_ai"),
    ));
    let messages = json!([{ "role": "user", "content": secret("input message in JSON") }]);
    drop(info_span!("json", openinference.span.kind = "LLM", llm.input_messages = %messages));
}

fn call_tool() {
    tool_span!("tool").set_tool(
        Tool::new("look_up")
            .description(secret("called tool's description"))
            .parameters(json!({ "key": secret("called tool's arguments") })),
    );
}

fn retrieve() {
    let document = Document::from(secret("retrieved document")).id(secret("document id"));
    retriever_span!("retriever").set_documents(document.metadata(json!({ "from": secret("retrieved metadata") })));
}

fn rerank() {
    reranker_span!("reranker")
        .set_reranker(Reranker::new(secret("reranker query")))
        .set_reranker_input_documents(Document::from(secret("reranker input")))
        .set_reranker_output_documents(Document::from(secret("reranker output")));
}

fn embed() {
    embedding_span!("CreateEmbeddings").set_embeddings(Embedding::new(secret("embedded text"), [VECTOR]));
}

fn media() {
    llm_span!("media")
        .set_input_images(secret("input image"))
        .set_output_images(secret("output image"))
        .set_input_documents(Document::from(secret("input document")))
        .set_output_documents(Document::from(secret("output document")))
        .set_attribute("input.audio.transcript", secret("input transcript"))
        .set_attribute("output.audio.transcript", secret("output transcript"));
}
