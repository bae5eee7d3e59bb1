use serde_json::{Value as Json, json};

use super::{Hides, assert_lines, lines, request, value};
use crate::convert::api::{self, Body};

#[test]
fn openai_chat_completions() {
    let sent = json!({
        "model": "gpt-4o",
        "messages": [
            { "role": "developer", "content": "Be brief." },
            { "role": "user", "content": [
                { "type": "text", "text": "What is this?" },
                { "type": "image_url", "image_url": { "url": "https://host/cat.png", "detail": "low" } },
                { "type": "input_audio", "input_audio": { "data": "UklGRg==", "format": "wav" } },
                { "type": "file", "file": { "file_id": "file_1", "filename": "a.pdf" } },
            ] },
            { "role": "assistant", "content": null, "tool_calls": [
                { "id": "call_1", "type": "function", "function": { "name": "look", "arguments": "{\"at\": 1}" } },
            ] },
            { "role": "tool", "tool_call_id": "call_1", "content": "a cat" },
        ],
        "tools": [{ "type": "function", "function": { "name": "look", "description": "Looks.", "parameters": {} } }],
        "temperature": 0.2,
        "max_completion_tokens": 64,
        "stop": null,
    });
    assert_lines(
        &request(&sent),
        r#"
        llm.model_name = gpt-4o
        llm.request.model_name = gpt-4o
        llm.invocation_parameters = {"max_completion_tokens":64,"model":"gpt-4o","temperature":0.2}
        llm.tools.0.tool.name = look
        llm.tools.0.tool.description = Looks.
        llm.tools.0.tool.json_schema = {"function":{"description":"Looks.","name":"look","parameters":{}},"type":"function"}
        llm.input_messages.0.message.role = developer
        llm.input_messages.0.message.content = Be brief.
        llm.input_messages.1.message.role = user
        llm.input_messages.1.message.contents.0.message_content.type = text
        llm.input_messages.1.message.contents.0.message_content.text = What is this?
        llm.input_messages.1.message.contents.1.message_content.type = image
        llm.input_messages.1.message.contents.1.message_content.image.image.url = https://host/cat.png
        llm.input_messages.1.message.contents.2.message_content.type = audio
        llm.input_messages.1.message.contents.2.message_content.audio.audio.url = data:audio/wav;base64,UklGRg==
        llm.input_messages.1.message.contents.3.message_content.type = document
        llm.input_messages.1.message.contents.3.message_content.document.document.id = file_1
        llm.input_messages.1.message.contents.3.message_content.document.document.name = a.pdf
        llm.input_messages.2.message.role = assistant
        llm.input_messages.2.message.tool_calls.0.tool_call.id = call_1
        llm.input_messages.2.message.tool_calls.0.tool_call.function.name = look
        llm.input_messages.2.message.tool_calls.0.tool_call.function.arguments = {"at": 1}
        llm.input_messages.3.message.role = tool
        llm.input_messages.3.message.tool_call_id = call_1
        llm.input_messages.3.message.content = a cat
        ? openinference.span.kind = LLM
        ? llm.system = openai
        "#,
    );
    assert_eq!(value(&request(&sent), "input.value"), Some(sent.to_string()));
    assert_eq!(value(&request(&sent), "input.mime_type").as_deref(), Some("application/json"));
}

#[test]
fn anthropic_messages() {
    let sent = json!({
        "model": "claude-sonnet-4-5",
        "max_tokens": 1024,
        "system": [{ "type": "text", "text": "Be brief.", "cache_control": { "type": "ephemeral" } }],
        "tools": [{ "name": "look", "description": "Looks.", "input_schema": { "type": "object" } }],
        "thinking": { "type": "enabled", "budget_tokens": 512 },
        "messages": [
            { "role": "user", "content": [
                { "type": "image", "source": { "type": "base64", "media_type": "image/jpeg", "data": "/9j/4AAQ" } },
                { "type": "text", "text": "What is this?" },
            ] },
            { "role": "assistant", "content": [
                { "type": "thinking", "thinking": "I should look.", "signature": "sig" },
                { "type": "text", "text": "Let me look." },
                { "type": "tool_use", "id": "toolu_1", "name": "look", "input": { "at": 1 } },
            ] },
            { "role": "user", "content": [
                { "type": "tool_result", "tool_use_id": "toolu_1", "content": [{ "type": "text", "text": "a cat" }] },
                { "type": "text", "text": "Well?" },
            ] },
        ],
    });
    assert_lines(
        &request(&sent),
        r#"
        llm.model_name = claude-sonnet-4-5
        llm.request.model_name = claude-sonnet-4-5
        llm.invocation_parameters = {"max_tokens":1024,"model":"claude-sonnet-4-5","thinking":{"budget_tokens":512,"type":"enabled"}}
        llm.tools.0.tool.name = look
        llm.tools.0.tool.description = Looks.
        llm.tools.0.tool.json_schema = {"description":"Looks.","input_schema":{"type":"object"},"name":"look"}
        llm.input_messages.0.message.role = system
        llm.input_messages.0.message.content = Be brief.
        llm.input_messages.1.message.role = user
        llm.input_messages.1.message.contents.0.message_content.type = image
        llm.input_messages.1.message.contents.0.message_content.image.image.url = data:image/jpeg;base64,/9j/4AAQ
        llm.input_messages.1.message.contents.1.message_content.type = text
        llm.input_messages.1.message.contents.1.message_content.text = What is this?
        llm.input_messages.2.message.role = assistant
        llm.input_messages.2.message.contents.0.message_content.type = reasoning
        llm.input_messages.2.message.contents.0.message_content.text = I should look.
        llm.input_messages.2.message.contents.0.message_content.signature = sig
        llm.input_messages.2.message.contents.1.message_content.type = text
        llm.input_messages.2.message.contents.1.message_content.text = Let me look.
        llm.input_messages.2.message.tool_calls.0.tool_call.id = toolu_1
        llm.input_messages.2.message.tool_calls.0.tool_call.function.name = look
        llm.input_messages.2.message.tool_calls.0.tool_call.function.arguments = {"at":1}
        llm.input_messages.3.message.role = tool
        llm.input_messages.3.message.tool_call_id = toolu_1
        llm.input_messages.3.message.content = a cat
        llm.input_messages.4.message.role = user
        llm.input_messages.4.message.content = Well?
        ? openinference.span.kind = LLM
        ? llm.system = anthropic
        "#,
    );
}

/// Gemini's JSON, and the words of its libraries.
const GEMINI: [[&str; 8]; 2] = [
    [
        "systemInstruction",
        "inlineData",
        "mimeType",
        "functionCall",
        "functionResponse",
        "functionDeclarations",
        "generationConfig",
        "maxOutputTokens",
    ],
    [
        "system_instruction",
        "inline_data",
        "mime_type",
        "function_call",
        "function_response",
        "function_declarations",
        "generation_config",
        "maxOutputTokens",
    ],
];

#[test]
fn gemini_generate_content_in_both_spellings() {
    for [system, inline, mime, call, result, declarations, config, max] in GEMINI {
        let sent = json!({
            system: { "parts": [{ "text": "Be brief." }] },
            "contents": [
                { "role": "user", "parts": [{ "text": "What is this?" }, { inline: { mime: "image/png", "data": "iVBORw0K" } }] },
                { "role": "model", "parts": [
                    { "text": "I should look.", "thought": true },
                    { call: { "name": "look", "args": { "at": 1 } }, "thoughtSignature": "sig" },
                ] },
                { "role": "user", "parts": [{ result: { "name": "look", "response": { "seen": "a cat" } } }] },
            ],
            "tools": [{ declarations: [{ "name": "look", "parameters": {} }, { "name": "ask" }] }, { "googleSearch": {} }],
            config: { "temperature": 0.2, max: 64 },
        });
        assert_lines(
            &request(&sent),
            r#"
            llm.invocation_parameters = {"maxOutputTokens":64,"temperature":0.2}
            llm.tools.0.tool.name = look
            llm.tools.0.tool.json_schema = {"name":"look","parameters":{}}
            llm.tools.1.tool.name = ask
            llm.tools.1.tool.json_schema = {"name":"ask"}
            llm.tools.2.tool.json_schema = {"googleSearch":{}}
            llm.input_messages.0.message.role = system
            llm.input_messages.0.message.content = Be brief.
            llm.input_messages.1.message.role = user
            llm.input_messages.1.message.contents.0.message_content.type = text
            llm.input_messages.1.message.contents.0.message_content.text = What is this?
            llm.input_messages.1.message.contents.1.message_content.type = image
            llm.input_messages.1.message.contents.1.message_content.image.image.url = data:image/png;base64,iVBORw0K
            llm.input_messages.2.message.role = assistant
            llm.input_messages.2.message.contents.0.message_content.type = reasoning
            llm.input_messages.2.message.contents.0.message_content.text = I should look.
            llm.input_messages.2.message.tool_calls.0.tool_call.function.name = look
            llm.input_messages.2.message.tool_calls.0.tool_call.function.arguments = {"at":1}
            llm.input_messages.2.message.tool_calls.0.tool_call.reasoning_signature = sig
            llm.input_messages.3.message.role = tool
            llm.input_messages.3.message.name = look
            llm.input_messages.3.message.content = {"seen":"a cat"}
            ? openinference.span.kind = LLM
            ? llm.system = vertexai
            ? llm.provider = google
            "#,
        );
    }
}

#[test]
fn ollama_chat_and_generate() {
    let chat = json!({
        "model": "llama3.2",
        "messages": [{ "role": "user", "content": "What is this?", "images": ["iVBORw0KGgo="] }],
        "options": { "temperature": 0.2, "num_ctx": 4096 },
        "keep_alive": "5m",
        "stream": false,
    });
    assert_lines(
        &request(&chat),
        r#"
        llm.model_name = llama3.2
        llm.request.model_name = llama3.2
        llm.invocation_parameters = {"keep_alive":"5m","model":"llama3.2","num_ctx":4096,"stream":false,"temperature":0.2}
        llm.input_messages.0.message.role = user
        llm.input_messages.0.message.contents.0.message_content.type = text
        llm.input_messages.0.message.contents.0.message_content.text = What is this?
        llm.input_messages.0.message.contents.1.message_content.type = image
        llm.input_messages.0.message.contents.1.message_content.image.image.url = data:image/png;base64,iVBORw0KGgo=
        ? openinference.span.kind = LLM
        ? llm.system = meta
        ? llm.provider = ollama
        "#,
    );
    let generate = json!({ "model": "qwen3", "prompt": "Why?", "system": "Be brief.", "options": { "seed": 1 } });
    assert_lines(
        &request(&generate),
        r#"
        llm.model_name = qwen3
        llm.request.model_name = qwen3
        llm.invocation_parameters = {"model":"qwen3","seed":1}
        llm.input_messages.0.message.role = system
        llm.input_messages.0.message.content = Be brief.
        llm.input_messages.1.message.role = user
        llm.input_messages.1.message.content = Why?
        ? openinference.span.kind = LLM
        ? llm.system = ollama
        ? llm.provider = ollama
        "#,
    );
}

#[test]
fn openai_responses() {
    let sent = json!({
        "model": "gpt-5",
        "instructions": "Be brief.",
        "input": [
            { "role": "user", "content": [{ "type": "input_text", "text": "What is this?" }, { "type": "input_image", "image_url": "https://host/cat.png" }] },
            { "type": "reasoning", "id": "rs_1", "summary": [{ "type": "summary_text", "text": "Look first." }], "encrypted_content": "enc" },
            { "type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "look", "arguments": "{}" },
            { "type": "function_call_output", "call_id": "call_1", "output": "a cat" },
        ],
        "reasoning": { "effort": "low" },
        "max_output_tokens": 64,
    });
    assert_lines(
        &request(&sent),
        r#"
        llm.model_name = gpt-5
        llm.request.model_name = gpt-5
        llm.invocation_parameters = {"max_output_tokens":64,"model":"gpt-5","reasoning":{"effort":"low"}}
        llm.input_messages.0.message.role = system
        llm.input_messages.0.message.content = Be brief.
        llm.input_messages.1.message.role = user
        llm.input_messages.1.message.contents.0.message_content.type = text
        llm.input_messages.1.message.contents.0.message_content.text = What is this?
        llm.input_messages.1.message.contents.1.message_content.type = image
        llm.input_messages.1.message.contents.1.message_content.image.image.url = https://host/cat.png
        llm.input_messages.2.message.role = assistant
        llm.input_messages.2.message.contents.0.message_content.type = reasoning
        llm.input_messages.2.message.contents.0.message_content.text = Look first.
        llm.input_messages.2.message.contents.0.message_content.id = rs_1
        llm.input_messages.2.message.contents.0.message_content.encrypted_content = enc
        llm.input_messages.3.message.role = assistant
        llm.input_messages.3.message.tool_calls.0.tool_call.id = call_1
        llm.input_messages.3.message.tool_calls.0.tool_call.function.name = look
        llm.input_messages.3.message.tool_calls.0.tool_call.function.arguments = {}
        llm.input_messages.4.message.role = tool
        llm.input_messages.4.message.tool_call_id = call_1
        llm.input_messages.4.message.content = a cat
        ? openinference.span.kind = LLM
        ? llm.system = openai
        "#,
    );
    let plain = request(&json!({ "model": "gpt-5", "input": "Why?" }));
    assert_eq!(value(&plain, "llm.input_messages.0.message.content").as_deref(), Some("Why?"));
}

#[test]
fn embeddings_of_everybody() {
    let table: [(Json, bool, &[&str]); 6] = [
        (json!({ "model": "text-embedding-3-small", "input": ["a", "b"] }), false, &["a", "b"]),
        (json!({ "model": "mine", "input": "a", "encoding_format": "float" }), false, &["a"]),
        (json!({ "model": "mine", "input": "a" }), true, &["a"]),
        (json!({ "model": "mine", "input": [[1, 2], [3]] }), false, &[]),
        (json!({ "content": { "parts": [{ "text": "a" }, { "text": "b" }] } }), false, &["a\nb"]),
        (
            json!({ "requests": [{ "model": "m", "content": { "parts": [{ "text": "a" }] } }, { "content": { "parts": [{ "text": "b" }] } }] }),
            false,
            &["a", "b"],
        ),
    ];
    for (sent, embeds, texts) in table {
        let written = api::request(Body::of(&sent), &super::SEES_ALL, embeds);
        assert!(lines(&written).contains(&"? openinference.span.kind = EMBEDDING".into()), "{sent}");
        for (at, text) in texts.iter().enumerate() {
            let found = value(&written, &format!("embedding.embeddings.{at}.embedding.text"));
            assert_eq!(found.as_deref(), Some(*text), "{sent}");
        }
        assert_eq!(value(&written, "embedding.model_name").as_deref(), sent["model"].as_str(), "{sent}");
        assert_eq!(value(&written, "llm.input_messages.0.message.role"), None, "{sent}");
    }
}

#[test]
fn completions() {
    let sent = json!({ "model": "davinci-002", "prompt": ["Once", "Twice"], "max_tokens": 5, "suffix": "end" });
    assert_lines(
        &request(&sent),
        r#"
        llm.model_name = davinci-002
        llm.request.model_name = davinci-002
        llm.invocation_parameters = {"max_tokens":5,"model":"davinci-002"}
        llm.prompts.0.prompt.text = Once
        llm.prompts.1.prompt.text = Twice
        ? openinference.span.kind = LLM
        ? llm.system = openai
        "#,
    );
}

#[test]
fn what_nobody_knows_is_kept_whole() {
    for sent in [json!({ "question": "Why?" }), json!([1, 2]), json!(true)] {
        let written = request(&sent);
        assert_lines(&written, "");
        assert_eq!(value(&written, "input.value"), Some(sent.to_string()));
    }
    assert_eq!(value(&request(&json!("no JSON")), "input.value").as_deref(), Some("no JSON"));
}

#[test]
fn the_whole_repeats_nothing_that_is_hidden() {
    let sent = json!({
        "model": "m", "messages": [{ "role": "user", "content": "secret" }], "temperature": 1,
        "tools": [{ "name": "t" }], "api_key": "key",
    });
    let whole = |hidden| value(&api::request(Body::of(&sent), &Hides(hidden), false), "input.value");
    let messages = json!([{ "role": "user", "content": "secret" }]);
    let tools = json!([{ "name": "t" }]);
    let shown = json!({ "model": "m", "messages": messages, "temperature": 1, "tools": tools });
    assert_eq!(whole(&[]), Some(shown.to_string()));
    let shown = json!({ "model": "m", "messages": messages });
    assert_eq!(whole(&["llm.tools"]), Some(shown.to_string()));
    let shown = json!({ "model": "m", "messages": messages, "tools": tools });
    assert_eq!(whole(&["llm.invocation_parameters"]), Some(shown.to_string()));
    assert_eq!(whole(&["message.content"]), None);
    assert_eq!(whole(&["image.url"]), None);
    assert_eq!(whole(&["input.value"]).as_deref(), Some(""));
    let hidden =
        api::request(Body::of(&sent), &Hides(&["llm.input_messages", "llm.tools", "llm.invocation_parameters"]), false);
    assert_eq!(lines(&hidden)[..2], ["llm.model_name = m", "llm.request.model_name = m"]);
    assert_eq!(hidden.attributes.len(), 2, "{:?}", lines(&hidden));
}

/// Screenshots come as results of tools.
#[test]
fn bytes_of_images_are_no_text_wherever_they_are() {
    let bytes = "iVBORw0KGgo".repeat(20);
    let image = json!({ "type": "image", "source": { "type": "base64", "media_type": "image/png", "data": bytes } });
    let note = json!({ "type": "text", "text": "a note" });
    for message in [
        json!({ "role": "user", "content": [{ "type": "tool_result", "tool_use_id": "1", "content": [note, image] }] }),
        json!({ "type": "function_call_output", "call_id": "1", "output": [note, { "type": "input_image", "image_url": format!("data:image/png;base64,{bytes}") }] }),
        json!({ "type": "computer_call_output", "call_id": "1", "output": { "type": "computer_screenshot", "image_url": format!("data:image/png;base64,{bytes}") } }),
        json!({ "role": "user", "content": [{ "type": "tool_call_response", "id": "1", "result": { "isError": false, "content": [note, { "type": "image", "data": bytes, "mimeType": "image/png" }] } }] }),
        json!({ "role": "user", "content": [{ "image": { "format": "png", "source": { "bytes": bytes } } }] }),
        json!({ "role": "user", "content": [{ "type": "image", "what": { "bytes": bytes } }] }),
        json!({ "role": "user", "content": [{ "type": "scan", "image_url": { "url": format!("data:image/png;base64,{bytes}") } }] }),
    ] {
        let written = request(&json!({ "messages": [message] }));
        for line in lines(&written) {
            assert!(!line.contains(&bytes) || line.contains("image.image.url = data:image/png;base64,"), "{line}");
        }
    }
    let result =
        json!({ "role": "user", "content": [{ "type": "tool_result", "tool_use_id": "1", "content": [note, image] }] });
    assert_lines(
        &request(&json!({ "messages": [result] })),
        &format!(
            "llm.input_messages.0.message.role = tool
            llm.input_messages.0.message.tool_call_id = 1
            llm.input_messages.0.message.contents.0.message_content.type = text
            llm.input_messages.0.message.contents.0.message_content.text = a note
            llm.input_messages.0.message.contents.1.message_content.type = image
            llm.input_messages.0.message.contents.1.message_content.image.image.url = data:image/png;base64,{bytes}
            ? openinference.span.kind = LLM"
        ),
    );
}
