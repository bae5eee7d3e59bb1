//! Streams that are made of events.

use serde_json::{Value as Json, json};

use super::response::refusal;
use super::{Chunks, Object, Refusal, deltas};

/// Anthropic's: <https://docs.anthropic.com/en/docs/build-with-claude/streaming>.
pub(super) fn anthropic(chunks: &mut Chunks, mut event: Object) {
    chunks.list = Some("content");
    let index = event.get("index").and_then(Json::as_u64).unwrap_or_default();
    match event.get("type").and_then(Json::as_str) {
        Some("message_start") => {
            if let Some(Json::Object(mut message)) = event.remove("message") {
                message.remove("content");
                chunks.absorb(message);
            }
        }
        Some("content_block_start") if chunks.shown => {
            chunks.elements.insert(index, event.remove("content_block").unwrap_or_default());
        }
        Some("content_block_delta") if chunks.shown => {
            let block = chunks.elements.entry(index).or_insert_with(|| json!({ "type": "text" }));
            if let (Some(block), Some(Json::Object(delta))) = (block.as_object_mut(), event.remove("delta")) {
                add_delta(block, delta);
            }
        }
        Some("message_delta") => {
            if let Some(Json::Object(delta)) = event.remove("delta") {
                chunks.absorb(delta);
            }
            if let Some(Json::Object(usage)) = event.remove("usage") {
                let known = chunks.whole.entry("usage").or_insert_with(|| json!({}));
                if let Some(known) = known.as_object_mut() {
                    known.extend(usage.into_iter().filter(|(_, count)| !count.is_null()));
                }
            }
        }
        _ => {}
    }
}

fn add_delta(block: &mut Object, mut delta: Object) {
    for (name, member) in [
        ("text", "text"),
        ("thinking", "thinking"),
        ("signature", "signature"),
        (deltas::PARTIAL_INPUT, deltas::PARTIAL_INPUT),
    ] {
        if let Some(piece) = delta.get(name) {
            deltas::append(block, member, piece);
        }
    }
    if let Some(citation) = delta.remove("citation") {
        let citations = block.entry("citations").or_insert_with(|| json!([]));
        deltas::add(citations, json!([citation]));
    }
}

/// OpenAI's Responses: <https://platform.openai.com/docs/api-reference/responses-streaming>.
pub(super) fn responses(chunks: &mut Chunks, mut event: Object) -> Option<Refusal> {
    chunks.list = Some("output");
    if let Some(Json::Object(response)) = event.remove("response") {
        return snapshot(chunks, response);
    }
    let kind = event.remove("type").unwrap_or_default();
    let kind = kind.as_str().unwrap_or_default().trim_start_matches("response.");
    let index = |name: &str| event.get(name).and_then(Json::as_u64).unwrap_or_default();
    let (item, part) = (index("output_index"), index("content_index").max(index("summary_index")));
    if !chunks.shown {
        return None;
    }
    if let "output_item.added" | "output_item.done" = kind {
        chunks.elements.insert(item, event.remove("item").unwrap_or_default());
        return None;
    }
    let message = || json!({ "type": "message", "role": "assistant", "content": [] });
    let item = chunks.elements.entry(item).or_insert_with(message).as_object_mut()?;
    let delta = event.get("delta").unwrap_or(&Json::Null);
    match kind {
        "output_text.delta" => append_to(item, "content", part, ("output_text", "text"), delta),
        "refusal.delta" => append_to(item, "content", part, ("refusal", "refusal"), delta),
        "reasoning_text.delta" => append_to(item, "content", part, ("reasoning_text", "text"), delta),
        "reasoning_summary_text.delta" => append_to(item, "summary", part, ("summary_text", "text"), delta),
        "function_call_arguments.delta" => deltas::append(item, "arguments", delta),
        "custom_tool_call_input.delta" => deltas::append(item, "input", delta),
        _ => {}
    }
    None
}

/// The response as it is by now: at the beginning without its output, at the end with all of it.
fn snapshot(chunks: &mut Chunks, mut response: Object) -> Option<Refusal> {
    let refused = response.remove("error").and_then(|error| refusal(&json!({ "error": error })));
    let output = response.remove("output");
    if !chunks.shown {
        response.retain(|name, _| matches!(name.as_str(), "model" | "status" | "usage" | "incomplete_details"));
    }
    chunks.absorb(response);
    if let Some(Json::Array(output)) = output.filter(|_| chunks.shown) {
        if !output.is_empty() {
            chunks.elements = (0..).zip(output).collect();
        }
    }
    refused
}

/// Adds to the part `index` of a list in `item`, which is begun if it is not there. Parts come one after the other.
fn append_to(item: &mut Object, list: &str, index: u64, (kind, field): (&str, &str), delta: &Json) {
    let parts = item.entry(list).or_insert_with(|| json!([]));
    if !parts.is_array() {
        *parts = json!([]);
    }
    let Some(parts) = parts.as_array_mut() else { return };
    let at = usize::try_from(index).unwrap_or(usize::MAX).min(parts.len());
    if at == parts.len() {
        parts.push(json!({ "type": kind }));
    }
    if let Some(part) = parts[at].as_object_mut() {
        deltas::append(part, field, delta);
    }
}
