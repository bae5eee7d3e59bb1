//! Whether Phoenix has what was sent.

use std::collections::BTreeMap;

use openinference_semconv::SpanKind;
use opentelemetry::trace::{SpanId, Status};
use opentelemetry_sdk::trace::SpanData;
use serde_json::{Map, Value as Json, json};

use super::ingest;
use super::{Project, poll};

/// Models whose names begin like this have a price in Phoenix.
const PRICED: &str = "gpt-4o";

impl Project {
    /// Asserts that the project has the spans in `sent` and no others, that each says there what was sent, that none of
    /// its attributes hides another one, and that every call of a model with a known price has a cost.
    ///
    /// # Panics
    ///
    /// With everything that is different, if something is.
    pub fn assert_stores(&self, sent: &[SpanData]) {
        let what = format!("{} spans in {}", sent.len(), self.name());
        poll(&what, || {
            let count = self.summary()["recordCount"].as_u64().unwrap_or_default();
            if count >= sent.len() as u64 { Ok(()) } else { Err(count) }
        });
        let stored = poll(&format!("cost of the {what}"), || {
            let stored = self.nodes();
            let priced = |node: &&Json| is_priced(node) && node["costSummary"]["total"]["cost"].is_null();
            // The cost is reckoned after the span is stored.
            let unpriced = stored.values().filter(priced).count();
            if stored.len() >= sent.len() && unpriced == 0 { Ok(stored) } else { Err((stored.len(), unpriced)) }
        });
        let mut wrong = Vec::new();
        for span in sent {
            match stored.get(&span.span_context.span_id().to_string()) {
                Some(node) => wrong.extend(differences(span, node)),
                None => wrong.push(format!("{} is not there", span.name)),
            }
        }
        assert_eq!(stored.len(), sent.len(), "{wrong:#?}");
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    /// The spans as GraphQL has them, by their ids.
    fn nodes(&self) -> BTreeMap<String, Json> {
        let mut nodes = BTreeMap::new();
        let mut after = Json::Null;
        loop {
            let page = self.phoenix.graphql(SPANS, json!({ "name": self.name, "after": after }));
            let spans = &page["getProjectByName"]["spans"];
            for edge in spans["edges"].as_array().into_iter().flatten() {
                let id = edge["node"]["spanId"].as_str().expect("a span has an id").to_owned();
                nodes.insert(id, edge["node"].clone());
            }
            if spans["pageInfo"]["hasNextPage"] != true {
                return nodes;
            }
            after = spans["pageInfo"]["endCursor"].clone();
        }
    }
}

fn is_priced(node: &Json) -> bool {
    let attributes = stored_attributes(node);
    let model = attributes["llm"]["model_name"].as_str().unwrap_or_default();
    let prompt = attributes["llm"]["token_count"]["prompt"].as_f64().unwrap_or_default();
    node["spanKind"] == "llm" && model.starts_with(PRICED) && prompt > 0.0
}

/// Phoenix gives them as one string.
fn stored_attributes(node: &Json) -> Json {
    serde_json::from_str(node["attributes"].as_str().expect("attributes")).expect("JSON")
}

fn differences(span: &SpanData, node: &Json) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut expect = |what: &str, stored: &Json, sent: Json| {
        if *stored != sent {
            wrong.push(format!("{}: {what} is {stored}, sent was {sent}", span.name));
        }
    };
    let sent = ingest::attributes(&span.attributes);
    let attributes = stored_attributes(node);
    expect("attributes", &attributes, Json::Object(ingest::stored(&sent)));
    expect("name", &node["name"], Json::from(&*span.name));
    let kind = sent.get("openinference.span.kind").and_then(Json::as_str).and_then(SpanKind::parse);
    let kind = kind.map_or_else(|| String::from("unknown"), |kind| kind.as_str().to_lowercase());
    expect("kind", &node["spanKind"], Json::from(kind));
    let parent = Some(span.parent_span_id).filter(|parent| *parent != SpanId::INVALID);
    expect("parent", &node["parentId"], parent.map_or(Json::Null, |parent| Json::from(parent.to_string())));
    let (code, message) = match &span.status {
        Status::Unset => ("UNSET", ""),
        Status::Ok => ("OK", ""),
        Status::Error { description } => ("ERROR", &**description),
    };
    expect("status", &node["statusCode"], Json::from(code));
    expect("message", &node["statusMessage"], Json::from(message));
    expect(
        "events",
        &Json::Array(events(node)),
        Json::from_iter(span.events.iter().map(
            |event| json!({ "name": &*event.name, "attributes": exception(ingest::attributes(&event.attributes)) }),
        )),
    );
    wrong.extend(hidden(span, &sent, &attributes));
    wrong
}

fn events(node: &Json) -> Vec<Json> {
    let events = node["events"].as_array().into_iter().flatten();
    let read = |event: &Json| {
        let attributes = event["attributes"].as_str().and_then(|text| serde_json::from_str(text).ok());
        let attributes: Json = attributes.unwrap_or_else(|| event["attributes"].clone());
        let Json::Object(attributes) = attributes else { return event.clone() };
        json!({ "name": event["name"], "attributes": exception(attributes) })
    };
    events.map(read).collect()
}

/// Phoenix has an empty message where none was told.
fn exception(mut attributes: Map<String, Json>) -> Map<String, Json> {
    attributes.retain(|_, value| !value.is_null() && *value != "");
    attributes
}

/// The attributes that were sent and cannot be found where they belong.
fn hidden(span: &SpanData, sent: &Map<String, Json>, stored: &Json) -> Vec<String> {
    let values = sent.iter().map(|(key, value)| (key, ingest::read(key, value)));
    let hidden = values.filter(|(key, value)| !value.is_null() && !ingest::holds(stored, key, value));
    hidden.map(|(key, value)| format!("{}: {key} = {value} is hidden", span.name)).collect()
}

const SPANS: &str = "query($name: String!, $after: String) { getProjectByName(name: $name) {
    spans(first: 500, after: $after) { pageInfo { hasNextPage endCursor } edges { node {
        spanId name spanKind parentId statusCode statusMessage attributes
        costSummary { total { cost } } events { name attributes }
    } } } } }";
