//! Setters of all other spans.

use serde_json::json;
use tracing::info_span;
use tracing_openinference::{
    Annotation, Document, Embedding, Evaluation, Json, OpenInferenceSpanExt, Reranker, Tool, ToolCall, chain_span,
    embedding_span, evaluator_span, reranker_span, retriever_span, tool_span,
};

use crate::carrier::{
    ALL_DOCUMENTS, Carrier, DOCUMENTS, EITHER, IN, OUT, OUT_AUDIO, OUT_TEXT, PARAMETERS, TOOLS, carrier,
};

pub(crate) const CARRIERS: &[&[Carrier]] = &[VALUES, FILES, TOOL, FOUND, EMBEDDED, JUDGED];

const OUT_TEXT_OR_UNKNOWN: &[&str] = &["hide_inputs", "hide_outputs", "hide_output_messages", "hide_output_text"];

const VALUES: &[Carrier] = &[
    carrier("set_input: text", IN, |s| _ = chain_span!("step").set_input(s.text.as_str())),
    carrier("set_input: a number", IN, |s| _ = chain_span!("step").set_input(s.integer)),
    carrier("set_input: format_args", IN, |s| _ = chain_span!("step").set_input(format_args!("<{}>", s.text))),
    carrier("set_input: a closure", IN, |s| _ = chain_span!("step").set_input(|| s.text.clone())),
    carrier("set_input: nested JSON", IN, |s| {
        _ = chain_span!("step").set_input(Json(json!({ "a": [{ "b": { "c": [null, s.text] } }] })));
    }),
    carrier("set_input: JSON in JSON in JSON", IN, |s| {
        let inner = json!({ "a": s.text }).to_string();
        _ = chain_span!("step").set_input(Json(json!({ "b": json!([inner]).to_string() })));
    }),
    carrier("set_input: a key", IN, |s| _ = chain_span!("step").set_input(Json(json!({ "a": { &s.word: 1 } })))),
    carrier("set_output: text", OUT, |s| _ = chain_span!("step").set_output(s.text.as_str())),
    carrier("set_output: bytes", OUT, |s| _ = chain_span!("step").set_output(Json(s.text.as_bytes()))),
    carrier("set_output: a float", OUT, |s| _ = chain_span!("step").set_output(s.float)),
    carrier("set_attribute: input.value", IN, |s| {
        _ = chain_span!("step").set_attribute("input.value", s.text.as_str());
    }),
    carrier("set_attribute: a list", OUT, |s| {
        _ = chain_span!("step").set_attribute("output.value", ["-", s.text.as_str()]);
    }),
    carrier("set_attribute: a list of numbers", IN, |s| {
        _ = chain_span!("step").set_attribute("input.value", [1, s.integer]);
    }),
    carrier("set_attribute: a list of floats", OUT, |s| {
        _ = chain_span!("step").set_attribute("output.numbers", [0.5, s.float]);
    }),
    carrier("set_attribute: a closure", OUT, |s| {
        _ = chain_span!("step").set_attribute("output.value", || s.text.clone());
    }),
    carrier("set_attribute: a key with white space", IN, |s| {
        _ = chain_span!("step").set_attribute(" input . value ", s.text.as_str());
    }),
    // Until it is tidied, the key is one that nobody knows.
    carrier("set_attribute: a key with empty parts", OUT_TEXT_OR_UNKNOWN, |s| {
        let key = "llm..output_messages.0.message.content";
        _ = chain_span!("step").set_attribute(key, s.text.as_str());
    }),
    carrier("set_attribute: a part of a list", OUT_AUDIO, |s| {
        _ = chain_span!("step").set_attribute("llm.output_messages.7.message.contents", s.text.as_str());
    }),
];

const FILES: &[Carrier] = &[
    carrier("set_input_images", &["hide_inputs", "hide_input_images"], |s| {
        _ = chain_span!("step").set_input_images(s.text.as_str());
    }),
    carrier("set_output_images", OUT, |s| _ = chain_span!("step").set_output_images([s.text.as_str()])),
    carrier("set_input_documents", IN, |s| _ = chain_span!("step").set_input_documents(s.text.as_str())),
    carrier("set_input_documents: address", IN, |s| {
        _ = chain_span!("step").set_input_documents(Document::default().url(s.text.as_str()));
    }),
    carrier("set_output_documents", OUT, |s| _ = chain_span!("step").set_output_documents((s.text.as_str(), 0.5))),
    carrier("input.audio", &["hide_inputs", "hide_input_audio"], |s| {
        drop(info_span!("heard", input.audio.transcript = s.text));
    }),
    carrier("output.audio", &["hide_outputs", "hide_output_audio"], |s| {
        drop(info_span!("said", output.audio.url = s.text));
    }),
];

const TOOL: &[Carrier] = &[
    carrier("set_tool: description", &["hide_llm_tools"], |s| {
        _ = tool_span!("tool").set_tool(Tool::new("tool").description(s.text.as_str()));
    }),
    carrier("set_tool: schema", &["hide_llm_tools"], |s| {
        _ = tool_span!("tool").set_tool(Tool::new("tool").json_schema(json!({ "a": s.text })));
    }),
    carrier("set_tool: parameters", TOOLS, |s| {
        _ = tool_span!("tool").set_tool(Tool::new("tool").parameters(json!({ "a": s.text })));
    }),
    carrier("set_tool_call: arguments", IN, |s| {
        _ = tool_span!("tool").set_tool_call(ToolCall::new("tool", json!({ "a": { "b": s.text } })));
    }),
    carrier(
        "tool_call.function.arguments",
        &["hide_inputs", "hide_outputs", "hide_output_messages", "hide_output_text"],
        |s| {
            drop(info_span!("tool", tool_call.function.arguments = s.text));
        },
    ),
    carrier("llm.function_call", OUT_TEXT, |s| {
        drop(info_span!("llm", llm.function_call = json!({ "arguments": s.text }).to_string()));
    }),
];

const FOUND: &[Carrier] = &[
    carrier("set_documents: content", DOCUMENTS, |s| _ = retriever_span!("find").set_documents(s.text.as_str())),
    carrier("set_documents: metadata", DOCUMENTS, |s| {
        _ = retriever_span!("find").set_documents([Document::default().metadata(json!({ "a": [s.text] }))]);
    }),
    carrier("set_documents: a key of metadata", DOCUMENTS, |s| {
        _ = retriever_span!("find").set_documents(|| [Document::default().metadata(json!({ &s.word: 1 }))]);
    }),
    carrier("set_documents: address", DOCUMENTS, |s| {
        _ = retriever_span!("find").set_documents(Document::from("-").url(s.text.as_str()));
    }),
    carrier("set_documents: name", DOCUMENTS, |s| {
        _ = retriever_span!("find").set_documents(Document::from("-").name(s.text.as_str()));
    }),
    carrier("set_reranker: query", IN, |s| _ = reranker_span!("order").set_reranker(Reranker::new(s.text.as_str()))),
    carrier("set_reranker_input_documents", &["hide_inputs", "hide_retrieval_documents"], |s| {
        _ = reranker_span!("order").set_reranker_input_documents(s.text.as_str());
    }),
    carrier("set_reranker_input_documents: id", IN, |s| {
        _ = reranker_span!("order").set_reranker_input_documents(Document::from("-").id(s.text.as_str()));
    }),
    carrier("set_reranker_output_documents", ALL_DOCUMENTS, |s| {
        _ = reranker_span!("order").set_reranker_output_documents(s.text.as_str());
    }),
    carrier("set_reranker_output_documents: metadata", ALL_DOCUMENTS, |s| {
        let document = Document::from("-").metadata(json!({ "a": s.text }));
        _ = reranker_span!("order").set_reranker_output_documents(document);
    }),
];

const EMBEDDED: &[Carrier] = &[
    carrier("set_embeddings: text", &["hide_inputs", "hide_embeddings_text"], |s| {
        _ = embedding_span!().set_embeddings(Embedding::new(s.text.as_str(), [0.5]));
    }),
    carrier("set_embeddings: vector", &["hide_outputs", "hide_embedding_vectors", "hide_embeddings_vectors"], |s| {
        _ = embedding_span!().set_embeddings(Embedding::new("-", [0.5, s.float]));
    }),
    carrier("embeddings in JSON: text", &["hide_inputs", "hide_embeddings_text"], |s| {
        drop(info_span!("embed", embedding.embeddings = json!([{ "text": s.text, "vector": [0.5] }]).to_string()));
    }),
    carrier(
        "embeddings in JSON: vector",
        &["hide_outputs", "hide_embedding_vectors", "hide_embeddings_vectors"],
        |s| {
            drop(info_span!("embed", embedding.embeddings = json!([{ "vector": [0.5, s.float] }]).to_string()));
        },
    ),
    carrier("set_embedding_invocation_parameters", PARAMETERS, |s| {
        _ = embedding_span!().set_embedding_invocation_parameters(json!({ "user": s.text }));
    }),
];

const JUDGED: &[Carrier] = &[
    carrier("set_annotations: explanation", EITHER, |s| {
        _ = chain_span!("step").set_annotations(Annotation::explained("good", s.text.as_str()));
    }),
    carrier("set_annotations: metadata", EITHER, |s| {
        let annotation = Annotation::new("good", 1.0).metadata(json!({ "a": s.text }));
        _ = chain_span!("step").set_annotations(annotation.on_trace());
    }),
    carrier("set_evaluations: explanation", EITHER, |s| {
        let evaluation = Evaluation::explained("good", s.text.as_str()).on_session();
        _ = evaluator_span!("judge").set_session("s").set_evaluations(evaluation);
    }),
    carrier("set_evaluations: metadata", EITHER, |s| {
        _ = evaluator_span!("judge").set_evaluations(Evaluation::new("good", 1.0).metadata(json!({ &s.word: 1 })));
    }),
    carrier("annotations in JSON", EITHER, |s| {
        let annotations = json!([{ "name": "good", "score": 1, "explanation": s.text }]).to_string();
        drop(info_span!("judged", annotations = annotations));
    }),
];
