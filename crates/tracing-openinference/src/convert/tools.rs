use openinference_semconv::{Indexed, keys};
use opentelemetry::KeyValue;
use serde_json::Value as Json;

use super::json;
use super::record::Record;

/// Writes the tools a model was offered. The schema stays as it was given, since each provider has its own and Phoenix
/// reads OpenAI's and Anthropic's; name and description stand beside it.
pub(super) fn write<'a>(out: &mut Vec<KeyValue>, list: &str, items: impl IntoIterator<Item = &'a Json>) {
    let mut index = 0;
    for item in items {
        let Some((schema, name, description)) = read(item) else { continue };
        let element = Indexed::new(list, index);
        index += 1;
        for (field, value) in
            [(keys::TOOL_NAME, name), (keys::TOOL_DESCRIPTION, description), (keys::TOOL_JSON_SCHEMA, schema)]
        {
            if let Some(value) = value {
                out.push(KeyValue::new(element.key(field), value));
            }
        }
    }
}

type Texts = (Option<String>, Option<String>, Option<String>);

fn read(item: &Json) -> Option<Texts> {
    if let Json::String(text) = item {
        return match json::parse(text) {
            Some(inner @ Json::Object(_)) => read(&inner),
            _ if text.trim().is_empty() => None,
            _ => Some((None, Some(text.clone()), None)),
        };
    }
    let tool = Record::of(item, "tool").filter(|tool| !tool.is_empty())?;
    // OpenInference's own shape names the schema; any other shape is the schema.
    let stated = tool.get(&["json_schema"]).and_then(json::plain);
    let inside = stated.as_deref().and_then(json::parse);
    let schema = stated.unwrap_or_else(|| item.to_string());
    let whole = inside.as_ref().unwrap_or(item);
    let function = whole.get("function").unwrap_or(whole);
    let text = |name| tool.text(&[name]).or_else(|| function.get(name).and_then(json::plain));
    Some((Some(schema), text("name"), text("description")))
}
