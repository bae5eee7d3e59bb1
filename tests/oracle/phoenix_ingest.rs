//! What Phoenix 20.26.1 makes of the attributes it receives: nothing that `convert` leaves behind gets lost, hidden or
//! translated a second time.
//!
//! `phoenix_ingest.json` was made by running the decoder of the server. Its rules, as `phoenix::ingest` of the support
//! library has them, are held against those vectors, and then applied to what we send.

use integration_tests::phoenix::ingest::{holds, read, stored};
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
