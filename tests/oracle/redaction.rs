//! `TraceConfig.mask` of Python's `openinference-instrumentation` 0.1.72 against `redact`.

use std::collections::HashMap;
use std::ffi::OsString;

use integration_tests::span;
use opentelemetry::{Array, KeyValue, StringValue, Value};
use serde_json::Value as Json;
use tracing_openinference::{TraceConfig, redact};

use super::{deviations, glob, parity, vectors};

#[test]
fn whatever_python_hides_is_hidden_in_the_same_way() {
    let Some(rows) = vectors("redaction_python.json") else { return };
    let stricter: Vec<_> = deviations("redaction").iter().map(Stricter::read).collect();
    let (mut failures, mut stricter_rows) = (Vec::new(), 0);
    for row in &rows {
        let config = config(row);
        let shown = format!("{config:?}");
        let key = row["key"].as_str().expect("a key");
        let value = value(&row["value"]);
        let ours = redacted(&config, key, &value);
        let theirs = match row["expected"]["action"].as_str() {
            Some("keep") => Some(value.clone()),
            Some("drop") => None,
            Some("replace") => Some(self::value(&row["expected"]["value"])),
            action => panic!("unknown action {action:?}"),
        };
        let kept = row["expected"]["action"] == "keep";
        // A variable that Python does not understand may hide more; `trace_config_env.rs` is about those.
        let hidden = ours.is_none() || kept && ours == Some(Value::from("__REDACTED__"));
        let hidden_by_more = hidden && reads_more_than_python(row);
        let agrees = match stricter.iter().find(|stricter| kept && stricter.fits(&shown, key, &value)) {
            Some(stricter) => {
                stricter_rows += 1;
                stricter.then.agrees(&shown, &value, ours.as_ref()) || hidden_by_more
            }
            None => ours == theirs || hidden_by_more,
        };
        if !agrees {
            failures
                .push(format!("{key} with {} {} is left as {ours:?}, by Python {theirs:?}", row["config"], row["env"]));
        }
    }
    let notes = format!(" ({stricter_rows} of them stricter, as deviations.toml says)");
    parity("redaction", rows.len(), &notes, &failures);
}

/// Where we hide what Python keeps.
#[derive(Debug)]
struct Stricter {
    when: Vec<String>,
    keys: Vec<String>,
    except: Vec<String>,
    /// In lower case; none for any.
    values: Vec<String>,
    then: Then,
}

#[derive(Debug)]
enum Then {
    Drop,
    Replace,
    ReplaceLong,
    KeepParameters,
    KeepMembers,
    KeepNames,
}

impl Then {
    fn agrees(&self, config: &str, value: &Value, left: Option<&Value>) -> bool {
        let redacted = Value::from("__REDACTED__");
        match (self, value) {
            (Self::ReplaceLong, _) => {
                let long = i64::try_from(value.as_str().chars().count()).expect("a short text") > limit(config);
                left == Some(if long { &redacted } else { value })
            }
            (Self::Drop, _) => left.is_none(),
            (Self::KeepParameters, Value::Bool(_) | Value::I64(_) | Value::F64(_)) => left == Some(value),
            // Which of the parameters stay is for the unit tests of `redact`.
            (Self::KeepParameters, Value::String(text)) if text.as_str().trim_start().starts_with('{') => {
                left.is_some()
            }
            // What is cut or encoded twice may hold anything.
            (Self::KeepMembers, Value::String(text)) => left.is_some_and(|left| {
                let members = |text: &str| serde_json::from_str::<serde_json::Map<String, Json>>(text);
                match (members(text.as_str()), members(&left.as_str())) {
                    (Ok(given), Ok(left)) => given.iter().all(|(name, value)| {
                        left.get(name).is_some_and(|left| left == value || left == "__REDACTED__")
                    }),
                    _ => left == value || *left == redacted,
                }
            }),
            (Self::KeepMembers, _) => left == Some(value),
            (Self::KeepNames, Value::Bool(_) | Value::I64(_) | Value::F64(_)) => left == Some(value),
            (Self::KeepNames, Value::String(text))
                if !text.as_str().contains(char::is_whitespace) && text.as_str().chars().count() <= 128 =>
            {
                left == Some(value)
            }
            (Self::KeepNames | Self::KeepParameters | Self::Replace, _) => left == Some(&redacted),
        }
    }
}

impl Stricter {
    fn read(entry: &toml::Table) -> Self {
        let words = |name: &str| {
            let list = entry.get(name).and_then(toml::Value::as_array).cloned().unwrap_or_default();
            list.iter().map(|word| word.as_str().expect("a string").to_owned()).collect()
        };
        assert!(entry["reason"].as_str().is_some_and(|reason| !reason.is_empty()), "no reason: {entry}");
        let then = match entry["then"].as_str() {
            Some("drop") => Then::Drop,
            Some("replace") => Then::Replace,
            Some("replace over the limit of images") => Then::ReplaceLong,
            Some("keep numbers and well-known words") => Then::KeepParameters,
            Some("keep what is no hidden attribute") => Then::KeepMembers,
            Some("keep names") => Then::KeepNames,
            then => panic!("unknown action {then:?}"),
        };
        Self { when: words("when"), keys: words("keys"), except: words("except"), values: words("values"), then }
    }

    fn fits(&self, config: &str, key: &str, value: &Value) -> bool {
        let value = value.as_str().to_lowercase();
        (self.when.is_empty() || self.when.iter().any(|flag| config.contains(&format!(" {flag}: true"))))
            && (self.values.is_empty() || self.values.iter().any(|pattern| glob(pattern, &value)))
            && self.keys.iter().any(|patterns| patterns.split(" & ").all(|pattern| glob(pattern, key)))
            && !self.except.iter().any(|pattern| glob(pattern, key))
    }
}

fn limit(config: &str) -> i64 {
    let (_, rest) = config.split_once("base64_image_max_length: ").expect("every configuration has a limit");
    let number: String = rest.chars().take_while(|char| char.is_ascii_digit() || *char == '-').collect();
    number.parse().expect("a number")
}

/// What is left of an attribute.
fn redacted(config: &TraceConfig, key: &str, value: &Value) -> Option<Value> {
    let mut span = span(vec![KeyValue::new(key.to_owned(), value.clone())]);
    redact(&mut span, config);
    assert!(span.attributes.len() <= 1, "one attribute became {:?}", span.attributes);
    span.attributes.pop().map(|attribute| attribute.value)
}

/// The configuration of a row: its environment, and over that what was said in code.
pub(super) fn config(row: &Json) -> TraceConfig {
    let environment: HashMap<_, _> = row["env"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.clone(), OsString::from(value.as_str().expect("variables are text"))))
        .collect();
    let mut config = TraceConfig::from_lookup(|name| environment.get(name).cloned());
    for (field, value) in row["config"].as_object().into_iter().flatten().filter(|(_, value)| !value.is_null()) {
        config = match value {
            Json::Bool(hide) => with(config, field, *hide),
            number => config.base64_image_max_length(number.as_i64().expect("the only number is the limit")),
        };
    }
    config
}

#[expect(deprecated, reason = "Python still takes the older name")]
fn with(config: TraceConfig, field: &str, value: bool) -> TraceConfig {
    match field {
        "hide_llm_invocation_parameters" => config.hide_llm_invocation_parameters(value),
        "hide_llm_tools" => config.hide_llm_tools(value),
        "hide_inputs" => config.hide_inputs(value),
        "hide_outputs" => config.hide_outputs(value),
        "hide_input_messages" => config.hide_input_messages(value),
        "hide_output_messages" => config.hide_output_messages(value),
        "hide_input_images" => config.hide_input_images(value),
        "hide_input_text" => config.hide_input_text(value),
        "hide_output_text" => config.hide_output_text(value),
        "hide_embedding_vectors" => config.hide_embedding_vectors(value),
        "hide_embeddings_vectors" => config.hide_embeddings_vectors(value),
        "hide_embeddings_text" => config.hide_embeddings_text(value),
        "hide_prompts" => config.hide_prompts(value),
        "hide_choices" => config.hide_choices(value),
        "hide_retrieval_documents" => config.hide_retrieval_documents(value),
        "enable_genai_semconv" => config.enable_genai_semconv(value),
        field => panic!("unknown field {field}"),
    }
}

/// A boolean variable is set that Python takes for "show" because it does not understand it.
fn reads_more_than_python(row: &Json) -> bool {
    let plain = |value: &str| value.eq_ignore_ascii_case("true") || value.eq_ignore_ascii_case("false");
    let mut variables = row["env"].as_object().into_iter().flatten();
    variables.any(|(name, value)| name.starts_with("OPENINFERENCE_HIDE_") && !value.as_str().is_some_and(plain))
}

/// `{"$str": {"prefix": P, "fill": C, "len": N}}` is P and as many C as make N characters.
fn value(json: &Json) -> Value {
    match json {
        Json::Bool(value) => Value::from(*value),
        Json::Number(number) => match number.as_i64() {
            Some(number) => Value::from(number),
            None => Value::from(number.as_f64().expect("a number of JSON")),
        },
        Json::String(text) => Value::from(text.clone()),
        Json::Object(long) => {
            let long = &long["$str"];
            let (prefix, fill) = (long["prefix"].as_str().expect("a prefix"), long["fill"].as_str().expect("a fill"));
            let length = long["len"].as_u64().expect("a length") as usize;
            Value::from(format!("{prefix}{}", fill.repeat(length - prefix.chars().count())))
        }
        Json::Array(items) => Value::Array(array(items)),
        Json::Null => panic!("an attribute has a value"),
    }
}

fn array(items: &[Json]) -> Array {
    if items.iter().all(Json::is_i64) && !items.is_empty() {
        Array::I64(items.iter().filter_map(Json::as_i64).collect())
    } else if items.iter().all(Json::is_number) && !items.is_empty() {
        Array::F64(items.iter().filter_map(Json::as_f64).collect())
    } else if items.iter().all(Json::is_boolean) && !items.is_empty() {
        Array::Bool(items.iter().filter_map(Json::as_bool).collect())
    } else {
        Array::String(items.iter().filter_map(Json::as_str).map(|text| StringValue::from(text.to_owned())).collect())
    }
}
