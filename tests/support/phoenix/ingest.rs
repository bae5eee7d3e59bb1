//! What Phoenix 20.26.1 makes of the attributes that it receives. Held against the decoder of the server by
//! `tests/oracle/phoenix_ingest.rs`.

use std::collections::{BTreeMap, BTreeSet};

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
        let value = loaded(key, value);
        if !value.is_null() {
            root.insert(key, value);
        }
    }
    let mut stored = Map::from_iter(root.walk(""));
    if let Some(Json::Object(input)) = stored.get_mut("input") {
        if let Some(value) = input.get("value").filter(|value| !value.is_string() && is_truthy(value)).map(python) {
            input.insert(String::from("value"), Json::from(value));
            input.insert(String::from("mime_type"), Json::from("application/json"));
        }
    }
    stored
}

/// What Python takes for true.
fn is_truthy(value: &Json) -> bool {
    match value {
        Json::Null => false,
        Json::Bool(value) => *value,
        Json::Number(number) => number.as_f64() != Some(0.0),
        Json::String(text) => !text.is_empty(),
        Json::Array(items) => !items.is_empty(),
        Json::Object(members) => !members.is_empty(),
    }
}

/// JSON as Python writes it: with spaces, and in ASCII.
fn python(value: &Json) -> String {
    let joined = |items: Vec<String>| items.join(", ");
    match value {
        Json::Array(items) => format!("[{}]", joined(items.iter().map(python).collect())),
        Json::Object(members) => {
            let member = |(name, value): (&String, &Json)| format!("{}: {}", ascii(name), python(value));
            format!("{{{}}}", joined(members.iter().map(member).collect()))
        }
        Json::String(text) => ascii(text),
        other => other.to_string(),
    }
}

fn ascii(text: &str) -> String {
    let mut written = String::new();
    for character in Json::from(text).to_string().chars() {
        if character.is_ascii() {
            written.push(character);
        } else {
            written.extend(character.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")));
        }
    }
    written
}

/// The value as Phoenix reads it: numbers of tokens, JSON in some texts, the input as a text.
#[must_use]
pub fn read(key: &str, value: &Json) -> Json {
    match loaded(key, value) {
        value if key == "input.value" && !value.is_string() && is_truthy(&value) => Json::from(python(&value)),
        value => value,
    }
}

fn loaded(key: &str, value: &Json) -> Json {
    const COUNTS: [&str; 3] = ["llm.token_count.prompt", "llm.token_count.completion", "llm.token_count.total"];
    const JSON: [&str; 4] = ["metadata", "tool.parameters", "llm.prompt_template.variables", "document.metadata"];
    if COUNTS.contains(&key) {
        return count(value).unwrap_or_else(|| value.clone());
    }
    match value.as_str() {
        Some(text) if JSON.iter().any(|suffix| key.ends_with(suffix)) => {
            serde_json::from_str(text).unwrap_or_else(|_| value.clone())
        }
        _ => value.clone(),
    }
}

/// Python's `int`.
fn count(value: &Json) -> Option<Json> {
    match value {
        Json::Bool(value) => Some(Json::from(i64::from(*value))),
        Json::Number(number) if number.is_f64() => {
            let whole = number.as_f64()?.trunc();
            Some(if whole.abs() < 9e18 { Json::from(whole as i64) } else { Json::from(whole) })
        }
        Json::String(text) => {
            let text = text.trim();
            let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
            let apart =
                digits.split('_').all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
            let number = text.replace('_', "");
            let parsed = || number.parse::<i64>().map(Json::from).or_else(|_| number.parse::<f64>().map(Json::from));
            apart.then(parsed)?.ok()
        }
        _ => None,
    }
}

/// A node of the tree. The name of a child is a number where its segment is one.
#[derive(Default)]
struct Node {
    value: Option<Json>,
    children: BTreeMap<Segment, Node>,
    /// Those of the children that are elements of a list.
    elements: BTreeSet<u64>,
    /// Those that are fields.
    fields: BTreeSet<Segment>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Segment {
    Number(u64),
    Name(String),
}

impl Node {
    /// A number is an index if something follows it, unless the node has a value or the number has been a field already.
    fn insert(&mut self, key: &str, value: Json) {
        let (segment, rest) = key.split_once('.').unwrap_or((key, ""));
        let segment = segment.trim();
        let is_number = !segment.is_empty() && segment.bytes().all(|byte| byte.is_ascii_digit());
        let number = is_number.then(|| segment.parse().ok()).flatten();
        let segment = number.map_or_else(|| Segment::Name(segment.to_owned()), Segment::Number);
        match number {
            Some(index) if !rest.is_empty() && self.value.is_none() => {
                if !self.fields.contains(&segment) {
                    self.elements.insert(index);
                }
            }
            _ => {
                number.map(|index| self.elements.remove(&index));
                self.fields.insert(segment.clone());
            }
        }
        let child = self.children.entry(segment).or_default();
        if rest.is_empty() {
            child.value = Some(value);
            child.fields.extend(std::mem::take(&mut child.elements).into_iter().map(Segment::Number));
        } else {
            child.insert(rest, value);
        }
    }

    /// What the node is under this name. Beside a value or a list its fields stand under their whole names.
    fn walk(&self, name: &str) -> Vec<(String, Json)> {
        let mut found = Vec::new();
        let object = |node: &Node| Json::Object(Map::from_iter(node.walk("")));
        let element = |index: &u64| &self.children[&Segment::Number(*index)];
        if let Some(value) = &self.value {
            found.push((name.to_owned(), value.clone()));
        } else if name.is_empty() {
            found.extend(self.elements.iter().flat_map(|index| element(index).walk(&index.to_string())));
        } else if self.elements.is_empty() {
            return vec![(name.to_owned(), object(self))];
        } else {
            found.push((name.to_owned(), self.elements.iter().map(|index| object(element(index))).collect()));
        }
        for field in &self.fields {
            let segment = match field {
                Segment::Number(number) => number.to_string(),
                Segment::Name(name) => name.clone(),
            };
            let whole = if name.is_empty() { segment } else { format!("{name}.{segment}") };
            found.extend(self.children[field].walk(&whole));
        }
        found
    }
}

/// Whether the value stands at the end of the path. Phoenix closes gaps in lists, so behind one the index is smaller.
#[must_use]
pub fn holds(stored: &Json, path: &str, value: &Json) -> bool {
    let (segment, rest) = path.split_once('.').map_or((path, None), |(segment, rest)| (segment, Some(rest)));
    let below = |json: &Json| rest.map_or(json == value, |rest| holds(json, rest, value));
    let index = segment.bytes().all(|byte| byte.is_ascii_digit()).then(|| segment.parse::<usize>().ok()).flatten();
    match (stored, index) {
        // What stands below `input.value` is stored as a text.
        (Json::String(text), _) => {
            serde_json::from_str(text).is_ok_and(|json: Json| json.is_object() && holds(&json, path, value))
        }
        (Json::Array(items), Some(index)) => items.iter().take(index + 1).rev().any(below),
        // `01` is 1.
        (stored, Some(number)) => stored.get(number.to_string()).is_some_and(below),
        (stored, _) => stored.get(segment).is_some_and(below),
    }
}
