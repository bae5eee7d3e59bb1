//! What Phoenix 20.26.1 makes of the attributes it receives: nothing that `convert` leaves behind gets lost, hidden or
//! translated a second time.
//!
//! `phoenix_ingest.json` was made by running the decoder of the server. Its rules are written down here once more, held
//! against those vectors, and then applied to what we send.

use serde_json::{Map, Value as Json};

use super::{genai::attributes, parity, vectors};

#[test]
fn the_rules_of_phoenix_are_understood() {
    let Some(rows) = vectors("phoenix_ingest.json") else { return };
    let mut failures = Vec::new();
    let plain: Vec<_> = rows.iter().filter(|row| is_plain(&row["attributes"])).collect();
    for row in &plain {
        let stored = stored(row["attributes"].as_object().expect("an object"));
        if Json::Object(stored.clone()) != row["stored"] {
            failures.push(format!("{}: {} is not {}", row["name"], Json::Object(stored), row["stored"]));
        }
    }
    parity("phoenix ingest", plain.len(), " (without gen_ai and values no attribute can hold)", &failures);
}

#[test]
fn phoenix_stores_what_we_send() {
    let inputs = |file, field: &str| -> Vec<Json> {
        vectors(file).unwrap_or_default().iter().map(|row| row[field].clone()).collect()
    };
    let inputs = [inputs("genai_agreed.json", "input"), inputs("phoenix_ingest.json", "attributes")].concat();
    let mut failures = Vec::new();
    for input in &inputs {
        let sent = converted(input);
        let stored = Json::Object(stored(&sent));
        for (key, value) in &sent {
            let value = read(key, value);
            if !value.is_null() && !holds(&stored, key, &value) {
                failures.push(format!("{key} = {value} of {input} is hidden in {stored}"));
            }
            if TRANSLATED.iter().any(|word| key == word) {
                failures.push(format!("{key} of {input} would be translated again"));
            }
        }
    }
    parity("phoenix storage", inputs.len(), "", &failures);
}

/// The words that Phoenix translates.
const TRANSLATED: &[&str] = &[
    "gen_ai.operation.name",
    "gen_ai.provider.name",
    "gen_ai.system",
    "gen_ai.request.model",
    "gen_ai.request.temperature",
    "gen_ai.request.top_p",
    "gen_ai.request.top_k",
    "gen_ai.request.max_tokens",
    "gen_ai.request.frequency_penalty",
    "gen_ai.request.presence_penalty",
    "gen_ai.request.seed",
    "gen_ai.request.stream",
    "gen_ai.request.choice.count",
    "gen_ai.request.stop_sequences",
    "gen_ai.request.encoding_formats",
    "gen_ai.output.type",
    "gen_ai.usage.input_tokens",
    "gen_ai.usage.output_tokens",
    "gen_ai.usage.cache_read.input_tokens",
    "gen_ai.usage.cache_creation.input_tokens",
    "gen_ai.system_instructions",
    "gen_ai.input.messages",
    "gen_ai.output.messages",
    "gen_ai.response.finish_reasons",
    "gen_ai.response.id",
    "gen_ai.response.model",
    "gen_ai.tool.definitions",
    "gen_ai.tool.name",
    "gen_ai.tool.description",
    "gen_ai.tool.call.id",
    "gen_ai.tool.call.arguments",
    "gen_ai.tool.call.result",
    "gen_ai.retrieval.query.text",
    "gen_ai.retrieval.documents",
    "gen_ai.conversation.id",
];

fn converted(input: &Json) -> Map<String, Json> {
    super::genai::converted(attributes(input)).into_iter().collect()
}

/// Whether the vector is about the tree of keys: no translation, no values that no attribute holds.
fn is_plain(attributes: &Json) -> bool {
    let attributes = attributes.as_object().expect("an object");
    attributes.iter().all(|(key, value)| !key.starts_with("gen_ai.") && !holds_objects(value))
        && !attributes.contains_key("input.value.a")
}

fn holds_objects(value: &Json) -> bool {
    value.is_object() || value.as_array().is_some_and(|items| items.iter().any(Json::is_object))
}

/// What Phoenix keeps of the attributes: a tree of the segments of their keys.
fn stored(attributes: &Map<String, Json>) -> Map<String, Json> {
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
    root.fields()
}

/// The value as Phoenix reads it: numbers of tokens, JSON in some texts, the input as a text.
fn read(key: &str, value: &Json) -> Json {
    const COUNTS: [&str; 3] = ["llm.token_count.prompt", "llm.token_count.completion", "llm.token_count.total"];
    const JSON: [&str; 4] = ["metadata", "tool.parameters", "llm.prompt_template.variables", "document.metadata"];
    if COUNTS.contains(&key) {
        let number = value.as_f64().or_else(|| value.as_str()?.parse::<i64>().ok().map(|count| count as f64));
        return number.map_or_else(|| value.clone(), |number| Json::from(number as i64));
    }
    if key == "input.value" && !value.is_string() {
        return Json::from(value.to_string().replace(',', ", "));
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
fn holds(stored: &Json, path: &str, value: &Json) -> bool {
    let (segment, rest) = path.split_once('.').map_or((path, None), |(segment, rest)| (segment, Some(rest)));
    let below = |json: &Json| rest.map_or(json == value, |rest| holds(json, rest, value));
    match (stored, segment.parse::<usize>()) {
        (Json::Array(items), Ok(index)) => items.iter().take(index + 1).rev().any(below),
        (stored, _) => stored.get(segment).is_some_and(below),
    }
}
