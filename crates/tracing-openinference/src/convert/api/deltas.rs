//! Objects that grow by pieces of themselves.

use serde_json::{Value as Json, json};

use super::Object;

/// Adds one piece of a choice: OpenAI's chunks are the message in little.
pub(super) fn add_choice(choice: &mut Object, piece: Object, shown: bool) {
    for (name, value) in piece {
        match name.as_str() {
            _ if value.is_null() => {}
            "delta" | "message" | "text" | "logprobs" if !shown => {}
            "delta" => add(choice.entry("message").or_insert_with(|| json!({})), value),
            "message" | "text" | "logprobs" => add(choice.entry(name).or_insert(Json::Null), value),
            _ => _ = choice.insert(name, value),
        }
    }
}

/// Adds a piece: texts and lists grow, objects grow member by member, the rest is replaced.
pub(super) fn add(to: &mut Json, piece: Json) {
    match (to, piece) {
        (_, Json::Null) => {}
        (Json::Object(to), Json::Object(piece)) => {
            for (name, value) in piece {
                // Said once, or every time anew.
                let stated = STATED.contains(&name.as_str());
                match to.get_mut(&name) {
                    Some(known) if !stated => add(known, value),
                    Some(_) if value.is_null() || value == "" => {}
                    _ => {
                        let mut first = Json::Null;
                        add(&mut first, value);
                        to.insert(name, first);
                    }
                }
            }
        }
        (Json::Array(to), Json::Array(pieces)) => pieces.into_iter().for_each(|piece| add_item(to, piece)),
        (Json::String(to), Json::String(piece)) => to.push_str(&piece),
        (to @ Json::Null, Json::Array(pieces)) => {
            let mut list = Vec::new();
            pieces.into_iter().for_each(|piece| add_item(&mut list, piece));
            *to = Json::Array(list);
        }
        (to, piece) => *to = piece,
    }
}

const STATED: [&str; 6] = ["role", "type", "id", "name", "index", "format"];

/// Adds to the item of the same index. Some leave the index out: then a call without an id and a name continues the
/// one before.
fn add_item(list: &mut Vec<Json>, piece: Json) {
    let known = match piece.get("index").and_then(Json::as_u64) {
        Some(index) => list.iter_mut().rfind(|item| item.get("index").and_then(Json::as_u64) == Some(index)),
        None if continues(&piece) => list.last_mut(),
        None => None,
    };
    match known {
        Some(item) => add(item, piece),
        None => list.push(piece),
    }
}

fn continues(piece: &Json) -> bool {
    let says = |value: Option<&Json>| value.and_then(Json::as_str).is_some_and(|text| !text.is_empty());
    piece.get("function").is_some_and(|function| !says(function.get("name"))) && !says(piece.get("id"))
}

/// Adds to a content of Gemini's: texts of one kind that follow each other are one text.
pub(super) fn add_content(candidate: &mut Object, content: Json) {
    let Json::Object(mut content) = content else { return };
    let parts = content.remove("parts");
    let whole = candidate.entry("content").or_insert_with(|| json!({ "parts": [] }));
    let Some(whole) = whole.as_object_mut() else { return };
    whole.extend(content);
    let (Some(Json::Array(all)), Some(Json::Array(parts))) = (whole.get_mut("parts"), parts) else { return };
    for part in parts {
        match all.last_mut().filter(|last| is_text(last) && is_text(&part) && is_thought(last) == is_thought(&part)) {
            Some(Json::Object(last)) => {
                let Json::Object(part) = part else { continue };
                for (name, value) in part {
                    match (last.get_mut(&name), value) {
                        (Some(Json::String(text)), Json::String(more)) if name == "text" => text.push_str(&more),
                        (_, value) => _ = last.insert(name, value),
                    }
                }
            }
            _ => all.push(part),
        }
    }
}

fn is_text(part: &Json) -> bool {
    part.get("text").is_some_and(Json::is_string)
}

fn is_thought(part: &Json) -> bool {
    part.get("thought").is_some_and(|thought| thought == true)
}

/// Adds to a member that is a text.
pub(super) fn append(object: &mut Object, name: &str, piece: &Json) {
    let Some(piece) = piece.as_str() else { return };
    match object.get_mut(name) {
        Some(Json::String(text)) => text.push_str(piece),
        _ => _ = object.insert(name.into(), Json::from(piece)),
    }
}

/// Where the JSON of a tool's input is put together.
pub(super) const PARTIAL_INPUT: &str = "partial_json";

/// Takes off what was only needed to put an element together.
pub(super) fn settle(element: &mut Json) {
    let Json::Object(element) = element else { return };
    if let Some(Json::String(input)) = element.remove(PARTIAL_INPUT) {
        let input = serde_json::from_str(&input).unwrap_or(Json::String(input));
        element.insert("input".into(), input);
    }
    let calls = element.get_mut("message").and_then(|message| message.get_mut("tool_calls"));
    if let Some(Json::Array(calls)) = calls {
        calls.sort_by_key(|call| call.get("index").and_then(Json::as_u64));
        for call in calls.iter_mut().filter_map(Json::as_object_mut) {
            call.remove("index");
        }
    }
}
