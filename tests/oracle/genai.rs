//! What several converters from OpenTelemetry's `gen_ai.*` to OpenInference agree on, against `convert`.
//!
//! `genai_agreed.json`: spans of rig 0.44 and genai 0.7.2 as they were recorded and spans made by hand; under `agreed`
//! what most of those converters answered that answered at all: `@arizeai/openinference-genai` 0.3.10 and
//! `-vercel` 3.2.1, Phoenix 20.26.1, and for Python `openinference-instrumentation-openllmetry` 0.1.23, `-openlit` 0.1.19
//! and `-pydantic-ai` 0.1.30.

use std::collections::{BTreeMap, BTreeSet};

use integration_tests::phoenix::ingest;
use integration_tests::span;
use openinference_semconv::{Provider, System};
use opentelemetry::{Array, KeyValue, StringValue, Value};
use serde_json::Value as Json;
use tracing_openinference::{Conversion, convert};

use super::{deviations, glob, say, vectors};

#[test]
fn converters_agree_with_us() {
    let Some(rows) = vectors("genai_agreed.json") else { return };
    let deviations: Vec<_> = deviations("genai").iter().map(Deviation::read).collect();
    let (mut keys, mut alike, mut deviating) = (0, 0, 0);
    let mut used = BTreeSet::new();
    let mut failures = Vec::new();
    for row in &rows {
        let case = row["case"].as_str().expect("a case");
        let ours = converted(attributes(&row["input"]));
        for (key, agreed) in row["agreed"].as_object().expect("an object") {
            keys += 1;
            let left = ours.get(key);
            if same(agreed, left) {
                alike += 1;
                continue;
            }
            match deviations.iter().position(|deviation| deviation.explains(case, key, left, row)) {
                Some(at) => {
                    deviating += 1;
                    used.insert(at);
                }
                None => failures.push(format!("{case}: {key} is {left:?}, agreed is {agreed}")),
            }
        }
    }
    let explained = alike + deviating;
    say(&format!(
        "genai agreement: {explained}/{keys} ({alike} say the same, {deviating} differ as deviations.toml says, {} are \
         unexplained)",
        failures.len()
    ));
    let shown = failures.iter().take(200).cloned().collect::<Vec<_>>().join("\n");
    assert!(failures.is_empty() || explained * 100 >= keys * 99 && std::env::var_os("ORACLE_DIR").is_some(), "{shown}");
    if std::env::var_os("ORACLE_DIR").is_none() {
        let stale: Vec<_> = (0..deviations.len()).filter(|at| !used.contains(at)).map(|at| &deviations[at]).collect();
        assert!(stale.is_empty(), "nothing differs any more in {stale:?}");
    }
}

/// Where we answer differently.
#[derive(Debug)]
struct Deviation {
    cases: Vec<String>,
    /// It is a rule of ours, which shows in other vectors too.
    rule: bool,
    keys: Vec<String>,
    then: Option<Then>,
}

/// What we answer instead.
#[derive(Debug)]
enum Then {
    Absent,
    Value(Json),
    /// The value of another attribute of the input.
    Of(String),
    /// What was agreed for the same field one message further on, after the same system prompt twice.
    NextMessage,
    /// OpenInference's word for it.
    WellKnown,
}

impl Deviation {
    fn read(entry: &toml::Table) -> Self {
        assert!(entry["reason"].as_str().is_some_and(|reason| !reason.is_empty()), "no reason: {entry}");
        let words = |name: &str| {
            let list = entry.get(name).and_then(toml::Value::as_array).cloned().unwrap_or_default();
            list.iter().map(|word| word.as_str().expect("a string").to_owned()).collect()
        };
        let then = entry.get("then").map(|then| match then.as_str() {
            Some("absent") => Then::Absent,
            Some("next message") => Then::NextMessage,
            Some("well-known word") => Then::WellKnown,
            Some(other) => match other.strip_prefix("value of ") {
                Some(key) => Then::Of(key.to_owned()),
                None => Then::Value(Json::from(other)),
            },
            None => panic!("unknown action {then}"),
        });
        let rule = entry.get("rule").and_then(toml::Value::as_bool).unwrap_or_default();
        Self { cases: words("cases"), rule, keys: words("keys"), then }
    }

    fn explains(&self, case: &str, key: &str, ours: Option<&Json>, row: &Json) -> bool {
        let fits = |patterns: &[String], text| patterns.iter().any(|pattern| glob(pattern, text));
        (fits(&self.cases, case) || self.rule && std::env::var_os("ORACLE_DIR").is_some())
            && fits(&self.keys, key)
            && match &self.then {
                None => true,
                Some(Then::Absent) => ours.is_none(),
                Some(Then::Value(value)) => ours == Some(value),
                Some(Then::Of(key)) => ours == row["input"].get(key),
                Some(Then::NextMessage) => {
                    repeats_the_system_prompt(&row["agreed"])
                        && same_or_none(row["agreed"].get(next_message(key)), ours)
                }
                Some(Then::WellKnown) => {
                    let word = ours.and_then(Json::as_str).unwrap_or_default();
                    Provider::parse(word).is_some_and(|known| known.as_str() == word)
                        || System::parse(word).is_some_and(|known| known.as_str() == word)
                }
            }
    }
}

fn repeats_the_system_prompt(agreed: &Json) -> bool {
    let field = |index, field| agreed.get(format!("llm.input_messages.{index}.message.{field}"));
    field(0, "role").is_some_and(|role| role == "system")
        && ["role", "content"].iter().all(|name| field(0, name) == field(1, name))
}

/// `llm.input_messages.2.message.role` → `llm.input_messages.3.message.role`
fn next_message(key: &str) -> String {
    let mut parts: Vec<String> = key.split('.').map(String::from).collect();
    if let Some(index) = parts.get(2).and_then(|index| index.parse::<usize>().ok()) {
        parts[2] = (index + 1).to_string();
    }
    parts.join(".")
}

fn same_or_none(agreed: Option<&Json>, ours: Option<&Json>) -> bool {
    agreed.is_none_or(|agreed| same(agreed, ours))
}

/// Equal as text, as numbers, or as the JSON that both of them are.
fn same(agreed: &Json, ours: Option<&Json>) -> bool {
    let Some(ours) = ours else { return false };
    if agreed == ours || agreed.as_f64().is_some() && agreed.as_f64() == ours.as_f64() {
        return true;
    }
    let parsed = |json: &Json| serde_json::from_str::<Json>(json.as_str()?).ok().filter(|json| !json.is_string());
    parsed(agreed).is_some_and(|agreed| parsed(ours) == Some(agreed))
}

pub(super) fn converted(attributes: Vec<KeyValue>) -> BTreeMap<String, Json> {
    let mut span = span(attributes);
    convert(&mut span, &Conversion::default());
    ingest::attributes(&span.attributes).into_iter().collect()
}

pub(super) fn attributes(input: &Json) -> Vec<KeyValue> {
    let attribute = |(key, value): (&String, &Json)| KeyValue::new(key.clone(), value_of(value));
    input.as_object().expect("an object").iter().map(attribute).collect()
}

fn value_of(json: &Json) -> Value {
    match json {
        Json::String(text) => Value::from(text.clone()),
        Json::Bool(value) => Value::from(*value),
        Json::Number(number) if number.is_i64() => Value::from(number.as_i64().expect("an integer")),
        Json::Number(number) => Value::from(number.as_f64().expect("a number")),
        Json::Array(items) if items.iter().all(Json::is_string) => Value::Array(Array::String(
            items.iter().filter_map(Json::as_str).map(|text| StringValue::from(text.to_owned())).collect(),
        )),
        Json::Array(items) if items.iter().all(Json::is_i64) => {
            Value::Array(Array::I64(items.iter().filter_map(Json::as_i64).collect()))
        }
        Json::Array(items) if items.iter().all(Json::is_number) => {
            Value::Array(Array::F64(items.iter().filter_map(Json::as_f64).collect()))
        }
        Json::Array(items) if items.iter().all(Json::is_boolean) => {
            Value::Array(Array::Bool(items.iter().filter_map(Json::as_bool).collect()))
        }
        // What no attribute can hold is recorded as JSON.
        other => Value::from(other.to_string()),
    }
}
