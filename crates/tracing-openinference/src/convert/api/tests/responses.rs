use serde_json::{Value as Json, json};

use super::{Hides, assert_lines, lines, response, value};
use crate::convert::api::{self, Body};

#[test]
fn openai_chat_completions() {
    let got = json!({
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "model": "gpt-4o-2024-08-06",
        "choices": [{
            "index": 0,
            "message": {
                "role": "assistant",
                "content": null,
                "refusal": null,
                "tool_calls": [{ "id": "call_1", "type": "function", "function": { "name": "look", "arguments": "{\"at\": 1}" } }],
            },
            "finish_reason": "tool_calls",
        }],
        "usage": {
            "prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120,
            "prompt_tokens_details": { "cached_tokens": 64, "audio_tokens": 0 },
            "completion_tokens_details": { "reasoning_tokens": 8, "audio_tokens": 2 },
        },
    });
    assert_lines(
        &response(&got),
        r#"
        llm.model_name = gpt-4o-2024-08-06
        llm.response.model_name = gpt-4o-2024-08-06
        llm.finish_reason = tool_calls
        llm.token_count.prompt = 100
        llm.token_count.completion = 20
        llm.token_count.total = 120
        llm.token_count.prompt_details.cache_read = 64
        llm.token_count.completion_details.reasoning = 8
        llm.token_count.completion_details.audio = 2
        llm.output_messages.0.message.role = assistant
        llm.output_messages.0.message.tool_calls.0.tool_call.id = call_1
        llm.output_messages.0.message.tool_calls.0.tool_call.function.name = look
        llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments = {"at": 1}
        ? openinference.span.kind = LLM
        ? llm.system = openai
        "#,
    );
    assert_eq!(value(&response(&got), "output.value"), Some(got.to_string()));
}

#[test]
fn anthropic_counts_the_cache_beside_the_prompt() {
    let got = json!({
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-sonnet-4-5-20250929",
        "content": [
            { "type": "thinking", "thinking": "Look.", "signature": "sig" },
            { "type": "redacted_thinking", "data": "enc" },
            { "type": "text", "text": "A cat." },
        ],
        "stop_reason": "end_turn",
        "usage": { "input_tokens": 10, "cache_creation_input_tokens": 200, "cache_read_input_tokens": 300, "output_tokens": 5 },
    });
    assert_lines(
        &response(&got),
        r#"
        llm.model_name = claude-sonnet-4-5-20250929
        llm.response.model_name = claude-sonnet-4-5-20250929
        llm.finish_reason = end_turn
        llm.token_count.prompt = 510
        llm.token_count.completion = 5
        llm.token_count.total = 515
        llm.token_count.prompt_details.cache_read = 300
        llm.token_count.prompt_details.cache_write = 200
        llm.output_messages.0.message.role = assistant
        llm.output_messages.0.message.contents.0.message_content.type = reasoning
        llm.output_messages.0.message.contents.0.message_content.text = Look.
        llm.output_messages.0.message.contents.0.message_content.signature = sig
        llm.output_messages.0.message.contents.1.message_content.type = reasoning
        llm.output_messages.0.message.contents.1.message_content.data = enc
        llm.output_messages.0.message.contents.2.message_content.type = text
        llm.output_messages.0.message.contents.2.message_content.text = A cat.
        ? openinference.span.kind = LLM
        ? llm.system = anthropic
        "#,
    );
}

#[test]
fn gemini_counts_its_thoughts_beside_the_answer() {
    let got = json!({
        "candidates": [{
            "content": { "role": "model", "parts": [{ "text": "Look.", "thought": true }, { "text": "A cat." }] },
            "finishReason": "STOP",
        }],
        "usageMetadata": {
            "promptTokenCount": 100, "candidatesTokenCount": 5, "thoughtsTokenCount": 7, "toolUsePromptTokenCount": 3,
            "cachedContentTokenCount": 40, "totalTokenCount": 115,
            "promptTokensDetails": [{ "modality": "TEXT", "tokenCount": 90 }, { "modality": "AUDIO", "tokenCount": 10 }],
        },
        "modelVersion": "gemini-2.5-flash",
    });
    assert_lines(
        &response(&got),
        r#"
        llm.model_name = gemini-2.5-flash
        llm.response.model_name = gemini-2.5-flash
        llm.finish_reason = STOP
        llm.token_count.prompt = 103
        llm.token_count.completion = 12
        llm.token_count.total = 115
        llm.token_count.prompt_details.cache_read = 40
        llm.token_count.prompt_details.audio = 10
        llm.token_count.completion_details.reasoning = 7
        llm.output_messages.0.message.role = assistant
        llm.output_messages.0.message.contents.0.message_content.type = reasoning
        llm.output_messages.0.message.contents.0.message_content.text = Look.
        llm.output_messages.0.message.contents.1.message_content.type = text
        llm.output_messages.0.message.contents.1.message_content.text = A cat.
        ? openinference.span.kind = LLM
        ? llm.system = vertexai
        ? llm.provider = google
        "#,
    );
    let blocked =
        response(&json!({ "promptFeedback": { "blockReason": "SAFETY" }, "modelVersion": "gemini-2.5-flash" }));
    assert_eq!(value(&blocked, "llm.finish_reason").as_deref(), Some("SAFETY"));
}

#[test]
fn ollama_counts_beside_the_message() {
    let chat = json!({
        "model": "llama3.2", "created_at": "2026-11-20T12:00:00Z",
        "message": { "role": "assistant", "content": "", "thinking": "Look.", "tool_calls": [{ "function": { "name": "look", "arguments": { "at": 1 } } }] },
        "done_reason": "stop", "done": true, "total_duration": 5, "prompt_eval_count": 26, "eval_count": 9,
    });
    assert_lines(
        &response(&chat),
        r#"
        llm.model_name = llama3.2
        llm.response.model_name = llama3.2
        llm.finish_reason = stop
        llm.token_count.prompt = 26
        llm.token_count.completion = 9
        llm.token_count.total = 35
        llm.output_messages.0.message.role = assistant
        llm.output_messages.0.message.contents.0.message_content.type = reasoning
        llm.output_messages.0.message.contents.0.message_content.text = Look.
        llm.output_messages.0.message.tool_calls.0.tool_call.function.name = look
        llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments = {"at":1}
        ? openinference.span.kind = LLM
        ? llm.system = meta
        ? llm.provider = ollama
        "#,
    );
    let generate = response(
        &json!({ "model": "qwen3", "response": "Because.", "done": true, "context": [1, 2], "eval_count": 3 }),
    );
    assert_eq!(value(&generate, "llm.output_messages.0.message.content").as_deref(), Some("Because."));
    assert_eq!(value(&generate, "llm.token_count.completion").as_deref(), Some("3"));
}

#[test]
fn openai_responses() {
    let got = json!({
        "id": "resp_1", "object": "response", "status": "incomplete", "model": "gpt-5-2025-08-07", "error": null,
        "incomplete_details": { "reason": "max_output_tokens" }, "instructions": "secret instructions",
        "output": [
            { "type": "reasoning", "id": "rs_1", "summary": [] , "encrypted_content": "enc" },
            { "type": "message", "id": "msg_1", "role": "assistant", "status": "incomplete",
              "content": [{ "type": "output_text", "text": "A cat.", "annotations": [] }] },
            { "type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "look", "arguments": "{}" },
            { "type": "image_generation_call", "id": "ig_1", "result": "iVBORw0KGgo=" },
        ],
        "usage": { "input_tokens": 100, "input_tokens_details": { "cached_tokens": 64 }, "output_tokens": 20,
            "output_tokens_details": { "reasoning_tokens": 8 }, "total_tokens": 120 },
    });
    assert_lines(
        &response(&got),
        r#"
        llm.model_name = gpt-5-2025-08-07
        llm.response.model_name = gpt-5-2025-08-07
        llm.finish_reason = max_output_tokens
        llm.token_count.prompt = 100
        llm.token_count.completion = 20
        llm.token_count.total = 120
        llm.token_count.prompt_details.cache_read = 64
        llm.token_count.completion_details.reasoning = 8
        llm.output_messages.0.message.role = assistant
        llm.output_messages.0.message.contents.0.message_content.type = reasoning
        llm.output_messages.0.message.contents.0.message_content.id = rs_1
        llm.output_messages.0.message.contents.0.message_content.encrypted_content = enc
        llm.output_messages.1.message.role = assistant
        llm.output_messages.1.message.content = A cat.
        llm.output_messages.2.message.role = assistant
        llm.output_messages.2.message.tool_calls.0.tool_call.id = call_1
        llm.output_messages.2.message.tool_calls.0.tool_call.function.name = look
        llm.output_messages.2.message.tool_calls.0.tool_call.function.arguments = {}
        llm.output_messages.3.message.role = assistant
        llm.output_messages.3.message.contents.0.message_content.type = image
        llm.output_messages.3.message.contents.0.message_content.image.image.url = data:image/png;base64,iVBORw0KGgo=
        ? openinference.span.kind = LLM
        ? llm.system = openai
        "#,
    );
    let own = value(&api::response(Body::of(&got), &Hides(&["llm.input_messages"])), "output.value").unwrap();
    assert!(own.contains("A cat.") && !own.contains("secret"), "{own}");
}

#[test]
fn embeddings_of_everybody() {
    for got in [
        json!({ "object": "list", "model": "e", "data": [{ "embedding": [0.5, -1.0], "index": 0 }], "usage": { "prompt_tokens": 2, "total_tokens": 2 } }),
        json!({ "model": "e", "data": [{ "embedding": "AAAAPwAAgL8=" }], "usage": { "prompt_tokens": 2, "total_tokens": 2 } }),
        json!({ "model": "e", "embeddings": [[0.5, -1.0]], "prompt_eval_count": 2 }),
        json!({ "model": "e", "embedding": [0.5, -1.0], "prompt_eval_count": 2 }),
        json!({ "model": "e", "embeddings": [{ "values": [0.5, -1.0] }], "usageMetadata": null, "prompt_eval_count": 2 }),
    ] {
        let written = response(&got);
        assert_eq!(value(&written, "embedding.embeddings.0.embedding.vector").as_deref(), Some("[0.5,-1]"), "{got}");
        assert_eq!(value(&written, "llm.token_count.prompt").as_deref(), Some("2"), "{got}");
        assert_eq!(value(&written, "output.value"), None, "{got}");
        let hidden = api::response(Body::of(&got), &Hides(&["vector"]));
        assert!(!format!("{:?}", hidden.attributes).contains("0.5"), "{got}");
    }
}

#[test]
fn completions() {
    let got =
        json!({ "model": "davinci-002", "choices": [{ "text": "upon", "finish_reason": "length" }, { "text": "a" }] });
    assert_lines(
        &response(&got),
        r#"
        llm.model_name = davinci-002
        llm.response.model_name = davinci-002
        llm.finish_reason = length
        llm.choices.0.completion.text = upon
        llm.choices.1.completion.text = a
        ? openinference.span.kind = LLM
        ? llm.system = openai
        "#,
    );
}

#[test]
fn errors_of_everybody() {
    let table: [(Json, &str); 7] = [
        (
            json!({ "error": { "message": "Rate limit reached", "type": "rate_limit_error", "param": null, "code": "rate_limit_exceeded" } }),
            "! rate_limit_error: Rate limit reached",
        ),
        (
            json!({ "type": "error", "error": { "type": "overloaded_error", "message": "Overloaded" } }),
            "! overloaded_error: Overloaded",
        ),
        (
            json!({ "error": { "code": 429, "message": "Quota", "status": "RESOURCE_EXHAUSTED" } }),
            "! RESOURCE_EXHAUSTED: Quota",
        ),
        (json!([{ "error": { "code": 400, "message": "Bad" } }]), "! 400: Bad"),
        (json!({ "error": "model 'x' not found" }), "! error: model 'x' not found"),
        (json!({ "error": { "detail": 1 } }), "! error: {\"detail\":1}"),
        (
            json!({ "error": { "code": "server_error", "message": "Oh" }, "status": "failed", "output": [] }),
            "! server_error: Oh",
        ),
    ];
    for (got, expected) in table {
        let written = response(&got);
        assert_eq!(lines(&written).last().map(String::as_str), Some(expected), "{got}");
        assert_eq!(value(&written, "output.value"), Some(got.to_string()), "{got}");
        let hidden = api::response(Body::of(&got), &Hides(&["exception.message"]));
        assert_eq!(value(&hidden, "output.value"), None, "{got}");
    }
    for got in [json!({ "error": null, "choices": [] }), json!({ "error": "", "done": true })] {
        assert_eq!(response(&got).failure, None, "{got}");
    }
}

#[test]
fn an_error_keeps_nothing_of_its_request_that_is_hidden() {
    let got = json!({ "error": "no such model", "request": { "messages": [{ "content": "SECRET" }] }, "id": "1" });
    let hidden = api::response(Body::of(&got), &Hides(&["llm.input_messages"]));
    assert_eq!(value(&hidden, "output.value").as_deref(), Some(r#"{"error":"no such model","id":"1"}"#));
    let hidden = api::response(Body::of(&json!([got])), &Hides(&["llm.input_messages"]));
    assert_eq!(value(&hidden, "output.value").as_deref(), Some(r#"[{"error":"no such model","id":"1"}]"#));
    assert_eq!(value(&response(&got), "output.value"), Some(got.to_string()));
}

#[test]
fn counts_in_every_spelling() {
    let table: [(Json, [Option<i64>; 3]); 7] = [
        (json!({ "prompt_tokens": 1, "completion_tokens": 2 }), [Some(1), Some(2), Some(3)]),
        // LiteLLM's answer for Anthropic's: the prompt includes what these words name.
        (
            json!({ "prompt_tokens": 510, "completion_tokens": 5, "total_tokens": 515, "cache_read_input_tokens": 300 }),
            [Some(510), Some(5), Some(515)],
        ),
        (
            json!({ "input_tokens": 1, "output_tokens": 2, "cache_read_input_tokens": null }),
            [Some(1), Some(2), Some(3)],
        ),
        // xAI counts reasoning beside the answer.
        (
            json!({ "prompt_tokens": 10, "completion_tokens": 2, "total_tokens": 20, "completion_tokens_details": { "reasoning_tokens": 8 } }),
            [Some(10), Some(10), Some(20)],
        ),
        (json!({ "prompt_tokens": 7, "total_tokens": 7 }), [Some(7), None, Some(7)]),
        (json!({ "prompt_tokens": 1.0, "completion_tokens": -2 }), [Some(1), None, None]),
        (json!({ "prompt_tokens": u64::MAX, "completion_tokens": "many" }), [None, None, None]),
    ];
    for (usage, expected) in table {
        let written = response(&json!({ "model": "m", "choices": [], "usage": usage }));
        let found = ["prompt", "completion", "total"]
            .map(|name| value(&written, &format!("llm.token_count.{name}")).map(|count| count.parse().unwrap()));
        assert_eq!(found, expected, "{usage}");
    }
}

#[test]
fn what_nobody_knows_is_kept_whole() {
    let got = json!({ "answer": 42, "usage": { "input_tokens": 3, "output_tokens": 1 } });
    let written = response(&got);
    assert_eq!(value(&written, "output.value"), Some(got.to_string()));
    assert_eq!(value(&written, "llm.token_count.total").as_deref(), Some("4"));
    assert_eq!(value(&api::response(Body::of(&got), &Hides(&["llm.output_messages"])), "output.value"), None);
}
