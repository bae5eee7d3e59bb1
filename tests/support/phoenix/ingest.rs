//! What Phoenix 20.26.1 makes of the attributes that it receives. Held against the decoder of the server by
//! `tests/oracle/phoenix_ingest.rs`.

use opentelemetry::{Array, KeyValue, StringValue, Value};
use serde_json::{Map, Value as Json};

/// Attributes as JSON. A later one of the same key counts.
#[must_use]
pub fn attributes(attributes: &[KeyValue]) -> Map<String, Json> {
    attributes.iter().map(|attribute| (attribute.key.to_string(), json(&attribute.value))).collect()
}

/// The value of an attribute as JSON.
#[must_use]
pub fn json(value: &Value) -> Json {
    match value {
        Value::Bool(value) => Json::from(*value),
        Value::I64(value) => Json::from(*value),
        Value::F64(value) => Json::from(*value),
        Value::Array(Array::String(items)) => Json::from_iter(items.iter().map(StringValue::as_str)),
        Value::Array(Array::I64(items)) => Json::from_iter(items.iter().copied()),
        Value::Array(Array::F64(items)) => Json::from_iter(items.iter().copied()),
        Value::Array(Array::Bool(items)) => Json::from_iter(items.iter().copied()),
        text => Json::from(text.as_str()),
    }
}

/// What Phoenix keeps of the attributes: a tree of the segments of their keys.
#[must_use]
pub fn stored(attributes: &Map<String, Json>) -> Map<String, Json> {
    let mut root = Node::default();
    for (key, value) in attributes {
        let value = read(key, value);
        if value.is_null() {
            continue;
        }
        let segments: Vec<&str> = key.split('.').map(str::trim).filter(|segment| !segment.is_empty()).collect();
        let mut node = &mut root;
        for segment in if segments.is_empty() { vec![""] } else { segments } {
            node = node.child(segment);
        }
        node.value = Some(value);
        if key == "input.value" && !attributes[key].is_string() {
            root.child("input").child("mime_type").value = Some(Json::from("application/json"));
        }
    }
    let mut stored = root.fields();
    if let Some(Json::Object(input)) = stored.get_mut("input") {
        if let Some(value) = input.get("value").filter(|value| value.is_object()).map(python) {
            input.insert(String::from("value"), value);
            input.insert(String::from("mime_type"), Json::from("application/json"));
        }
    }
    stored
}

/// JSON as Python writes it, as far as texts have none of its punctuation.
fn python(value: &Json) -> Json {
    Json::from(value.to_string().replace(',', ", ").replace("\":", "\": "))
}

/// The value as Phoenix reads it: numbers of tokens, JSON in some texts, the input as a text.
#[must_use]
pub fn read(key: &str, value: &Json) -> Json {
    const COUNTS: [&str; 3] = ["llm.token_count.prompt", "llm.token_count.completion", "llm.token_count.total"];
    const JSON: [&str; 4] = ["metadata", "tool.parameters", "llm.prompt_template.variables", "document.metadata"];
    if COUNTS.contains(&key) {
        let number = value.as_f64().or_else(|| value.as_str()?.parse::<i64>().ok().map(|count| count as f64));
        return number.map_or_else(|| value.clone(), |number| Json::from(number as i64));
    }
    if key == "input.value" && !value.is_string() {
        return python(value);
    }
    match value.as_str() {
        Some(text) if JSON.iter().any(|suffix| key.ends_with(suffix)) => {
            serde_json::from_str(text).unwrap_or_else(|_| value.clone())
        }
        _ => value.clone(),
    }
}

#[derive(Default)]
struct Node {
    value: Option<Json>,
    children: Vec<(String, Node)>,
}

impl Node {
    fn child(&mut self, segment: &str) -> &mut Node {
        let same = |other: &str| other == segment || other.parse::<u64>().is_ok_and(|n| segment.parse() == Ok(n));
        let at = self.children.iter().position(|(name, _)| same(name)).unwrap_or_else(|| {
            self.children.push((segment.to_owned(), Node::default()));
            self.children.len() - 1
        });
        &mut self.children[at].1
    }

    /// A value hides the branch that begins with it: the branch stands beside it, under its whole name.
    fn fields(self) -> Map<String, Json> {
        let mut fields = Map::new();
        for (name, mut child) in self.children {
            match child.value.take() {
                None => _ = fields.insert(name, child.json()),
                Some(value) => {
                    fields.extend(child.fields().into_iter().map(|(rest, value)| (format!("{name}.{rest}"), value)));
                    fields.insert(name, value);
                }
            }
        }
        fields
    }

    /// Numbers with something below them are the indices of a list.
    fn json(mut self) -> Json {
        let is_list = self
            .children
            .iter()
            .all(|(name, child)| name.parse::<u64>().is_ok() && child.value.is_none() && !child.children.is_empty());
        if !is_list {
            return Json::Object(self.fields());
        }
        self.children.sort_by_key(|(name, _)| name.parse::<u64>().unwrap_or_default());
        Json::from_iter(self.children.into_iter().map(|(_, child)| child.json()))
    }
}

/// Whether the value stands at the end of the path. Phoenix closes gaps in lists, so behind one the index is smaller.
#[must_use]
pub fn holds(stored: &Json, path: &str, value: &Json) -> bool {
    let (segment, rest) = path.split_once('.').map_or((path, None), |(segment, rest)| (segment, Some(rest)));
    let below = |json: &Json| rest.map_or(json == value, |rest| holds(json, rest, value));
    match (stored, segment.parse::<usize>()) {
        // What stands below `input.value` is stored as a text.
        (Json::String(text), _) => {
            serde_json::from_str(text).is_ok_and(|json: Json| json.is_object() && holds(&json, path, value))
        }
        (Json::Array(items), Ok(index)) => items.iter().take(index + 1).rev().any(below),
        (stored, _) => stored.get(segment).is_some_and(below),
    }
}
