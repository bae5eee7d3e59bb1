//! A span of ours against the same span of Python.

use std::collections::{BTreeMap, BTreeSet};

use opentelemetry::trace::{SpanId, Status};
use opentelemetry::{Array, KeyValue};
use opentelemetry_sdk::trace::SpanData;
use serde_json::{Value, json};

use crate::differences::{DIFFERENCES, Difference};

/// What there is to say about a span, attributes by their keys, the rest by names that begin with `@`.
type Facts = BTreeMap<String, Value>;

/// The outcome over all scenarios and policies.
#[derive(Default)]
pub(crate) struct Comparison {
    unexplained: Vec<String>,
    seen: BTreeSet<usize>,
}

impl Comparison {
    /// Compares the spans of one scenario under one policy, both in the order in which they ended.
    pub(crate) fn spans(&mut self, scenario: &str, policy: &str, python: &[Value], ours: &[SpanData]) {
        let names = |spans: Vec<&str>| spans.join(", ");
        let expected = names(python.iter().filter_map(|span| span["name"].as_str()).collect());
        let found = names(ours.iter().map(|span| &*span.name).collect());
        if expected != found {
            self.unexplained.push(format!("{scenario} under {policy}: spans {found}, expected {expected}"));
            return;
        }
        for (place, span) in python.iter().enumerate() {
            let (python, ours) = (facts_of_python(span, python), facts(&ours[place], ours));
            for key in python.keys().chain(ours.keys()).collect::<BTreeSet<_>>() {
                self.fact(scenario, policy, key, python.get(key), ours.get(key));
            }
        }
    }

    fn fact(&mut self, scenario: &str, policy: &str, key: &str, python: Option<&Value>, ours: Option<&Value>) {
        if same(python, ours) {
            return;
        }
        let explains = |difference: &Difference| difference.explains(scenario, policy, key, ours);
        match DIFFERENCES.iter().position(explains) {
            Some(place) => _ = self.seen.insert(place),
            None => {
                let show = |value: Option<&Value>| value.map_or_else(|| "nothing".to_owned(), Value::to_string);
                let (ours, python) = (show(ours), show(python));
                self.unexplained.push(format!("{scenario} under {policy}: {key} = {ours}, Python has {python}"));
            }
        }
    }

    /// Fails on what no listed difference explains, and on listed differences that do not exist.
    pub(crate) fn finish(self) {
        assert!(self.unexplained.is_empty(), "{}", self.unexplained.join("\n"));
        let stale: Vec<_> = DIFFERENCES.iter().enumerate().filter(|(place, _)| !self.seen.contains(place)).collect();
        assert!(stale.is_empty(), "nothing differs in this way any more: {stale:#?}");
    }
}

/// JSON text is compared as JSON, numbers as numbers.
pub(crate) fn same(python: Option<&Value>, ours: Option<&Value>) -> bool {
    let parsed = |value: &Value| match value {
        Value::String(text) if text.starts_with(['{', '[']) => serde_json::from_str(text).ok(),
        Value::Number(number) => number.as_f64().map(Value::from),
        _ => None,
    };
    match (python, ours) {
        (Some(python), Some(ours)) => {
            python == ours || parsed(python).is_some_and(|python| parsed(ours).is_some_and(|ours| python == ours))
        }
        (python, ours) => python == ours,
    }
}

fn facts_of_python(span: &Value, all: &[Value]) -> Facts {
    let parent = all.iter().find(|other| other["span_id"] == span["parent_span_id"]);
    let mut facts: Facts = entries(&span["attributes"]).collect();
    facts.insert("@otel.kind".to_owned(), json!(span["otel_kind"].as_str().map(str::to_lowercase)));
    facts.insert("@status".to_owned(), span["status"]["code"].clone());
    facts.insert("@status.description".to_owned(), span["status"]["description"].clone());
    facts.insert("@parent".to_owned(), parent.map_or(Value::Null, |parent| parent["name"].clone()));
    facts.insert("@links".to_owned(), json!(span["links"].as_array().map_or(0, Vec::len)));
    for (place, event) in span["events"].as_array().into_iter().flatten().enumerate() {
        facts.insert(format!("@event.{place}"), event["name"].clone());
        facts.extend(entries(&event["attributes"]).map(|(key, value)| (format!("@event.{place}.{key}"), value)));
    }
    facts
}

fn entries(object: &Value) -> impl Iterator<Item = (String, Value)> {
    object.as_object().into_iter().flatten().map(|(key, value)| (key.clone(), value.clone()))
}

fn facts(span: &SpanData, all: &[SpanData]) -> Facts {
    let parent = all
        .iter()
        .find(|other| span.parent_span_id != SpanId::INVALID && other.span_context.span_id() == span.parent_span_id);
    let (status, description) = match &span.status {
        Status::Unset => ("UNSET", Value::Null),
        Status::Ok => ("OK", Value::Null),
        Status::Error { description } => ("ERROR", json!(description)),
    };
    let mut facts = Facts::new();
    for KeyValue { key, value, .. } in &span.attributes {
        let twice = facts.insert(key.to_string(), json_of(value));
        assert_eq!(twice, None, "{key} twice");
    }
    facts.insert("@otel.kind".to_owned(), json!(format!("{:?}", span.span_kind).to_lowercase()));
    facts.insert("@status".to_owned(), json!(status));
    facts.insert("@status.description".to_owned(), description);
    facts.insert("@parent".to_owned(), parent.map_or(Value::Null, |parent| json!(parent.name)));
    facts.insert("@links".to_owned(), json!(span.links.links.len()));
    for (place, event) in span.events.events.iter().enumerate() {
        facts.insert(format!("@event.{place}"), json!(event.name));
        for KeyValue { key, value, .. } in &event.attributes {
            facts.insert(format!("@event.{place}.{key}"), json_of(value));
        }
    }
    facts
}

/// The value of an attribute as JSON.
pub(crate) fn json_of(value: &opentelemetry::Value) -> Value {
    use opentelemetry::Value::{Array as List, Bool, F64, I64};
    match value {
        Bool(value) => json!(value),
        I64(value) => json!(value),
        F64(value) => json!(value),
        List(Array::F64(values)) => json!(values),
        List(Array::String(values)) => json!(values.iter().map(|value| value.as_str()).collect::<Vec<_>>()),
        other => json!(other.as_str()),
    }
}
