use std::collections::HashMap;

use openinference_semconv::keys;
use opentelemetry::KeyValue;
use serde_json::{Map, Value as Json};

use super::field::{Field, within};
use super::json;

/// Moves values out of the way of the attributes they would destroy.
///
/// Phoenix makes a tree of the keys. Where one attribute is a value *and* a branch, it keeps the value and hides the
/// branch: `llm = "x"` costs a span its model, messages, tokens and price. So a value that is no word of
/// OpenInference and stands in the way goes into `metadata`, under its whole name.
///
/// The same happens where a namespace is a list as well: `llm.0.name` makes `llm` one, and everything else of it stands
/// beside it under names that Phoenix does not look for.
///
/// Redaction goes by names and leaves `metadata` alone, so nothing may hide there that it would have hidden: values in
/// namespaces that carry content are dropped instead, arguments where `arguments` says so, and `input` beside
/// `input.value`, `output` beside `output.value` always.
pub(super) fn resolve(attributes: &mut Vec<KeyValue>, arguments: Arguments) {
    let mut fates = fates(attributes, arguments);
    let is_metadata = |attribute: &KeyValue| attribute.key.as_str() == keys::METADATA;
    // `metadata` and `metadata.team` cannot both stand either: they become one object.
    if fates.contains(&Fate::Move) || attributes.iter().any(is_metadata) {
        mark(&mut fates, attributes, |attribute| within(attribute.key.as_str(), keys::METADATA));
    }
    if fates.contains(&Fate::Move) {
        mark(&mut fates, attributes, is_metadata);
    } else if !fates.contains(&Fate::Drop) {
        return;
    }
    let mut metadata = Map::new();
    let mut fates = fates.into_iter();
    attributes.retain(|attribute| {
        let fate = fates.next().unwrap_or(Fate::Stay);
        if fate == Fate::Move {
            note(&mut metadata, attribute);
        }
        fate == Fate::Stay
    });
    if !metadata.is_empty() {
        attributes.push(KeyValue::new(keys::METADATA, Json::Object(metadata).to_string()));
    }
}

fn mark(fates: &mut [Fate], attributes: &[KeyValue], moves: impl Fn(&KeyValue) -> bool) {
    for (fate, attribute) in fates.iter_mut().zip(attributes) {
        if moves(attribute) {
            *fate = Fate::Move;
        }
    }
}

/// What becomes of an argument that stands in the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arguments {
    Shown,
    Hidden,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Stay,
    Move,
    Drop,
}

fn fates(attributes: &[KeyValue], arguments: Arguments) -> Vec<Fate> {
    let mut fates = vec![Fate::Stay; attributes.len()];
    // Bit n: some candidate is n bytes long, give or take a multiple of 64. Spares nearly every look-up.
    let mut lengths = 0_u64;
    for (attribute, fate) in attributes.iter().zip(&mut fates) {
        let key = attribute.key.as_str();
        if RESERVED.contains(&key) {
            *fate = in_the_way(key, arguments);
        } else if is_candidate(key) {
            lengths |= 1 << (key.len() % 64);
        }
    }
    let mut candidates = HashMap::new();
    for attribute in attributes {
        let key = attribute.key.as_str();
        for (dot, _) in key.bytes().enumerate().filter(|(_, byte)| *byte == b'.') {
            if lengths & (1 << (dot % 64)) == 0 {
                continue;
            }
            if candidates.is_empty() {
                let all = attributes.iter().enumerate().map(|(at, attribute)| (attribute.key.as_str(), at));
                candidates.extend(all.filter(|(key, _)| is_candidate(key)));
            }
            if let Some(&at) = candidates.get(&key[..dot]) {
                fates[at] = in_the_way(&key[..dot], arguments);
            }
        }
    }
    let lists = lists(attributes);
    if !lists.is_empty() {
        for (attribute, fate) in attributes.iter().zip(&mut fates) {
            let key = attribute.key.as_str();
            if indexed(key).is_some_and(|namespace| lists[namespace]) {
                let no_content = NO_CONTENT.iter().any(|name| within(key, name));
                *fate = if no_content { Fate::Move } else { in_the_way(key, arguments) };
            }
        }
    }
    fates
}

/// The namespaces that some key makes a list, and whether they have something else in them, or will have.
fn lists(attributes: &[KeyValue]) -> HashMap<&str, bool> {
    let mut lists = HashMap::new();
    let mut lengths = 0_u64;
    for namespace in attributes.iter().filter_map(|attribute| indexed(attribute.key.as_str())) {
        lengths |= 1 << (namespace.len() % 64);
        lists.entry(namespace).or_insert_with(|| namespace == "openinference" || within(namespace, "openinference"));
    }
    if lists.is_empty() {
        return lists;
    }
    for attribute in attributes {
        let key = attribute.key.as_str();
        let own = indexed(key);
        for (dot, _) in key.bytes().enumerate().filter(|(_, byte)| *byte == b'.') {
            if lengths & (1 << (dot % 64)) != 0 && own.is_none_or(|own| own.len() != dot) {
                lists.entry(&key[..dot]).and_modify(|has_fields| *has_fields = true);
            }
        }
    }
    lists
}

/// Namespaces of which no flag hides anything.
const NO_CONTENT: [&str; 4] = ["openinference", "session", "tag", "user"];

/// The namespace, none of OpenInference's lists, that the key makes a list: `llm` of `llm.0.name`.
fn indexed(key: &str) -> Option<&str> {
    // Spares nearly every key the look at its segments.
    if !key.as_bytes().windows(2).any(|pair| pair[0] == b'.' && pair[1].is_ascii_digit()) {
        return None;
    }
    let is_index = |segment: &str| !segment.is_empty() && segment.bytes().all(|byte| byte.is_ascii_digit());
    let mut start = 0;
    for segment in key.split('.') {
        let end = start + segment.len();
        if start > 0 && end + 1 < key.len() && is_index(segment) {
            return Some(&key[..start - 1]).filter(|_| matches!(Field::of(key), Field::Inner | Field::Foreign));
        }
        start = end + 1;
    }
    None
}

/// The names that are in the way on every span, or on the next one of the trace.
const RESERVED: [&str; 12] = [
    "llm",
    "input",
    "output",
    "user",
    "session",
    "tool",
    "tag",
    "embedding",
    "retrieval",
    "reranker",
    "openinference",
    // Every span is given a kind.
    "openinference.span",
];

/// The namespace of OpenTelemetry's conventions for generative AI, which carries content like our own.
const GEN_AI: &str = "gen_ai";

fn in_the_way(key: &str, arguments: Arguments) -> Fate {
    match Field::of(key) {
        _ if key == "input" || key == "output" => Fate::Drop,
        Field::Bare if arguments == Arguments::Shown => Fate::Move,
        Field::Foreign if !within(key, GEN_AI) => Fate::Move,
        _ => Fate::Drop,
    }
}

fn is_candidate(key: &str) -> bool {
    match Field::of(key) {
        // `metadata` itself is legal JSON and has a rule of its own; a member of it can stand in the way of another.
        Field::Bare | Field::Foreign | Field::Inner => key != keys::METADATA,
        Field::Element => !is_leaf_word(key),
        _ => false,
    }
}

/// Whether the last part of a key inside a list is one that holds a value, not one that holds more keys.
pub(super) fn is_leaf_word(key: &str) -> bool {
    let start = key.bytes().rposition(|byte| byte == b'.').map_or(0, |dot| dot + 1);
    matches!(
        &key[start..],
        "role"
            | "content"
            | "name"
            | "id"
            | "arguments"
            | "type"
            | "text"
            | "url"
            | "tool_call_id"
            | "function_call_name"
            | "function_call_arguments_json"
            | "reasoning_signature"
            | "transcript"
            | "mime_type"
            | "signature"
            | "data"
            | "encrypted_content"
            | "json_schema"
            | "description"
            | "score"
            | "metadata"
            | "vector"
            | "label"
            | "explanation"
            | "identifier"
            | "annotator_kind"
    )
}

/// Adds an attribute to the metadata; what the application wrote there itself is not overwritten.
fn note(metadata: &mut Map<String, Json>, attribute: &KeyValue) {
    let key = attribute.key.as_str();
    let value = json::value(&attribute.value);
    match value {
        Json::Object(own) if key == keys::METADATA => metadata.extend(own),
        value if within(key, keys::METADATA) => {
            metadata.entry(&key[keys::METADATA.len() + 1..]).or_insert(value);
        }
        value => {
            metadata.entry(key).or_insert(value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(pairs: &[(&'static str, &'static str)]) -> Vec<(String, String)> {
        let mut attributes = pairs.iter().map(|(key, value)| KeyValue::new(*key, *value)).collect();
        resolve(&mut attributes, Arguments::Shown);
        attributes.iter().map(|a| (a.key.to_string(), a.value.to_string())).collect()
    }

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(key, value)| (String::from(*key), String::from(*value))).collect()
    }

    #[test]
    fn a_value_that_hides_others_goes_into_metadata() {
        assert_eq!(
            resolved(&[("llm", "x"), ("llm.model_name", "gpt-4o"), ("metadata", "{\"team\":\"a\"}")]),
            pairs(&[("llm.model_name", "gpt-4o"), ("metadata", "{\"llm\":\"x\",\"team\":\"a\"}")])
        );
        assert_eq!(
            resolved(&[("http.request.id", "1"), ("http", "x"), ("http.request", "y")]),
            pairs(&[("http.request.id", "1"), ("metadata", "{\"http\":\"x\",\"http.request\":\"y\"}")])
        );
    }

    #[test]
    fn content_never_goes_into_metadata() {
        assert_eq!(
            resolved(&[("llm.input_messages.0", "secret"), ("llm.input_messages.0.message.role", "user")]),
            pairs(&[("llm.input_messages.0.message.role", "user")])
        );
        assert_eq!(resolved(&[("input", "secret"), ("input.value", "x")]), pairs(&[("input.value", "x")]));
        for (value, branch) in [
            ("llm.prompt_template", "llm.prompt_template.version"),
            ("gen_ai.prompt", "gen_ai.prompt.0.content"),
            ("tool.options", "tool.options.a"),
        ] {
            assert_eq!(resolved(&[(value, "secret"), (branch, "x")]), pairs(&[(branch, "x")]));
        }
    }

    #[test]
    fn nothing_is_in_the_way_of_the_kind_that_a_span_will_be_given() {
        assert_eq!(resolved(&[("openinference.span", "x"), ("a.b", "y")]), pairs(&[("a.b", "y")]));
        assert_eq!(resolved(&[("openinference", "x")]), pairs(&[("metadata", "{\"openinference\":\"x\"}")]));
    }

    #[test]
    fn no_namespace_becomes_a_list_beside_its_fields() {
        assert_eq!(
            resolved(&[("llm.0.name", "x"), ("llm.model_name", "gpt-4o"), ("user.1.name", "u"), ("user.id", "1")]),
            pairs(&[("llm.model_name", "gpt-4o"), ("user.id", "1"), ("metadata", "{\"user.1.name\":\"u\"}")])
        );
        let name = ("app.name", "n");
        assert_eq!(resolved(&[("app.0.x", "y"), name]), pairs(&[name, ("metadata", "{\"app.0.x\":\"y\"}")]));
        let count = ("llm.token_count.prompt", "5");
        assert_eq!(resolved(&[("llm.token_count.0.y", "x"), count]), pairs(&[count]));
        let kind = ("openinference.span.kind", "LLM");
        assert_eq!(
            resolved(&[("openinference.0.x", "y"), kind]),
            pairs(&[kind, ("metadata", "{\"openinference.0.x\":\"y\"}")])
        );
        for innocent in [
            [("input.0.text", "x"), ("input.1.text", "y")],
            [("llm.input_messages.0.message.role", "user"), ("llm.input_messages.1.message.content", "x")],
            [("app.0.x", "1"), ("app.1.x", "2")],
            [("user.0", "1"), ("user.id", "2")],
        ] {
            assert_eq!(resolved(&innocent), pairs(&innocent));
        }
    }

    #[test]
    fn hidden_arguments_do_not_go_into_metadata() {
        let mut attributes = vec![KeyValue::new("llm", "secret"), KeyValue::new("http", "secret")];
        attributes.push(KeyValue::new("http.route", "/"));
        resolve(&mut attributes, Arguments::Hidden);
        assert_eq!(attributes, [KeyValue::new("http.route", "/")]);
    }

    #[test]
    fn what_hides_nothing_stays() {
        let innocent = [("request_id", "1"), ("http.route", "/"), ("input.value", "x"), ("metadata.team", "a")];
        assert_eq!(resolved(&innocent), pairs(&innocent));
        let word = [("input.value", "x"), ("input.value.more", "y")];
        assert_eq!(resolved(&word), pairs(&word));
    }

    #[test]
    fn metadata_is_one_object() {
        assert_eq!(
            resolved(&[("metadata.team", "a"), ("metadata", "{\"team\":\"b\"}"), ("metadata.x.y", "{\"z\":1}")]),
            pairs(&[("metadata", "{\"team\":\"b\",\"x.y\":{\"z\":1}}")])
        );
        assert_eq!(
            resolved(&[("tool", "t"), ("metadata", "plain")]),
            pairs(&[("metadata", "{\"metadata\":\"plain\",\"tool\":\"t\"}")])
        );
    }
}
