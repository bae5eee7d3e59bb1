//! Whole requests, responses and chunks of providers.

use serde_json::{Value, json};
use tracing_openinference::{OpenInferenceSpanExt, OpenInferenceStreamExt, embedding_span, llm_span};

use crate::carrier::{
    CHOICES, Carrier, EITHER, IN_AUDIO, IN_IMAGE, IN_MESSAGE, IN_TEXT, OUT_MESSAGE, OUT_TEXT, PROMPTS, TOOLS, carrier,
};
use crate::surroundings::{chunks, read};

pub(crate) const CARRIERS: &[&[Carrier]] = &[REQUESTS, RESPONSES, CHUNKS];

/// The request as a whole stays where it has nothing that is hidden.
const REQUEST_PARAMETERS: &[&str] = &[
    "hide_llm_invocation_parameters",
    "hide_inputs",
    "hide_input_messages",
    "hide_input_text",
    "hide_input_images",
    "hide_input_audio",
    "hide_prompts",
    "hide_llm_tools",
];
/// What may be in there nobody can tell.
const UNKNOWN_REQUEST: &[&str] = &[
    "hide_llm_invocation_parameters",
    "hide_llm_tools",
    "hide_inputs",
    "hide_input_messages",
    "hide_input_text",
    "hide_input_images",
    "hide_input_audio",
    "hide_embeddings_text",
    "hide_prompts",
];
const UNKNOWN_RESPONSE: &[&str] = &[
    "hide_llm_invocation_parameters",
    "hide_llm_tools",
    "hide_inputs",
    "hide_outputs",
    "hide_input_messages",
    "hide_output_messages",
    "hide_input_images",
    "hide_input_text",
    "hide_output_text",
    "hide_embedding_vectors",
    "hide_embeddings_vectors",
    "hide_embeddings_text",
    "hide_prompts",
    "hide_choices",
    "hide_input_audio",
    "hide_output_audio",
];

fn ask(request: Value) {
    _ = llm_span!("chat").set_llm_request(&request);
}

fn answer(response: Value) {
    _ = llm_span!("chat").set_llm_response(&response);
}

fn chat(message: Value) -> Value {
    json!({ "model": "gpt-4o", "messages": [{ "role": "system", "content": "-" }, message], "temperature": 0.5 })
}

const REQUESTS: &[Carrier] = &[
    carrier("set_llm_request: content", IN_TEXT, |s| ask(chat(json!({ "role": "user", "content": s.text })))),
    carrier("set_llm_request: a name", IN_MESSAGE, |s| {
        ask(chat(json!({ "role": "user", "content": "-", "name": s.text })));
    }),
    carrier("set_llm_request: an image", IN_IMAGE, |s| {
        let image = json!({ "type": "image_url", "image_url": { "url": s.text } });
        ask(chat(json!({ "role": "user", "content": [image] })));
    }),
    carrier("set_llm_request: an image in a tool's result", IN_IMAGE, |s| {
        let image = json!({ "type": "image", "source": { "type": "url", "url": s.text } });
        let result = json!({ "type": "tool_result", "tool_use_id": "1", "content": [image] });
        ask(chat(json!({ "role": "user", "content": [result] })));
    }),
    carrier("set_llm_request: a sound", IN_AUDIO, |s| {
        let sound = json!({ "type": "input_audio", "input_audio": { "data": s.text, "format": "wav" } });
        ask(chat(json!({ "role": "user", "content": [sound] })));
    }),
    carrier("set_llm_request: tool arguments", IN_TEXT, |s| {
        let call = json!({ "id": "1", "type": "function", "function": { "name": "tool", "arguments": s.text } });
        ask(chat(json!({ "role": "assistant", "content": null, "tool_calls": [call] })));
    }),
    carrier("set_llm_request: a tool", TOOLS, |s| {
        let tool = json!({ "type": "function", "function": { "name": "tool", "description": s.text } });
        ask(json!({ "model": "gpt-4o", "messages": [{ "role": "user", "content": "-" }], "tools": [tool] }));
    }),
    carrier("set_llm_request: a parameter", REQUEST_PARAMETERS, |s| {
        ask(json!({ "model": "gpt-4o", "messages": [{ "role": "user", "content": "-" }], "stop": [s.text] }));
    }),
    carrier("set_llm_request: a number", &["hide_llm_invocation_parameters"], |s| {
        ask(json!({ "model": "gpt-4o", "messages": [{ "role": "user", "content": "-" }], "seed": s.integer }));
    }),
    carrier("set_llm_request: Anthropic", IN_TEXT, |s| {
        let message = json!({ "role": "user", "content": "-" });
        ask(json!({ "model": "claude", "max_tokens": 9, "system": s.text, "messages": [message] }));
    }),
    carrier("set_llm_request: Gemini", IN_TEXT, |s| {
        ask(json!({ "contents": [{ "role": "user", "parts": [{ "text": s.text }] }] }));
    }),
    carrier("set_llm_request: Responses", IN_TEXT, |s| {
        ask(json!({ "model": "gpt-4o", "instructions": "-", "input": [{ "role": "user", "content": s.text }] }));
    }),
    carrier("set_llm_request: completions", PROMPTS, |s| ask(json!({ "model": "davinci-002", "prompt": s.text }))),
    carrier("set_llm_request: embeddings", &["hide_inputs", "hide_embeddings_text"], |s| {
        _ = embedding_span!().set_llm_request(&json!({ "model": "text-embedding-3-small", "input": [s.text] }));
    }),
    carrier("set_llm_request: a shape nobody knows", UNKNOWN_REQUEST, |s| ask(json!({ "a": { "b": [s.text] } }))),
    carrier("set_llm_request: not JSON", UNKNOWN_REQUEST, |s| _ = llm_span!("chat").set_llm_request(&s.text)),
];

const RESPONSES: &[Carrier] = &[
    carrier("set_llm_response: content", OUT_TEXT, |s| {
        answer(json!({ "model": "m", "choices": [{ "message": { "role": "assistant", "content": s.text } }] }));
    }),
    carrier("set_llm_response: tool arguments", OUT_TEXT, |s| {
        let call = json!({ "id": "1", "type": "function", "function": { "name": "tool", "arguments": s.text } });
        answer(json!({ "model": "m", "choices": [{ "message": { "role": "assistant", "tool_calls": [call] } }] }));
    }),
    carrier("set_llm_response: tool name", OUT_MESSAGE, |s| {
        let call = json!({ "id": "1", "type": "function", "function": { "name": s.text, "arguments": "{}" } });
        answer(json!({ "model": "m", "choices": [{ "message": { "role": "assistant", "tool_calls": [call] } }] }));
    }),
    carrier("set_llm_response: Anthropic", OUT_TEXT, |s| {
        let content = json!([{ "type": "text", "text": s.text }]);
        answer(json!({ "type": "message", "role": "assistant", "model": "claude", "content": content }));
    }),
    carrier("set_llm_response: completions", CHOICES, |s| {
        answer(json!({ "object": "text_completion", "model": "m", "choices": [{ "text": s.text, "index": 0 }] }));
    }),
    carrier("set_llm_response: vectors", &["hide_outputs", "hide_embedding_vectors", "hide_embeddings_vectors"], |s| {
        let data = json!([{ "object": "embedding", "index": 0, "embedding": [0.5, s.float] }]);
        _ = embedding_span!().set_llm_response(&json!({ "object": "list", "model": "m", "data": data }));
    }),
    carrier("set_llm_response: an error", EITHER, |s| {
        answer(json!({ "error": { "message": s.text, "type": "invalid_request_error" } }));
    }),
    carrier("set_llm_response: a shape nobody knows", UNKNOWN_RESPONSE, |s| answer(json!({ "a": { "b": [s.text] } }))),
];

const CHUNKS: &[Carrier] = &[
    carrier("trace_llm_chunks: text", OUT_TEXT, |s| {
        // In two pieces, neither of which is the secret.
        let (first, second) = s.word.split_at(8);
        let chunk = |text: &str| {
            let choice = json!({ "index": 0, "delta": { "role": "assistant", "content": text } });
            json!({ "object": "chat.completion.chunk", "model": "m", "choices": [choice] })
        };
        read(chunks([chunk(first), chunk(second)]).trace_llm_chunks(llm_span!("stream")), 10);
    }),
    carrier("trace_llm_chunks: an error", EITHER, |s| {
        read(
            chunks([json!({ "error": { "message": s.text, "type": "e" } })]).trace_llm_chunks(llm_span!("stream")),
            10,
        );
    }),
    carrier("trace_llm_chunks: a shape nobody knows", UNKNOWN_RESPONSE, |s| {
        read(chunks([json!({ "a": s.text })]).trace_llm_chunks(llm_span!("stream")), 10);
    }),
];
