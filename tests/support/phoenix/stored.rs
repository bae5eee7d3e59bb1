use std::collections::BTreeMap;

use serde_json::Value;

/// A span as Phoenix's REST interface gives it.
#[derive(Clone, Debug)]
pub struct Stored {
    /// The name.
    pub name: String,
    /// The kind, upper case; `UNKNOWN` if Phoenix found none.
    pub kind: String,
    /// 32 hexadecimal digits.
    pub trace_id: String,
    /// 16 hexadecimal digits.
    pub id: String,
    /// The parent's id, unless it is a root.
    pub parent_id: Option<String>,
    /// `UNSET`, `OK` or `ERROR`.
    pub status: String,
    /// The description of the status; may be empty.
    pub status_message: String,
    /// All attributes but the kind, flattened again by Phoenix.
    pub attributes: BTreeMap<String, Value>,
    /// The events, each with `name` and `attributes`.
    pub events: Vec<Value>,
}

impl Stored {
    pub(super) fn new(span: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let attributes = span["attributes"].as_object().cloned().unwrap_or_default();
        Self {
            name: text(&span["name"]),
            kind: text(&span["span_kind"]),
            trace_id: text(&span["context"]["trace_id"]),
            id: text(&span["context"]["span_id"]),
            parent_id: span["parent_id"].as_str().map(str::to_owned),
            status: text(&span["status_code"]),
            status_message: text(&span["status_message"]),
            attributes: attributes.into_iter().collect(),
            events: span["events"].as_array().cloned().unwrap_or_default(),
        }
    }

    /// The attribute of this key; `null` if it is not there.
    #[must_use]
    pub fn attribute(&self, key: &str) -> &Value {
        self.attributes.get(key).unwrap_or(&Value::Null)
    }

    /// The first `exception` event.
    #[must_use]
    pub fn exception(&self) -> Option<&Value> {
        self.events.iter().find(|event| event["name"] == "exception")
    }
}

/// A trace as Phoenix's GraphQL interface gives it: what its own pages show.
#[derive(Clone, Debug)]
pub struct Trace {
    /// `numSpans`, `errorCount`, `userId`, `session`, `costSummary`, `rootSpan`.
    pub summary: Value,
    /// Each with `name`, `spanKind` (lower case), `parentId`, `statusCode`, `input`, `tokenCountTotal`, `costSummary`,
    /// `events` … and `attributes`, nested as Phoenix stores them.
    pub spans: Vec<Value>,
}

impl Trace {
    pub(super) fn new(mut trace: Value) -> Self {
        let mut edges = trace["spans"]["edges"].take();
        let mut spans: Vec<Value> =
            edges.as_array_mut().into_iter().flatten().map(|edge| edge["node"].take()).collect();
        for span in &mut spans {
            // Phoenix gives them as one string.
            if let Some(attributes) = span["attributes"].as_str().and_then(|text| serde_json::from_str(text).ok()) {
                span["attributes"] = attributes;
            }
        }
        Self { summary: trace, spans }
    }

    /// The only span of this name.
    ///
    /// # Panics
    ///
    /// When there is none, or more than one.
    #[must_use]
    pub fn span(&self, name: &str) -> &Value {
        let mut named = self.spans.iter().filter(|span| span["name"] == name);
        match (named.next(), named.next()) {
            (Some(span), None) => span,
            (found, _) => panic!("{} span is named {name}", if found.is_some() { "more than one" } else { "no" }),
        }
    }
}
