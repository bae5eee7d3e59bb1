//! LLM and EMBEDDING spans.

use serde_json::json;
use tracing_openinference::semconv::keys;
use tracing_openinference::{
    Audio, Content, Cost, Document, Embedding, Json, Message, OpenInferenceSpanExt, PromptTemplate, TokenCount, Tool,
    ToolCall, embedding_span, llm_span,
};

use crate::Scenario;
use crate::errors::RuntimeError;

const IMAGE: &str = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABAAAA";

pub(crate) const SCENARIOS: &[Scenario] = &[
    ("llm_chat_tool_round_trip", chat_tool_round_trip),
    ("llm_request_response_models", request_response_models),
    ("llm_decorator_default", decorator_default),
    ("llm_decorator_processors", decorator_processors),
    ("llm_decorator_processor_raises", || _ = llm_span!("call").set_ok()),
    ("llm_streaming", streaming),
    ("llm_streaming_default", streaming_default),
    ("llm_streaming_async", streaming_async),
    ("llm_streaming_error", streaming_error),
    ("llm_streaming_abandoned", || _ = llm_span!("stream").set_input(Json(json!({"prompt": "hi"})))),
    ("llm_streaming_first_token_event", || _ = llm_span!("s").set_output("x")),
    ("llm_multimodal", multimodal),
    ("llm_completions", completions),
    ("llm_prompt_template", prompt_template),
    ("embedding", embedding),
];

fn chat_tool_round_trip() {
    let weather = json!({
        "type": "function",
        "function": {
            "name": "get_weather",
            "description": "Get the weather",
            "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
        },
    });
    let calls = [
        ToolCall::new("get_weather", json!({"city": "Paris"})).id("call_1"),
        ToolCall::new("get_weather", r#"{"city": "Zürich"}"#).id("call_2").reasoning_signature("sig=="),
    ];
    llm_span!("ChatCompletion", otel.kind = "client")
        .set_provider("OpenAI")
        .set_system("openai")
        .set_model("gpt-4o-2024-08-06")
        .set_invocation_parameters(json!({"temperature": 0.5, "max_tokens": 100, "stop": ["\n"], "stream": false}))
        .set_input_messages([
            Message::system("You are terse."),
            Message::user("Weather in Paris?"),
            Message::new("assistant").tool_calls(calls),
            Message::tool("call_1", r#"{"temp": 18}"#),
        ])
        .set_output_messages(("assistant", "18°C, mild 🌤"))
        .set_token_count(
            TokenCount::new(120, 9)
                .total(129)
                .cache_write(8)
                .cache_read(64)
                .prompt_audio(0)
                .reasoning(4)
                .completion_audio(0),
        )
        .set_tools([
            Tool::from_json_schema(weather),
            Tool::new("f2").description("second").json_schema(r#"{"type":"function"}"#),
        ])
        .set_cost(Cost::new(0.0012, 0.0003).total(0.0015))
        .set_finish_reason("stop")
        .set_attribute(keys::LLM_FUNCTION_CALL, r#"{"name": "old"}"#)
        .set_input(Json(json!({
            "messages": [
                {"role": "system", "content": "You are terse."},
                {"role": "user", "content": "Weather in Paris?"},
            ],
            "model": "gpt-4o",
        })))
        .set_output("18°C, mild 🌤")
        .set_ok();
}

fn request_response_models() {
    llm_span!("m")
        .set_provider("aws")
        .set_system("anthropic")
        .set_request_model("claude-x")
        .set_response_model("claude-x-fast");
}

fn decorator_default() {
    llm_span!("call").set_input(Json(json!({"prompt": "hi", "temperature": 0.0}))).set_output("answer").set_ok();
}

fn decorator_processors() {
    llm_span!("custom-llm")
        .set_input(Json([json!({"role": "user", "content": "Weather in Paris?"})]))
        .set_model("m1")
        .set_invocation_parameters(json!({"temperature": 0.1}))
        .set_input_messages(("user", "Weather in Paris?"))
        .set_output("pong")
        .set_output_messages(Message::assistant("pong"))
        .set_token_count(TokenCount::new(1, 2).total(3))
        .set_ok();
}

fn streaming() {
    llm_span!("stream")
        .set_input(Json(json!({"prompt": "hi"})))
        .set_output("Hello")
        .set_output_messages(|| ("assistant", ["Hel", "lo"].concat()))
        .set_ok();
}

fn streaming_default() {
    llm_span!("stream").set_input(Json(json!({"prompt": "hi"}))).set_output(Json(["Hel", "lo"])).set_ok();
}

fn streaming_async() {
    llm_span!("stream").set_input(Json(json!({"prompt": "hi"}))).set_output(|| ["a", "b"].concat()).set_ok();
}

fn streaming_error() {
    llm_span!("stream")
        .set_input(Json(json!({"prompt": "hi"})))
        .set_output(Json(["part"]))
        .record_exception(&RuntimeError("stream broke"));
}

fn multimodal() {
    llm_span!("vision")
        .set_input_messages(
            Message::user([
                Content::text("What is this?").signature("tsig"),
                Content::image("https://x.test/cat.png"),
                Content::image(IMAGE),
                Content::audio(Audio::new("https://x.test/a.wav").transcript("hello there")),
                Content::document(Document::default().url("https://x.test/a.pdf")),
            ])
            .name("bob"),
        )
        .set_output_messages(Message::assistant([
            Content::reasoning("thinking").signature("rsig").data("rdata").encrypted_content("renc"),
            Content::text("A cat."),
            Content::image(IMAGE),
            Content::tool_use(ToolCall::default().arguments(json!({"q": 1}))),
        ]));
}

fn completions() {
    llm_span!("Completion")
        .set_system("openai")
        .set_model("babbage-002")
        .set_prompts("def fib(n):")
        .set_choices([" return 1"])
        .set_token_count(TokenCount::default().total(5))
        .set_input("def fib(n):")
        .set_output(" return 1");
}

fn prompt_template() {
    llm_span!("llm")
        .set_prompt_template(
            PromptTemplate::new("Weather in {city}").version("v1.0").variables(json!({"city": "Johannesburg", "n": 2})),
        )
        .set_input("Weather in Johannesburg");
}

fn embedding() {
    embedding_span!()
        .set_embedding_model("text-embedding-3-small")
        .set_embeddings([
            Embedding::new("hello", [0.1, 0.2, 0.3]),
            Embedding::from("world"),
            Embedding::from(vec![1.0, 2.0]),
        ])
        .set_embedding_invocation_parameters(json!({"encoding_format": "float"}))
        .set_token_count(TokenCount::default().prompt(2).total(2))
        .set_input(Json(json!({"input": ["hello", "world"]})))
        .set_output(Json(json!({"data": [[0.1]]})));
}
