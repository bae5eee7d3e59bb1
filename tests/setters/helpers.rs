//! The corners of Python's attribute helpers: empty objects, zeros, text that is JSON already.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tracing::Span;
use tracing_openinference::{
    Annotation, Audio, Content, Decision, Document, Embedding, Evaluation, IoValue, Json, Message,
    OpenInferenceSpanExt, Reranker, TokenCount, Tool, ToolCall, TraceConfig, chain_span,
};

use crate::compare::{json_of, same};

/// The number-th recorded call of a helper, and the same in Rust.
type Row = (&'static str, usize, fn(&Span));

const ROWS: &[Row] = &[
    ("get_input_attributes", 1, |span| _ = span.set_input("x")),
    ("get_input_attributes", 2, |span| _ = span.set_input(IoValue::json_text("x"))),
    ("get_input_attributes", 4, |span| _ = span.set_input(Json(json!({"a": 1})))),
    ("get_input_attributes", 5, |span| _ = span.set_input(Json([1]))),
    ("get_input_attributes", 6, |span| _ = span.set_input(Json(1))),
    ("get_output_attributes", 2, |span| _ = span.set_output(Json("x"))),
    ("get_llm_attributes", 0, |_| ()),
    ("get_llm_attributes", 7, |span| {
        _ = span.set_input_messages(Vec::<Message>::new()).set_output_messages(Message::default())
    }),
    ("get_llm_attributes", 8, messages),
    ("get_llm_attributes", 10, tools),
    ("get_embedding_attributes", 0, |span| {
        let embeddings = [Embedding::new("t", [1.0]), Embedding::default(), Embedding::default().vector([0.0; 0])];
        span.set_embedding_model("m").set_embeddings(embeddings);
    }),
    ("get_retriever_attributes", 0, |span| {
        let first = Document::from("").id(0).score(0).metadata(json!({}));
        span.set_documents([first, Document::default(), Document::default().metadata("s")]);
    }),
    ("get_reranker_attributes", 0, |span| {
        span.set_reranker(Reranker::new("").model("m").top_k(0))
            .set_reranker_input_documents(Document::default().id("i"))
            .set_reranker_output_documents(Vec::<Document>::new());
    }),
    ("get_metadata_attributes", 0, |span| _ = span.set_metadata(json!({"a": 1, "u": "ü"}))),
    ("get_session_attributes", 0, |span| _ = span.set_session("s")),
    ("get_user_id_attributes", 0, |span| _ = span.set_user("u")),
    ("get_tag_attributes", 0, |span| _ = span.set_tags(["a", "b"])),
    ("get_decision_attributes", 0, |span| {
        span.set_decision(Decision::new("OpenAI").provider("TypeSafe").request_model("r").token_count(1, 0));
    }),
    ("get_annotation_attributes", 5, |span| _ = span.set_annotations(Annotation::new("n", 0))),
    ("get_evaluation_attributes", 0, |span| {
        span.set_evaluations(Evaluation::new("n", "l").metadata(json!({"k": "ü"})).on_trace());
    }),
];

fn messages(span: &Span) {
    let calls = [
        ToolCall::from(("get_weather", json!({"city": "Paris"}))).id("call_1"),
        ToolCall::from(("get_weather", r#"{"city": "Zürich"}"#)).id("call_2").reasoning_signature("sig=="),
    ];
    span.set_input_messages([
        Message::system("You are terse."),
        Message::user("Weather in Paris?"),
        Message::new("assistant").tool_calls(calls),
        Message::tool("call_1", r#"{"temp": 18}"#),
        Message::user(None::<String>),
        Message::from(("x", "")),
    ]);
}

fn tools(span: &Span) {
    let weather = json!({
        "type": "function",
        "function": {
            "name": "get_weather",
            "description": "Get the weather",
            "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
        },
    });
    span.set_tools(|| {
        let known = [weather, json!("s")].map(Tool::from_json_schema);
        known.into_iter().chain([Tool::default(), Tool::from_json_schema(json!({})), Tool::new("n")])
    });
}

/// What `set` puts on a span beside the kind.
fn attributes(set: fn(&Span)) -> BTreeMap<String, Value> {
    let spans = crate::run(TraceConfig::new(), || set(&chain_span!("span")));
    let attributes = spans[0].attributes.iter().map(|attribute| (attribute.key.to_string(), json_of(&attribute.value)));
    attributes.filter(|(key, _)| key != "openinference.span.kind").collect()
}

#[test]
fn the_corners_of_the_helpers_are_those_of_python() {
    let oracle: Value = serde_json::from_str(include_str!("../oracle/helpers_python.json")).unwrap();
    for (helper, number, set) in ROWS {
        let calls = oracle["calls"].as_array().unwrap().iter().filter(|call| call["helper"] == *helper);
        let call = calls.clone().nth(*number).unwrap();
        let (python, ours) = (call["result"].as_object().unwrap(), attributes(*set));
        for key in python.keys().chain(ours.keys()) {
            let (python, ours) = (python.get(key), ours.get(key));
            assert!(same(python, ours), "{call}: {key} = {ours:?}");
        }
    }
}

/// Python leaves such text as it is; Phoenix stores nothing of a span whose `metadata` it cannot parse.
#[test]
fn text_that_is_no_json_becomes_json() {
    let set = |span: &Span| {
        _ = span.set_invocation_parameters("raw").set_metadata("raw").set_tool(Tool::new("n").parameters("p"))
    };
    let expected = [
        ("llm.invocation_parameters", "\"raw\""),
        ("metadata", "\"raw\""),
        ("tool.name", "n"),
        ("tool.parameters", "\"p\""),
    ];
    assert_eq!(attributes(set), expected.map(|(key, value)| (key.to_owned(), json!(value))).into());
}

#[test]
fn details_that_the_python_helpers_leave_out_are_written() {
    let tokens = |span: &Span| {
        let tokens = TokenCount::new(Some(3_u32), None::<u64>).cache_input(1_u8).prompt_detail("other", 1).reasoning(2);
        span.set_token_count(tokens);
    };
    let expected = [
        ("llm.token_count.completion_details.reasoning", 2),
        ("llm.token_count.prompt", 3),
        ("llm.token_count.prompt_details.cache_input", 1),
        ("llm.token_count.prompt_details.other", 1),
    ];
    assert_eq!(attributes(tokens), expected.map(|(key, value)| (key.to_owned(), json!(value))).into());
}

#[test]
fn every_part_of_a_message_has_its_place() {
    let set = |span: &Span| {
        let audio = Audio::new("a.wav").mime_type("audio/wav").transcript("hello");
        let file = Document::from("text").id("d").name("n").url("u").mime_type("application/pdf");
        span.set_input_messages(
            Message::assistant([
                Content::video("v.mp4").id("part-1"),
                Content::audio(audio),
                Content::document(file),
                Content::redacted_reasoning("opaque"),
                Content::from(ToolCall::new("f", "{}").id("call-1").reasoning_signature("s")),
            ])
            .name("bob")
            .function_call("old", json!({"a": 1})),
        );
    };
    let part = |rest: &str| format!("llm.input_messages.0.message.contents.{rest}");
    let message = |rest: &str| format!("llm.input_messages.0.message.{rest}");
    let expected = [
        (message("role"), "assistant"),
        (message("name"), "bob"),
        (message("function_call_name"), "old"),
        (message("function_call_arguments_json"), "{\"a\":1}"),
        (part("0.message_content.type"), "video"),
        (part("0.message_content.id"), "part-1"),
        (part("0.message_content.video.video.url"), "v.mp4"),
        (part("1.message_content.type"), "audio"),
        (part("1.message_content.audio.audio.url"), "a.wav"),
        (part("1.message_content.audio.audio.mime_type"), "audio/wav"),
        (part("1.message_content.audio.audio.transcript"), "hello"),
        (part("2.message_content.type"), "document"),
        (part("2.message_content.document.document.content"), "text"),
        (part("2.message_content.document.document.id"), "d"),
        (part("2.message_content.document.document.name"), "n"),
        (part("2.message_content.document.document.url"), "u"),
        (part("2.message_content.document.document.mime_type"), "application/pdf"),
        (part("3.message_content.type"), "reasoning"),
        (part("3.message_content.data"), "opaque"),
        (part("4.message_content.type"), "tool_use"),
        (part("4.tool_call.id"), "call-1"),
        (part("4.tool_call.function.name"), "f"),
        (part("4.tool_call.function.arguments"), "{}"),
        (part("4.tool_call.reasoning_signature"), "s"),
    ];
    assert_eq!(attributes(set), expected.map(|(key, value)| (key, json!(value))).into());
}
