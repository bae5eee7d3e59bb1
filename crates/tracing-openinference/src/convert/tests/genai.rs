use std::time::SystemTime;

use opentelemetry::trace::Event;
use opentelemetry::{Array, KeyValue, StringValue, Value};
use serde_json::json;

use super::{Conversion, convert, lines, span};

fn chat(words: Vec<KeyValue>) -> Vec<String> {
    let mut attributes = vec![KeyValue::new("gen_ai.operation.name", "chat")];
    attributes.extend(words);
    lines(attributes).into_iter().filter(|line| line != "openinference.span.kind = LLM").collect()
}

#[test]
fn a_chat_of_rig_becomes_a_call_of_a_model() {
    let input = json!([
        { "role": "system", "parts": [{ "type": "text", "content": "Be brief." }] },
        { "role": "user", "parts": [{ "type": "text", "content": "Weather?" }] },
        { "role": "assistant", "parts": [{ "type": "tool_call", "id": "c1", "name": "w", "arguments": { "city": "Paris" } }] },
        { "role": "user", "parts": [
            { "type": "tool_call_response", "id": "c1", "response": { "t": 18 } },
            { "type": "tool_call_response", "id": "c2", "response": "cold" },
        ] },
    ]);
    let output =
        json!([{ "role": "assistant", "parts": [{ "type": "text", "content": "18C" }], "finish_reason": "unknown" }]);
    let found = chat(vec![
        KeyValue::new("rig.completion_parent", true),
        KeyValue::new("gen_ai.provider.name", "openai"),
        KeyValue::new("gen_ai.request.model", "gpt-4o"),
        KeyValue::new("gen_ai.response.model", "gpt-4o-2024-08-06"),
        KeyValue::new("gen_ai.response.id", "r1"),
        KeyValue::new("gen_ai.usage.input_tokens", 42_i64),
        KeyValue::new("gen_ai.usage.output_tokens", 17_i64),
        KeyValue::new("gen_ai.usage.reasoning_tokens", 5_i64),
        KeyValue::new("gen_ai.system_instructions", r#"[{"type":"text","content":"Be brief."}]"#),
        KeyValue::new("gen_ai.input.messages", input.to_string()),
        KeyValue::new("gen_ai.output.messages", output.to_string()),
    ]);
    assert_eq!(
        found,
        [
            String::from("llm.system = openai"),
            String::from("llm.provider = openai"),
            String::from("llm.model_name = gpt-4o-2024-08-06"),
            String::from("llm.request.model_name = gpt-4o"),
            String::from("llm.response.model_name = gpt-4o-2024-08-06"),
            String::from("llm.token_count.prompt = 42"),
            String::from("llm.token_count.completion = 17"),
            String::from("llm.token_count.completion_details.reasoning = 5"),
            String::from("llm.token_count.total = 59"),
            String::from(r#"llm.invocation_parameters = {"model":"gpt-4o"}"#),
            String::from("input.mime_type = application/json"),
            String::from("output.mime_type = application/json"),
            String::from(r#"metadata = {"gen_ai.response.id":"r1"}"#),
            format!("input.value = {input}"),
            String::from("llm.input_messages.0.message.role = system"),
            String::from("llm.input_messages.0.message.content = Be brief."),
            String::from("llm.input_messages.1.message.role = user"),
            String::from("llm.input_messages.1.message.content = Weather?"),
            String::from("llm.input_messages.2.message.role = assistant"),
            String::from("llm.input_messages.2.message.tool_calls.0.tool_call.id = c1"),
            String::from("llm.input_messages.2.message.tool_calls.0.tool_call.function.name = w"),
            String::from(
                r#"llm.input_messages.2.message.tool_calls.0.tool_call.function.arguments = {"city":"Paris"}"#
            ),
            String::from("llm.input_messages.3.message.role = tool"),
            String::from("llm.input_messages.3.message.tool_call_id = c1"),
            String::from(r#"llm.input_messages.3.message.content = {"t":18}"#),
            String::from("llm.input_messages.4.message.role = tool"),
            String::from("llm.input_messages.4.message.tool_call_id = c2"),
            String::from("llm.input_messages.4.message.content = cold"),
            format!("output.value = {output}"),
            String::from("llm.output_messages.0.message.role = assistant"),
            String::from("llm.output_messages.0.message.content = 18C"),
        ]
    );
}

#[test]
fn an_agent_says_what_it_was_asked_and_leaves_the_counting_to_its_calls() {
    assert_eq!(
        lines(vec![
            KeyValue::new("gen_ai.operation.name", "invoke_agent"),
            KeyValue::new("gen_ai.agent.name", "weather"),
            KeyValue::new("gen_ai.prompt", "Weather?"),
            KeyValue::new("gen_ai.completion", "18C"),
            KeyValue::new("gen_ai.usage.input_tokens", 84_i64),
        ]),
        [
            "openinference.span.kind = AGENT",
            "agent.name = weather",
            "input.mime_type = text/plain",
            "output.mime_type = text/plain",
            r#"metadata = {"gen_ai.usage.input_tokens":84}"#,
            "input.value = Weather?",
            "llm.input_messages.0.message.role = user",
            "llm.input_messages.0.message.content = Weather?",
            "output.value = 18C",
            "llm.output_messages.0.message.role = assistant",
            "llm.output_messages.0.message.content = 18C",
        ]
    );
}

#[test]
fn indexed_messages_are_read_in_their_order_without_gaps() {
    let found = lines(vec![
        KeyValue::new("gen_ai.system", "Anthropic"),
        KeyValue::new("gen_ai.prompt.10.content", "last"),
        KeyValue::new("gen_ai.prompt.2.role", "system"),
        KeyValue::new("gen_ai.prompt.2.content", "Be brief."),
        KeyValue::new("gen_ai.prompt.3.tool_calls.4.name", "w"),
        KeyValue::new("gen_ai.prompt.3.tool_calls.4.arguments", "{}"),
        KeyValue::new("gen_ai.prompt.3.role", "assistant"),
        KeyValue::new("gen_ai.completion.0.content", "done"),
        KeyValue::new("gen_ai.completion.0.finish_reason", "stop"),
    ]);
    let messages: Vec<_> = found.iter().filter(|line| line.starts_with("llm.")).collect();
    assert_eq!(
        messages,
        [
            "llm.system = anthropic",
            "llm.provider = anthropic",
            "llm.finish_reason = stop",
            "llm.input_messages.0.message.role = system",
            "llm.input_messages.0.message.content = Be brief.",
            "llm.input_messages.1.message.role = assistant",
            "llm.input_messages.1.message.tool_calls.0.tool_call.function.name = w",
            "llm.input_messages.1.message.tool_calls.0.tool_call.function.arguments = {}",
            "llm.input_messages.2.message.role = user",
            "llm.input_messages.2.message.content = last",
            "llm.output_messages.0.message.role = assistant",
            "llm.output_messages.0.message.content = done",
        ]
    );
}

#[test]
fn a_reason_is_read_from_every_shape() {
    let list = Value::Array(Array::String(vec![StringValue::from("length"), StringValue::from("stop")]));
    for reasons in [list, "[\"length\"]".into(), "\"length\"".into(), "length".into()] {
        assert_eq!(
            chat(vec![KeyValue::new("gen_ai.response.finish_reasons", reasons)]),
            ["llm.finish_reason = length"]
        );
    }
    assert_eq!(chat(vec![KeyValue::new("gen_ai.response.finish_reasons", "[]")]), [""; 0]);
}

#[test]
fn the_prompt_includes_what_came_from_the_cache() {
    let counted = |input: i64| {
        let found = chat(vec![
            KeyValue::new("gen_ai.usage.input_tokens", input),
            KeyValue::new("gen_ai.usage.cache_read.input_tokens", 100_i64),
            KeyValue::new("gen_ai.usage.cache_creation_input_tokens", "20"),
        ]);
        found.into_iter().find(|line| line.starts_with("llm.token_count.prompt ")).unwrap()
    };
    assert_eq!(counted(150), "llm.token_count.prompt = 150");
    assert_eq!(counted(7), "llm.token_count.prompt = 127");
}

#[test]
fn who_answers_is_guessed_where_nobody_says_it() {
    let guess = |model: &'static str, host: &'static str| {
        let found = chat(vec![KeyValue::new("gen_ai.request.model", model), KeyValue::new("server.address", host)]);
        found.into_iter().filter(|line| line.contains("system") || line.contains("provider")).collect::<Vec<_>>()
    };
    assert_eq!(guess("claude-sonnet-4-5", "api.anthropic.com"), ["llm.system = anthropic", "llm.provider = anthropic"]);
    assert_eq!(guess("my-model", "localhost"), [""; 0]);
    for (provider, model, expected) in [
        ("aws.bedrock", "us.anthropic.claude-sonnet-4", ["llm.system = anthropic", "llm.provider = aws"]),
        ("aws.bedrock", "amazon.nova-pro", ["llm.system = amazon", "llm.provider = aws"]),
        ("groq", "llama-3.3-70b", ["llm.system = meta", "llm.provider = groq"]),
        ("x_ai", "grok-4", ["llm.system = xai", "llm.provider = xai"]),
        ("Nobody Knows", "m", ["llm.system = nobody knows", "llm.provider = nobody knows"]),
    ] {
        let found =
            chat(vec![KeyValue::new("gen_ai.provider.name", provider), KeyValue::new("gen_ai.request.model", model)]);
        assert_eq!(found[..2], expected);
    }
}

#[test]
fn spans_without_evidence_get_no_kind_and_no_model() {
    for words in [
        vec![KeyValue::new("gen_ai.something.new", "x")],
        vec![KeyValue::new("http.route", "/")],
        vec![KeyValue::new("gen_ai.system", "openai")],
    ] {
        assert!(lines(words.clone()).iter().all(|line| !line.contains("kind")), "{words:?}");
    }
}

#[test]
fn what_a_span_says_itself_stays() {
    let found = chat(vec![
        KeyValue::new("llm.model_name", "mine"),
        KeyValue::new("gen_ai.request.model", "theirs"),
        KeyValue::new("llm.token_count.prompt", 7_i64),
        KeyValue::new("gen_ai.usage.input_tokens", 8_i64),
        KeyValue::new("llm.input_messages", "hello"),
        KeyValue::new("gen_ai.input.messages", r#"[{"role":"user","parts":[{"type":"text","content":"other"}]}]"#),
    ]);
    assert!(found.contains(&String::from("llm.model_name = mine")), "{found:?}");
    assert!(found.contains(&String::from("llm.token_count.prompt = 7")), "{found:?}");
    assert!(found.contains(&String::from("llm.input_messages.0.message.content = hello")), "{found:?}");
    assert!(found.iter().all(|line| !line.starts_with("gen_ai.")), "{found:?}");
}

#[test]
fn sources_stay_for_those_who_want_them() {
    let options = Conversion { keep_sources: true, ..Conversion::default() };
    let mut span = span(vec![
        KeyValue::new("gen_ai.operation.name", "chat"),
        KeyValue::new("gen_ai.request.model", "gpt-4o"),
        KeyValue::new("question", "why?"),
    ]);
    convert(&mut span, &options);
    let keys: Vec<&str> = span.attributes.iter().map(|attribute| attribute.key.as_str()).collect();
    assert!(keys.contains(&"gen_ai.request.model") && keys.contains(&"llm.model_name"), "{keys:?}");
    assert!(!keys.contains(&"question"), "{keys:?}");
}

#[test]
fn bytes_of_pictures_are_not_repeated() {
    let picture = json!([{ "role": "user", "parts": [
        { "type": "text", "content": "what?" },
        { "type": "blob", "modality": "image", "mime_type": "image/png", "content": "iVBORw0KGgo=" },
    ] }]);
    let found = chat(vec![KeyValue::new("gen_ai.input.messages", picture.to_string())]);
    let holding: Vec<_> = found.iter().filter(|line| line.contains("iVBORw0KGgo=")).collect();
    assert_eq!(
        holding,
        [
            "llm.input_messages.0.message.contents.1.message_content.image.image.url = data:image/png;base64,iVBORw0KGgo="
        ]
    );
}

#[test]
fn tools_have_one_shape() {
    for definition in [
        json!({ "type": "function", "function": { "name": "w", "parameters": { "type": "object" } } }),
        json!({ "name": "w", "input_schema": { "type": "object" } }),
        json!({ "type": "function", "name": "w", "inputSchema": { "type": "object" } }),
    ] {
        assert_eq!(
            chat(vec![KeyValue::new("gen_ai.tool.definitions", json!([definition]).to_string())]),
            [
                "llm.tools.0.tool.name = w",
                r#"llm.tools.0.tool.json_schema = {"function":{"name":"w","parameters":{"type":"object"}},"type":"function"}"#,
            ]
        );
    }
}

#[test]
fn a_search_has_its_query_and_its_finds() {
    assert_eq!(
        lines(vec![
            KeyValue::new("gen_ai.retrieval.query.text", "where is Paris?"),
            KeyValue::new("gen_ai.retrieval.documents", r#"[{"id":"d1","score":0.9,"content":"Paris"},{"id":"d2"}]"#),
        ]),
        [
            "openinference.span.kind = RETRIEVER",
            "input.mime_type = text/plain",
            "input.value = where is Paris?",
            "retrieval.documents.0.document.id = d1",
            "retrieval.documents.0.document.score = 0.9",
            "retrieval.documents.0.document.content = Paris",
            "retrieval.documents.1.document.id = d2",
        ]
    );
}

#[test]
fn a_list_of_ten_megabytes_takes_no_seconds() {
    let started = std::time::Instant::now();
    let message = json!({ "role": "user", "parts": [{ "type": "text", "content": "x".repeat(100) }] });
    let many = serde_json::Value::from(vec![message; 70_000]).to_string();
    assert!(many.len() > 10_000_000);
    let indexed = (0..30_000).map(|n| KeyValue::new(format!("gen_ai.completion.{n}.content"), "x"));
    let attributes = [KeyValue::new("gen_ai.input.messages", many)].into_iter().chain(indexed).collect();
    assert!(lines(attributes).len() > 200_000);
    assert!(started.elapsed().as_secs() < 120, "{:?}", started.elapsed());
}

#[test]
fn hidden_prompts_and_choices_become_neither_messages_nor_values() {
    let event = |name: &'static str, key: &'static str| {
        Event::new(name, SystemTime::UNIX_EPOCH, vec![KeyValue::new(key, "SECRET")], 0)
    };
    let attribute = |key: &'static str| (vec![KeyValue::new(key, "SECRET")], vec![]);
    for operation in ["text_completion", "chat"] {
        for (attributes, events) in [
            attribute("gen_ai.prompt"),
            attribute("gen_ai.content.prompt"),
            attribute("gen_ai.prompt.0.content"),
            attribute("gen_ai.completion"),
            attribute("gen_ai.content.completion"),
            attribute("gen_ai.completion.0.content"),
            (vec![], vec![event("gen_ai.content.prompt", "gen_ai.prompt")]),
            (vec![], vec![event("gen_ai.content.prompt", "content")]),
            (vec![], vec![event("gen_ai.content.completion", "gen_ai.completion")]),
        ] {
            let mut shown = span(attributes);
            shown.attributes.push(KeyValue::new("gen_ai.operation.name", operation));
            shown.events.events = events;
            let mut hidden = shown.clone();
            convert(&mut shown, &Conversion::default());
            assert!(format!("{shown:?}").contains("SECRET"));
            convert(&mut hidden, &Conversion { hide_prompts: true, hide_choices: true, ..Conversion::default() });
            assert!(!format!("{hidden:?}").contains("SECRET"), "{hidden:?}");
        }
    }
}
