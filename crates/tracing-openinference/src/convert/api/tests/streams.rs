use serde_json::{Value as Json, json};

use super::{Hides, lines, response, value};
use crate::convert::api::{self, Body, Chunks, Written};

fn folded(chunks: &[Json]) -> Written {
    let mut fold = Chunks::new(true);
    for chunk in chunks {
        assert_eq!(fold.push(Body::of(chunk)), None);
    }
    api::response(fold.finish().unwrap(), &super::SEES_ALL)
}

/// A stream says what the whole response says, the whole included.
#[track_caller]
fn assert_same(chunks: &[Json], whole: &Json) {
    let (folded, whole) = (folded(chunks), response(whole));
    assert_eq!(lines(&folded), lines(&whole));
    let json = |written: &Written| serde_json::from_str::<Json>(&value(written, "output.value").unwrap()).unwrap();
    assert_eq!(json(&folded), json(&whole));
}

fn openai() -> Vec<Json> {
    let chunk = |delta: Json| json!({ "id": "c", "object": "chat.completion.chunk", "model": "gpt-4o-2024-08-06", "usage": null, "choices": [{ "index": 0, "delta": delta, "finish_reason": null }] });
    let call = |index: u64, id: Json, name: Json, arguments: &str| {
        chunk(
            json!({ "tool_calls": [{ "index": index, "id": id, "type": "function", "function": { "name": name, "arguments": arguments } }] }),
        )
    };
    vec![
        chunk(json!({ "role": "assistant", "content": "" })),
        chunk(json!({ "reasoning_content": "Think" })),
        chunk(json!({ "reasoning_content": " first." })),
        chunk(json!({ "content": "Let me" })),
        chunk(json!({ "content": " look." })),
        call(1, json!("call_2"), json!("ask"), ""),
        call(0, json!("call_1"), json!("look"), ""),
        call(0, Json::Null, Json::Null, "{\"at\""),
        call(1, json!(""), json!(""), "{}"),
        call(0, Json::Null, Json::Null, ": 1}"),
        json!({ "id": "c", "object": "chat.completion.chunk", "model": "gpt-4o-2024-08-06", "choices": [{ "index": 0, "delta": {}, "finish_reason": "tool_calls" }] }),
        json!({ "id": "c", "object": "chat.completion.chunk", "model": "gpt-4o-2024-08-06", "choices": [], "usage": { "prompt_tokens": 9, "completion_tokens": 2, "total_tokens": 11 } }),
    ]
}

#[test]
fn openai_chat_chunks() {
    let whole = json!({
        "id": "c", "object": "chat.completion", "model": "gpt-4o-2024-08-06",
        "choices": [{ "index": 0, "finish_reason": "tool_calls", "message": {
            "role": "assistant", "content": "Let me look.", "reasoning_content": "Think first.",
            "tool_calls": [
                { "id": "call_1", "type": "function", "function": { "name": "look", "arguments": "{\"at\": 1}" } },
                { "id": "call_2", "type": "function", "function": { "name": "ask", "arguments": "{}" } },
            ],
        } }],
        "usage": { "prompt_tokens": 9, "completion_tokens": 2, "total_tokens": 11 },
    });
    assert_same(&openai(), &whole);
    let events: Vec<Json> = openai().iter().map(|chunk| json!(format!("data: {chunk}\n\n"))).collect();
    assert_same(&[events, vec![json!("data: [DONE]\n\n")]].concat(), &whole);
}

#[test]
fn calls_without_an_index_go_on_where_they_were() {
    let chunk = |call: Json| json!({ "choices": [{ "delta": { "tool_calls": [call] } }] });
    let chunks = [
        chunk(json!({ "id": "a", "function": { "name": "look", "arguments": "{\"a" } })),
        chunk(json!({ "function": { "arguments": "t\": 1}" } })),
        chunk(json!({ "id": "b", "function": { "name": "ask", "arguments": "{}" } })),
    ];
    let written = folded(&chunks);
    let call = |at, field| value(&written, &format!("llm.output_messages.0.message.tool_calls.{at}.tool_call.{field}"));
    assert_eq!(call(0, "function.arguments").as_deref(), Some("{\"at\": 1}"));
    assert_eq!(call(1, "id").as_deref(), Some("b"));
    assert_eq!(call(2, "id"), None);
}

#[test]
fn completion_chunks_of_two_choices() {
    let chunk =
        |index: u64, text: &str| json!({ "model": "davinci-002", "choices": [{ "index": index, "text": text }] });
    let chunks = [chunk(0, "up"), chunk(1, "a "), chunk(0, "on"), chunk(1, "time")];
    let choices = json!([{ "index": 0, "text": "upon" }, { "index": 1, "text": "a time" }]);
    assert_same(&chunks, &json!({ "model": "davinci-002", "choices": choices }));
}

fn anthropic() -> Vec<Json> {
    let delta = |index: u64, delta: Json| json!({ "type": "content_block_delta", "index": index, "delta": delta });
    let start =
        |index: u64, block: Json| json!({ "type": "content_block_start", "index": index, "content_block": block });
    vec![
        json!({ "type": "message_start", "message": {
            "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-sonnet-4-5", "content": [],
            "stop_reason": null, "usage": { "input_tokens": 10, "cache_read_input_tokens": 300, "output_tokens": 1 } } }),
        start(0, json!({ "type": "thinking", "thinking": "", "signature": "" })),
        json!({ "type": "ping" }),
        delta(0, json!({ "type": "thinking_delta", "thinking": "Look." })),
        delta(0, json!({ "type": "signature_delta", "signature": "sig" })),
        json!({ "type": "content_block_stop", "index": 0 }),
        start(1, json!({ "type": "text", "text": "" })),
        delta(1, json!({ "type": "text_delta", "text": "Let me " })),
        delta(1, json!({ "type": "text_delta", "text": "look." })),
        start(2, json!({ "type": "tool_use", "id": "toolu_1", "name": "look", "input": {} })),
        delta(2, json!({ "type": "input_json_delta", "partial_json": "" })),
        delta(2, json!({ "type": "input_json_delta", "partial_json": "{\"at\"" })),
        delta(2, json!({ "type": "input_json_delta", "partial_json": ": 1}" })),
        json!({ "type": "message_delta", "delta": { "stop_reason": "tool_use" }, "usage": { "output_tokens": 25 } }),
        json!({ "type": "message_stop" }),
    ]
}

#[test]
fn anthropic_events() {
    let whole = json!({
        "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-sonnet-4-5",
        "content": [
            { "type": "thinking", "thinking": "Look.", "signature": "sig" },
            { "type": "text", "text": "Let me look." },
            { "type": "tool_use", "id": "toolu_1", "name": "look", "input": { "at": 1 } },
        ],
        "stop_reason": "tool_use",
        "usage": { "input_tokens": 10, "cache_read_input_tokens": 300, "output_tokens": 25 },
    });
    assert_same(&anthropic(), &whole);
}

#[test]
fn what_came_until_a_stream_was_dropped_is_written() {
    let written = folded(&anthropic()[..12]);
    let at = "llm.output_messages.0.message";
    assert_eq!(value(&written, &format!("{at}.contents.1.message_content.text")).as_deref(), Some("Let me look."));
    let arguments = value(&written, &format!("{at}.tool_calls.0.tool_call.function.arguments"));
    assert_eq!(arguments.as_deref(), Some("{\"at\""));
    assert_eq!(value(&written, "llm.token_count.prompt").as_deref(), Some("310"));
}

#[test]
fn gemini_chunks() {
    let chunk = |parts: Json| json!({ "candidates": [{ "index": 0, "content": { "role": "model", "parts": parts } }], "usageMetadata": { "promptTokenCount": 9 }, "modelVersion": "gemini-2.5-flash" });
    let call = json!({ "functionCall": { "name": "look", "args": { "at": 1 } } });
    let chunks = [
        chunk(json!([{ "text": "Th", "thought": true }])),
        chunk(json!([{ "text": "ink.", "thought": true }, { "text": "A " }])),
        chunk(json!([{ "text": "cat." }, call])),
        json!({ "candidates": [{ "index": 0, "finishReason": "STOP" }], "usageMetadata": { "promptTokenCount": 9, "candidatesTokenCount": 5, "totalTokenCount": 14 }, "modelVersion": "gemini-2.5-flash" }),
    ];
    let parts = json!([{ "text": "Think.", "thought": true }, { "text": "A cat." }, call]);
    let whole = json!({
        "candidates": [{ "index": 0, "content": { "role": "model", "parts": parts }, "finishReason": "STOP" }],
        "usageMetadata": { "promptTokenCount": 9, "candidatesTokenCount": 5, "totalTokenCount": 14 },
        "modelVersion": "gemini-2.5-flash",
    });
    assert_same(&chunks, &whole);
    assert_same(&[json!(chunks)], &whole);
}

#[test]
fn ollama_lines() {
    let chat = |message: Json| json!({ "model": "llama3.2", "message": message, "done": false });
    let call = |name: &str| json!({ "function": { "name": name, "arguments": { "at": 1 } } });
    let chunks = [
        chat(json!({ "role": "assistant", "content": "Let me", "thinking": "Th" })),
        chat(json!({ "role": "assistant", "content": " look.", "thinking": "ink." })),
        chat(json!({ "role": "assistant", "content": "", "tool_calls": [call("look")] })),
        chat(json!({ "role": "assistant", "content": "", "tool_calls": [call("ask")] })),
        json!({ "model": "llama3.2", "message": { "role": "assistant", "content": "" }, "done": true, "done_reason": "stop", "prompt_eval_count": 26, "eval_count": 9 }),
    ];
    let message = json!({ "role": "assistant", "content": "Let me look.", "thinking": "Think.", "tool_calls": [call("look"), call("ask")] });
    assert_same(
        &chunks,
        &json!({ "model": "llama3.2", "message": message, "done": true, "done_reason": "stop", "prompt_eval_count": 26, "eval_count": 9 }),
    );
    let line = |text: &str, done: bool| json!({ "model": "qwen3", "response": text, "done": done });
    let whole = json!({ "model": "qwen3", "response": "Because.", "done": true });
    let written = folded(&[line("Bec", false), line("ause.", false), line("", true)]);
    assert_eq!(lines(&written), lines(&response(&whole)));
}

#[test]
fn responses_events() {
    let item = json!({ "type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "look", "arguments": "" });
    let events = [
        json!({ "type": "response.created", "response": { "id": "resp_1", "object": "response", "status": "in_progress", "model": "gpt-5", "output": [], "error": null, "usage": null } }),
        json!({ "type": "response.output_item.added", "output_index": 0, "item": { "type": "message", "id": "msg_1", "role": "assistant", "content": [] } }),
        json!({ "type": "response.content_part.added", "output_index": 0, "content_index": 0, "part": { "type": "output_text", "text": "" } }),
        json!({ "type": "response.output_text.delta", "output_index": 0, "content_index": 0, "delta": "Let me" }),
        json!({ "type": "response.output_text.delta", "output_index": 0, "content_index": 0, "delta": " look." }),
        json!({ "type": "response.output_item.added", "output_index": 1, "item": item }),
        json!({ "type": "response.function_call_arguments.delta", "output_index": 1, "delta": "{\"at\": 1}" }),
    ];
    let output = json!([
        { "type": "message", "id": "msg_1", "role": "assistant", "content": [{ "type": "output_text", "text": "Let me look." }] },
        { "type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "look", "arguments": "{\"at\": 1}" },
    ]);
    let dropped =
        json!({ "id": "resp_1", "object": "response", "status": "in_progress", "model": "gpt-5", "output": output });
    assert_same(&events, &dropped);
    let usage = json!({ "input_tokens": 9, "output_tokens": 2, "total_tokens": 11 });
    let whole = json!({ "id": "resp_1", "object": "response", "status": "completed", "model": "gpt-5-2025-08-07", "output": output, "usage": usage });
    let completed = json!({ "type": "response.completed", "response": whole });
    assert_same(&[events.to_vec(), vec![completed]].concat(), &whole);
}

#[test]
fn errors_among_the_chunks_are_told_and_the_rest_stays() {
    for (error, kind) in [
        (
            json!({ "type": "error", "error": { "type": "overloaded_error", "message": "Overloaded" } }),
            "overloaded_error",
        ),
        (json!({ "error": { "message": "Oh", "type": "server_error" } }), "server_error"),
        (json!({ "type": "error", "code": "server_error", "message": "Oh" }), "server_error"),
        (
            json!({ "type": "response.failed", "response": { "status": "failed", "error": { "code": "server_error", "message": "Oh" } } }),
            "server_error",
        ),
    ] {
        let mut fold = Chunks::new(true);
        assert_eq!(fold.push(Body::of(&openai()[3])), None);
        assert_eq!(fold.push(Body::of(&error)).unwrap().kind, kind);
        assert!(fold.whole.contains_key("model"));
    }
}

#[test]
fn nothing_hidden_is_kept() {
    for chunks in [
        openai(),
        anthropic(),
        vec![json!({ "type": "response.output_text.delta", "output_index": 0, "delta": "look" })],
        vec![
            json!({ "type": "response.completed", "response": { "model": "gpt-5", "output": [{ "content": "look" }], "instructions": "look" } }),
        ],
        vec![
            json!({ "candidates": [{ "content": { "parts": [{ "text": "look" }] } }], "usageMetadata": { "promptTokenCount": 9 } }),
        ],
        vec![json!({ "model": "m", "message": { "content": "look" }, "done": false })],
        vec![json!("look"), json!({ "unknown": "look" })],
    ] {
        let mut fold = Chunks::new(false);
        for chunk in &chunks {
            assert_eq!(fold.push(Body::of(chunk)), None);
            assert!(!format!("{fold:?}").contains("look"), "{fold:?}");
        }
        if let Some(whole) = fold.finish() {
            let written = api::response(whole, &Hides(&["llm.output_messages", "output.value"]));
            assert!(lines(&written).iter().any(|line| line.starts_with("llm.")) || chunks.len() == 1, "{chunks:?}");
        }
    }
}

#[test]
fn chunks_of_text_and_of_unknown_shape_are_kept() {
    let text = folded(&[json!("A "), json!("cat.")]);
    assert_eq!(value(&text, "llm.output_messages.0.message.content").as_deref(), Some("A cat."));
    let unknown = folded(&[json!({ "a": 1 }), json!({ "b": 2 })]);
    assert_eq!(value(&unknown, "output.value").as_deref(), Some("[{\"a\":1},{\"b\":2}]"));
    let whole = json!({ "role": "assistant", "content": [{ "type": "text", "text": "A cat." }], "model": "m" });
    assert_same(std::slice::from_ref(&whole), &whole);
    assert!(Chunks::new(true).finish().is_none());
}
