//! What several converters from OpenTelemetry's `gen_ai.*` to OpenInference agree on, against `convert`.
//!
//! `genai_agreed.json`: spans of rig 0.44 and genai 0.7.2 as they were recorded and spans made by hand; under `agreed`
//! what most of those converters answered that answered at all: `@arizeai/openinference-genai` 0.3.10 and
//! `-vercel` 3.2.1, Phoenix 20.26.1, and for Python `openinference-instrumentation-openllmetry` 0.1.23, `-openlit` 0.1.19
//! and `-pydantic-ai` 0.1.30.

use std::collections::{BTreeMap, BTreeSet};

use integration_tests::phoenix::ingest;
use integration_tests::span;
use opentelemetry::{Array, KeyValue, StringValue, Value};
use serde_json::Value as Json;
use tracing_openinference::{Conversion, convert};

use super::genai_deviations::{Deviation, Difference};
use super::{deviations, say, vectors};

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
            let difference =
                Difference { case, key, agreed, ours: left, input: &row["input"], row: &row["agreed"], all: &ours };
            match deviations.iter().position(|deviation| deviation.explains(&difference)) {
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

/// Equal as text, as numbers, or as the JSON that both of them are.
pub(super) fn same(agreed: &Json, ours: Option<&Json>) -> bool {
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
