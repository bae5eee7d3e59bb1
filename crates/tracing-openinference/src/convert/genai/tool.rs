use openinference_semconv::keys;
use opentelemetry::KeyValue;
use serde_json::{Map, Value as Json, json};

use crate::convert::field::Side;
use crate::convert::words::Words;
use crate::convert::{json, tools, write};

/// Writes what a span says about the call of a tool, and about the tools that a model was offered.
///
/// The id stands under both names it has: Phoenix and the specification call it `tool.id`, JS and Python's
/// instrumentations `tool_call.id`.
pub(super) fn write(out: &mut Vec<KeyValue>, words: &mut Words) {
    for (key, word) in [(keys::TOOL_NAME, "gen_ai.tool.name"), (keys::TOOL_DESCRIPTION, "gen_ai.tool.description")] {
        if let Some(text) = words.take_text(&[word]) {
            write::add(out, key, text);
        }
    }
    if let Some(id) = words.take_text(&["gen_ai.tool.call.id", "gen_ai.tool.call_id"]) {
        write::add(out, keys::TOOL_ID, id.clone());
        write::add(out, keys::TOOL_CALL_ID, id);
    }
    if let Some(arguments) = words.take("gen_ai.tool.call.arguments") {
        let arguments = json::text(&arguments).into_owned();
        write::add(out, keys::TOOL_PARAMETERS, arguments.clone());
        write::add_value(out, Side::Input, arguments);
    }
    if let Some(result) = words.take("gen_ai.tool.call.result") {
        write::add_value(out, Side::Output, json::text(&result).into_owned());
    }
    if let Some(definitions) = words.take_json(&["gen_ai.tool.definitions", "gen_ai.request.tools"]) {
        if !write::has_list(out, keys::LLM_TOOLS) {
            let definitions = match definitions {
                Json::Array(definitions) => definitions,
                single => vec![single],
            };
            let definitions: Vec<Json> = definitions.into_iter().map(definition).collect();
            tools::write(out, keys::LLM_TOOLS, &definitions);
        }
    }
}

/// The definition in the shape that OpenAI gave it, which is the one that Phoenix shows and replays.
fn definition(definition: Json) -> Json {
    let object = match definition {
        Json::Object(object) if !object.contains_key("function") => object,
        other => return other,
    };
    const SCHEMAS: [&str; 4] = ["parameters", "inputSchema", "input_schema", "parameters_json_schema"];
    let kind = object.get("type").and_then(Json::as_str).unwrap_or("function");
    let (Some(name), "function") = (object.get("name"), kind) else { return Json::Object(object) };
    let schema = SCHEMAS.iter().find_map(|name| object.get(*name));
    let mut function = Map::new();
    for (key, value) in [("name", Some(name)), ("description", object.get("description")), ("parameters", schema)] {
        if let Some(value) = value.filter(|value| !value.is_null()) {
            function.insert(String::from(key), value.clone());
        }
    }
    json!({ "type": "function", "function": function })
}
