//! What providers send and answer, by the documentation of their APIs.

mod requests;
mod responses;
mod streams;

use serde_json::Value as Json;

use super::{Body, Refusal, Sight, Written};
use crate::repeated::Contents;

/// Somebody who does not see some keys.
struct Hides(&'static [&'static str]);

const SEES_ALL: Hides = Hides(&[]);

impl Sight for Hides {
    fn sees(&self, key: &str) -> bool {
        !self.0.iter().any(|hidden| key.contains(hidden))
    }

    fn hidden(&self, _: &str) -> Contents {
        Contents::hidden_by(|key| !self.sees(key))
    }
}

/// What is written, one attribute a line, without the whole and its type. Suppositions begin with `?`.
fn lines(written: &Written) -> Vec<String> {
    let whole = |key: &str| ["input.value", "input.mime_type", "output.value", "output.mime_type"].contains(&key);
    let line = |mark: &str, (key, value): (&str, String)| format!("{mark}{key} = {value}");
    let pairs = |list: &[opentelemetry::KeyValue]| -> Vec<(String, String)> {
        list.iter().map(|attribute| (attribute.key.to_string(), attribute.value.to_string())).collect()
    };
    let attributes = pairs(&written.attributes);
    let attributes = attributes.iter().filter(|(key, _)| !whole(key));
    let mut lines: Vec<String> = attributes.map(|(key, value)| line("", (key, value.clone()))).collect();
    lines.extend(pairs(&written.defaults).into_iter().map(|(key, value)| line("? ", (&key, value))));
    lines.extend(written.failure.iter().map(|Refusal { kind, message }| format!("! {kind}: {message}")));
    lines
}

fn value(written: &Written, key: &str) -> Option<String> {
    let found = written.attributes.iter().find(|attribute| attribute.key.as_str() == key);
    found.map(|attribute| attribute.value.to_string())
}

fn request(json: &Json) -> Written {
    super::request(Body::of(json), &SEES_ALL, false)
}

fn response(json: &Json) -> Written {
    super::response(Body::of(json), &SEES_ALL)
}

#[track_caller]
fn assert_lines(written: &Written, expected: &str) {
    let expected: Vec<&str> = expected.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    assert_eq!(lines(written), expected, "{:#?}", lines(written));
}
