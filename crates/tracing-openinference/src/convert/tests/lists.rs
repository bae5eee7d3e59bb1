use opentelemetry::KeyValue;
use serde_json::json;

use super::lines;

fn list(key: &'static str, json: &serde_json::Value) -> Vec<String> {
    lines(vec![KeyValue::new(key, json.to_string())])
}

#[test]
fn openai_messages_are_flattened() {
    let messages = json!([
        { "role": "system", "content": "Be brief." },
        { "role": "user", "content": [
            { "type": "text", "text": "What is this?" },
            { "type": "image_url", "image_url": { "url": "https://x/y.png" } },
        ] },
        { "role": "assistant", "content": null, "tool_calls": [
            { "id": "c1", "type": "function", "function": { "name": "look", "arguments": "{\"at\": 1}" } },
            { "id": "c2", "type": "function", "function": { "name": "look", "arguments": { "at": 2 } } },
        ] },
        { "role": "tool", "tool_call_id": "c1", "content": "a cat" },
        { "role": "user", "name": "Ann", "content": [{ "type": "input_text", "text": "only one" }] },
    ]);
    assert_eq!(
        list("llm.input_messages", &messages),
        [
            "llm.input_messages.0.message.role = system",
            "llm.input_messages.0.message.content = Be brief.",
            "llm.input_messages.1.message.role = user",
            "llm.input_messages.1.message.contents.0.message_content.type = text",
            "llm.input_messages.1.message.contents.0.message_content.text = What is this?",
            "llm.input_messages.1.message.contents.1.message_content.type = image",
            "llm.input_messages.1.message.contents.1.message_content.image.image.url = https://x/y.png",
            "llm.input_messages.2.message.role = assistant",
            "llm.input_messages.2.message.tool_calls.0.tool_call.id = c1",
            "llm.input_messages.2.message.tool_calls.0.tool_call.function.name = look",
            "llm.input_messages.2.message.tool_calls.0.tool_call.function.arguments = {\"at\": 1}",
            "llm.input_messages.2.message.tool_calls.1.tool_call.id = c2",
            "llm.input_messages.2.message.tool_calls.1.tool_call.function.name = look",
            "llm.input_messages.2.message.tool_calls.1.tool_call.function.arguments = {\"at\":2}",
            "llm.input_messages.3.message.role = tool",
            "llm.input_messages.3.message.tool_call_id = c1",
            "llm.input_messages.3.message.content = a cat",
            "llm.input_messages.4.message.role = user",
            "llm.input_messages.4.message.name = Ann",
            "llm.input_messages.4.message.content = only one",
        ]
    );
}

#[test]
fn anthropic_blocks_are_flattened() {
    let messages = json!([
        { "role": "assistant", "content": [
            { "type": "thinking", "thinking": "hm", "signature": "sig" },
            { "type": "redacted_thinking", "data": "opaque" },
            { "type": "tool_use", "id": "t1", "name": "get", "input": { "x": 1 } },
        ] },
        { "role": "user", "content": [
            { "type": "tool_result", "tool_use_id": "t1", "content": [{ "type": "text", "text": "one" }] },
            { "type": "tool_result", "tool_use_id": "t2", "content": { "n": 2 } },
            { "type": "text", "text": "and now?" },
            { "type": "image", "source": { "type": "base64", "media_type": "image/png", "data": "AAAA" } },
        ] },
    ]);
    assert_eq!(
        list("llm.input_messages", &messages),
        [
            "llm.input_messages.0.message.role = assistant",
            "llm.input_messages.0.message.contents.0.message_content.type = reasoning",
            "llm.input_messages.0.message.contents.0.message_content.text = hm",
            "llm.input_messages.0.message.contents.0.message_content.signature = sig",
            "llm.input_messages.0.message.contents.1.message_content.type = reasoning",
            "llm.input_messages.0.message.contents.1.message_content.data = opaque",
            "llm.input_messages.0.message.tool_calls.0.tool_call.id = t1",
            "llm.input_messages.0.message.tool_calls.0.tool_call.function.name = get",
            "llm.input_messages.0.message.tool_calls.0.tool_call.function.arguments = {\"x\":1}",
            "llm.input_messages.1.message.role = tool",
            "llm.input_messages.1.message.tool_call_id = t1",
            "llm.input_messages.1.message.content = one",
            "llm.input_messages.2.message.role = tool",
            "llm.input_messages.2.message.tool_call_id = t2",
            "llm.input_messages.2.message.content = {\"n\":2}",
            "llm.input_messages.3.message.role = user",
            "llm.input_messages.3.message.contents.0.message_content.type = text",
            "llm.input_messages.3.message.contents.0.message_content.text = and now?",
            "llm.input_messages.3.message.contents.1.message_content.type = image",
            "llm.input_messages.3.message.contents.1.message_content.image.image.url = data:image/png;base64,AAAA",
        ]
    );
}

#[test]
fn openinferences_own_shapes_are_flattened() {
    let expected = [
        "llm.output_messages.0.message.role = assistant",
        "llm.output_messages.0.message.contents.0.message_content.type = text",
        "llm.output_messages.0.message.contents.0.message_content.text = hi",
        "llm.output_messages.0.message.tool_calls.0.tool_call.id = c1",
        "llm.output_messages.0.message.tool_calls.0.tool_call.function.name = f",
        "llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments = {}",
    ];
    let nested = json!([{ "message": {
        "role": "assistant",
        "contents": [{ "message_content": { "type": "text", "text": "hi" } }],
        "tool_calls": [{ "tool_call": { "id": "c1", "function": { "name": "f", "arguments": "{}" } } }],
    } }]);
    let dotted = json!([{
        "message.role": "assistant",
        "message.contents": [{ "message_content.type": "text", "message_content.text": "hi" }],
        "message.tool_calls": [{ "tool_call.id": "c1", "tool_call.function.name": "f",
                                 "tool_call.function.arguments": "{}" }],
    }]);
    assert_eq!(list("llm.output_messages", &nested), expected);
    assert_eq!(list("llm.output_messages", &dotted), expected);
}

#[test]
fn media_are_found_in_every_spelling() {
    let url = "llm.input_messages.0.message.contents.0.message_content";
    for (part, expected) in [
        (json!({ "type": "image", "image": { "image": { "url": "u" } } }), "image.image.url = u"),
        (json!({ "message_content.type": "image", "message_content.image.image.url": "u" }), "image.image.url = u"),
        (json!({ "message_content": { "type": "image", "image": { "image.url": "u" } } }), "image.image.url = u"),
        (json!({ "type": "input_image", "image_url": "u" }), "image.image.url = u"),
        (json!({ "type": "uri", "modality": "video", "uri": "u" }), "video.video.url = u"),
        (
            json!({ "type": "blob", "modality": "audio", "mime_type": "audio/mp3", "content": "AA" }),
            "audio.audio.url = data:audio/mp3;base64,AA",
        ),
        (
            json!({ "type": "input_audio", "input_audio": { "data": "AA", "format": "wav" } }),
            "audio.audio.url = data:audio/wav;base64,AA",
        ),
        (json!({ "type": "file", "file": { "file_id": "f1" } }), "document.document.id = f1"),
        (
            json!({ "type": "document", "source": { "type": "text", "media_type": "text/plain", "data": "words" } }),
            "document.document.content = words",
        ),
    ] {
        let found = list("llm.input_messages", &json!([{ "role": "user", "content": [part] }]));
        assert!(found.contains(&format!("{url}.{expected}")), "{part}: {found:#?}");
    }
}

#[test]
fn items_of_openais_responses_are_messages() {
    let items = json!([
        { "type": "message", "role": "user", "content": "2+2?" },
        { "type": "reasoning", "id": "r1", "summary": [{ "text": "add" }], "encrypted_content": "e" },
        { "type": "function_call", "call_id": "c1", "id": "fc", "name": "add", "arguments": "[2,2]" },
        { "type": "function_call_output", "call_id": "c1", "output": "4" },
    ]);
    assert_eq!(
        list("llm.input_messages", &items),
        [
            "llm.input_messages.0.message.role = user",
            "llm.input_messages.0.message.content = 2+2?",
            "llm.input_messages.1.message.role = assistant",
            "llm.input_messages.1.message.contents.0.message_content.type = reasoning",
            "llm.input_messages.1.message.contents.0.message_content.text = add",
            "llm.input_messages.1.message.contents.0.message_content.id = r1",
            "llm.input_messages.1.message.contents.0.message_content.encrypted_content = e",
            "llm.input_messages.2.message.role = assistant",
            "llm.input_messages.2.message.tool_calls.0.tool_call.id = c1",
            "llm.input_messages.2.message.tool_calls.0.tool_call.function.name = add",
            "llm.input_messages.2.message.tool_calls.0.tool_call.function.arguments = [2,2]",
            "llm.input_messages.3.message.role = tool",
            "llm.input_messages.3.message.tool_call_id = c1",
            "llm.input_messages.3.message.content = 4",
        ]
    );
}

#[test]
fn variants_of_a_rust_enum_are_messages() {
    let messages = json!([{ "System": "Be brief." }, { "User": { "content": "hi" } }]);
    assert_eq!(
        list("llm.input_messages", &messages),
        [
            "llm.input_messages.0.message.role = system",
            "llm.input_messages.0.message.content = Be brief.",
            "llm.input_messages.1.message.role = user",
            "llm.input_messages.1.message.content = hi",
        ]
    );
}

#[test]
fn text_that_is_no_json_is_one_message() {
    assert_eq!(
        lines(vec![KeyValue::new("llm.output_messages", "Some(Message { .. })")]),
        [
            "llm.output_messages.0.message.role = assistant",
            "llm.output_messages.0.message.content = Some(Message { .. })",
        ]
    );
}

#[test]
fn a_bad_item_leaves_no_gap_and_takes_nobody_along() {
    let messages = json!([null, {}, "", [], "first", 5, { "role": null, "content": null }, ["human", "last"]]);
    assert_eq!(
        list("llm.input_messages", &messages),
        [
            "llm.input_messages.0.message.role = user",
            "llm.input_messages.0.message.content = first",
            "llm.input_messages.1.message.role = user",
            "llm.input_messages.1.message.content = 5",
            "llm.input_messages.2.message.role = user",
            "llm.input_messages.2.message.content = last",
        ]
    );
    assert_eq!(list("llm.input_messages", &json!([])), Vec::<String>::new());
}

#[test]
fn indexed_attributes_beat_the_list() {
    let indexed = KeyValue::new("llm.input_messages.0.message.content", "hello");
    assert_eq!(
        lines(vec![KeyValue::new("llm.input_messages", "[{\"role\":\"user\"}]"), indexed]),
        ["llm.input_messages.0.message.content = hello"]
    );
}

#[test]
fn documents_of_any_shape_are_flattened() {
    let documents = json!([
        { "id": 7, "content": "a", "score": "0.5", "metadata": { "page": 1 } },
        { "page_content": "b", "metadata": "{\"page\":2}", "title": "T" },
        [{ "text": "c" }, 0.25],
        { "document": { "content": "d" }, "score": 1 },
        { "document.content": "e", "document.id": "x" },
        "f",
        null,
        { "document": "g", "relevance_score": 0.75 },
    ]);
    assert_eq!(
        list("retrieval.documents", &documents),
        [
            "retrieval.documents.0.document.id = 7",
            "retrieval.documents.0.document.score = 0.5",
            "retrieval.documents.0.document.content = a",
            "retrieval.documents.0.document.metadata = {\"page\":1}",
            "retrieval.documents.1.document.content = b",
            "retrieval.documents.1.document.metadata = {\"page\":2,\"title\":\"T\"}",
            "retrieval.documents.2.document.score = 0.25",
            "retrieval.documents.2.document.content = c",
            "retrieval.documents.3.document.score = 1",
            "retrieval.documents.3.document.content = d",
            "retrieval.documents.4.document.id = x",
            "retrieval.documents.4.document.content = e",
            "retrieval.documents.5.document.content = f",
            "retrieval.documents.6.document.score = 0.75",
            "retrieval.documents.6.document.content = g",
        ]
    );
}

#[test]
fn embeddings_prompts_choices_and_images_are_flattened() {
    assert_eq!(
        list("embedding.embeddings", &json!([{ "text": "a", "vector": [1, 0.5] }, [2.0], "b", { "embedding": ["x"] }])),
        [
            "embedding.embeddings.0.embedding.text = a",
            "embedding.embeddings.0.embedding.vector = [1,0.5]",
            "embedding.embeddings.1.embedding.vector = [2]",
            "embedding.embeddings.2.embedding.text = b",
        ]
    );
    assert_eq!(list("embedding.embeddings", &json!([0.5, 1])), ["embedding.embeddings.0.embedding.vector = [0.5,1]"]);
    assert_eq!(
        list("llm.prompts", &json!(["a", { "prompt": { "text": "b" } }, { "prompt.text": "c" }])),
        ["llm.prompts.0.prompt.text = a", "llm.prompts.1.prompt.text = b", "llm.prompts.2.prompt.text = c"]
    );
    assert_eq!(list("llm.choices", &json!([{ "text": "a" }])), ["llm.choices.0.completion.text = a"]);
    assert_eq!(
        list(
            "input.images",
            &json!(["http://a", { "image": { "url": "http://b" } }, { "image_url": { "url": "http://c" } }, 5])
        ),
        [
            "input.images.0.image.url = http://a",
            "input.images.1.image.url = http://b",
            "input.images.2.image.url = http://c"
        ]
    );
}

#[test]
fn tools_keep_their_schema() {
    let openai = json!({ "type": "function", "function": { "name": "f", "description": "d", "parameters": {} } });
    let anthropic = json!({ "name": "g", "input_schema": { "type": "object" } });
    let own = json!({ "tool": { "json_schema": anthropic.to_string() } });
    assert_eq!(
        list("llm.tools", &json!([openai, anthropic, own, {}, "h"])),
        [
            "llm.tools.0.tool.name = f".to_owned(),
            "llm.tools.0.tool.description = d".to_owned(),
            format!("llm.tools.0.tool.json_schema = {openai}"),
            "llm.tools.1.tool.name = g".to_owned(),
            format!("llm.tools.1.tool.json_schema = {anthropic}"),
            "llm.tools.2.tool.name = g".to_owned(),
            format!("llm.tools.2.tool.json_schema = {anthropic}"),
            "llm.tools.3.tool.name = h".to_owned(),
        ]
    );
}

#[test]
fn feedback_needs_a_name_and_a_result() {
    assert_eq!(
        list("annotations", &json!([{ "name": "ok" }, { "name": "good", "score": 1, "metadata": "m" }, "text"])),
        [
            "annotations.0.annotation.name = good",
            "annotations.0.annotation.score = 1",
            "annotations.0.annotation.metadata = \"m\""
        ]
    );
    assert_eq!(
        list("session.evaluations", &json!([{ "evaluation": { "name": "tone", "label": "kind" } }])),
        ["session.evaluations.0.evaluation.name = tone", "session.evaluations.0.evaluation.label = kind"]
    );
    assert_eq!(lines(vec![KeyValue::new("evaluations", "none")]), ["evaluations = none"]);
}

#[test]
fn bytes_of_an_image_without_a_type_are_an_image() {
    let part = json!({ "type": "image", "data": "AAAA" });
    let lines = list("llm.input_messages", &json!([{ "role": "user", "content": [part] }]));
    assert!(lines.iter().any(|line| line.ends_with("image.url = data:image/png;base64,AAAA")), "{lines:?}");
}
