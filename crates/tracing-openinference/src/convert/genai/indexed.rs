use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use crate::convert::json;
use crate::convert::words::Words;

/// Takes the messages that were written as one attribute a field: `gen_ai.prompt.0.content`,
/// `gen_ai.completion.0.tool_calls.0.name`.
///
/// This is how OpenLLMetry wrote them for years. Gaps close up, the order of the numbers stays.
pub(super) fn take(words: &mut Words, list: &str) -> Vec<Json> {
    let index = |key: &str| -> Option<u64> {
        let (index, field) = key.strip_prefix(list)?.strip_prefix('.')?.split_once('.')?;
        index.parse().ok().filter(|_| !field.is_empty())
    };
    let mut messages: BTreeMap<u64, Message> = BTreeMap::new();
    for word in words.take_all(|key| index(key).is_some()) {
        let key = word.key.as_str();
        let Some(at) = index(key) else { continue };
        let field = key[list.len() + 1..].split_once('.').map_or("", |(_, field)| field);
        messages.entry(at).or_default().set(field, json::value(&word.value));
    }
    messages.into_values().map(Message::into_json).collect()
}

#[derive(Default)]
struct Message {
    fields: Map<String, Json>,
    calls: BTreeMap<u64, Map<String, Json>>,
}

impl Message {
    fn set(&mut self, field: &str, value: Json) {
        let call = field.strip_prefix("tool_calls.").and_then(|rest| rest.split_once('.'));
        match call.and_then(|(index, field)| Some((index.parse().ok()?, field))) {
            Some((index, field)) => _ = self.calls.entry(index).or_default().insert(String::from(field), value),
            None => match field.split_once('.') {
                Some((object, field)) => {
                    let object = self.fields.entry(object).or_insert_with(|| Json::Object(Map::new()));
                    if let Json::Object(object) = object {
                        object.insert(String::from(field), value);
                    }
                }
                None => _ = self.fields.insert(String::from(field), value),
            },
        }
    }

    fn into_json(mut self) -> Json {
        if !self.calls.is_empty() {
            let calls = self.calls.into_values().map(Json::Object).collect();
            self.fields.insert(String::from("tool_calls"), Json::Array(calls));
        }
        Json::Object(self.fields)
    }
}
