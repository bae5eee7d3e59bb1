use opentelemetry::KeyValue;
use serde_json::json;

use super::super::genai_semconv;
use super::{Conversion, convert, span};

/// There and back again: what OpenTelemetry's words say after conversion is what they said before.
#[test]
fn a_call_of_a_model_can_be_told_in_the_words_it_came_in() {
    let input = json!([
        { "role": "user", "parts": [{ "type": "text", "content": "Weather?" }] },
        { "role": "assistant", "parts": [{ "type": "tool_call", "id": "c1", "name": "w", "arguments": { "city": "Paris" } }] },
        { "role": "tool", "parts": [{ "type": "tool_call_response", "id": "c1", "response": { "t": 18 } }] },
        { "role": "user", "parts": [
            { "type": "text", "content": "And this?" },
            { "type": "uri", "modality": "image", "uri": "https://x/y.png" },
        ] },
    ]);
    let output =
        json!([{ "role": "assistant", "parts": [{ "type": "text", "content": "18C" }], "finish_reason": "length" }]);
    let tools = json!([{ "type": "function", "name": "w", "description": "d", "parameters": { "type": "object" } }]);
    let words = [
        KeyValue::new("gen_ai.operation.name", "chat"),
        KeyValue::new("gen_ai.provider.name", "azure.ai.openai"),
        KeyValue::new("gen_ai.request.model", "gpt-4o"),
        KeyValue::new("gen_ai.response.model", "gpt-4o-2024-08-06"),
        KeyValue::new("gen_ai.request.temperature", 0.5),
        KeyValue::new("gen_ai.request.max_tokens", 100_i64),
        KeyValue::new("gen_ai.usage.input_tokens", 10_i64),
        KeyValue::new("gen_ai.usage.cache_read.input_tokens", 4_i64),
        KeyValue::new("gen_ai.conversation.id", "s1"),
        KeyValue::new("gen_ai.input.messages", input.to_string()),
        KeyValue::new("gen_ai.output.messages", output.to_string()),
        KeyValue::new("gen_ai.tool.definitions", tools.to_string()),
    ];
    let mut span = span(words.to_vec());
    convert(&mut span, &Conversion::default());
    assert!(!span.attributes.iter().any(|attribute| attribute.key.as_str().starts_with("gen_ai.")));
    genai_semconv(&mut span);
    for word in &words {
        assert!(span.attributes.contains(word), "{word:?} is not in {:#?}", span.attributes);
    }
}

#[test]
fn nothing_is_overwritten_and_nothing_is_invented() {
    let mut said = span(vec![KeyValue::new("llm.model_name", "b"), KeyValue::new("gen_ai.request.model", "a")]);
    genai_semconv(&mut said);
    assert_eq!(said.attributes.len(), 2);
    let mut chain = span(vec![KeyValue::new("openinference.span.kind", "CHAIN"), KeyValue::new("output.value", "x")]);
    genai_semconv(&mut chain);
    assert_eq!(chain.attributes.len(), 2);
}

#[test]
fn a_tool_and_a_search_are_told_too() {
    let mut tool = span(vec![
        KeyValue::new("openinference.span.kind", "TOOL"),
        KeyValue::new("tool.name", "w"),
        KeyValue::new("tool.parameters", "__REDACTED__"),
        KeyValue::new("output.value", "18C"),
    ]);
    genai_semconv(&mut tool);
    for word in [
        KeyValue::new("gen_ai.operation.name", "execute_tool"),
        KeyValue::new("gen_ai.tool.call.arguments", "__REDACTED__"),
        KeyValue::new("gen_ai.tool.call.result", "18C"),
    ] {
        assert!(tool.attributes.contains(&word), "{word:?}");
    }
    let mut search = span(vec![
        KeyValue::new("openinference.span.kind", "RETRIEVER"),
        KeyValue::new("input.value", "where?"),
        KeyValue::new("retrieval.documents.0.document.content", "here"),
    ]);
    genai_semconv(&mut search);
    assert!(search.attributes.contains(&KeyValue::new("gen_ai.retrieval.documents", r#"[{"content":"here"}]"#)));
}
