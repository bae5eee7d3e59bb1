//! The recordings as they are in `tests/fixtures`.

use std::fmt;

use opentelemetry::{Key, KeyValue, Value};
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};

/// What a `Layer` saw of a program.
#[derive(Debug, Deserialize)]
pub(crate) struct Recording {
    pub(crate) spans: Vec<Span>,
}

/// One span, with everything that happened to it. `uid` and `seq` number spans and callbacks of the recording.
#[derive(Debug, Deserialize)]
pub(crate) struct Span {
    pub(crate) uid: u64,
    /// The step of the recorded program.
    pub(crate) phase: String,
    pub(crate) parent: Option<u64>,
    pub(crate) parent_kind: Parent,
    pub(crate) declared_fields: Vec<String>,
    #[serde(rename = "fields_at_creation")]
    pub(crate) fields: Fields,
    pub(crate) records: Vec<Record>,
    pub(crate) events: Vec<Event>,
    pub(crate) follows_from: Vec<u64>,
    pub(crate) enters: usize,
    pub(crate) threads: Vec<String>,
    pub(crate) closed: bool,
    pub(crate) seq_new: u64,
    pub(crate) seq_close: Option<u64>,
    #[serde(flatten)]
    pub(crate) site: Site,
}

/// How the call site named its parent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Parent {
    Contextual,
    Explicit,
    ExplicitRoot,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Record {
    pub(crate) seq: u64,
    pub(crate) fields: Fields,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Event {
    pub(crate) seq: u64,
    pub(crate) fields: Fields,
    #[serde(flatten)]
    pub(crate) site: Site,
}

/// What the metadata of a call site says, but for its fields.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Site {
    pub(crate) name: String,
    pub(crate) target: String,
    pub(crate) level: String,
    pub(crate) module_path: String,
    pub(crate) file: String,
    pub(crate) line: u32,
}

/// Names and values in the order in which they were visited.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fields(pub(crate) Vec<(String, Visited)>);

/// A value, and the method of `Visit` by which it came.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "via", content = "value", rename_all = "lowercase")]
pub(crate) enum Visited {
    Str(String),
    Debug(String),
    Error(String),
    Bool(bool),
    I64(i64),
    U64(u64),
    /// As text: JSON has no such numbers.
    U128(String),
    F64(f64),
    /// The recording tells only how many there were.
    Bytes(String),
}

impl Recording {
    pub(crate) fn of(json: &str) -> Self {
        serde_json::from_str(json).expect("a recording")
    }

    pub(crate) fn span(&self, uid: u64) -> &Span {
        self.spans.iter().find(|span| span.uid == uid).expect("a recorded span")
    }

    /// How often it was entered for something to happen inside: an event, or a child that has it for its context.
    pub(crate) fn enters_with_purpose(&self, span: &Span) -> usize {
        let is_inside = |child: &&Span| child.parent == Some(span.uid) && child.parent_kind == Parent::Contextual;
        span.events.len() + self.spans.iter().filter(is_inside).count()
    }
}

impl Visited {
    /// What becomes of it in an attribute. An error is no attribute but an event.
    pub(crate) fn value(&self) -> Option<Value> {
        Some(match self {
            Self::Str(text) | Self::Debug(text) => Value::from(text.clone()),
            Self::Error(_) => return None,
            Self::Bool(value) => Value::Bool(*value),
            Self::I64(value) => Value::I64(*value),
            Self::U64(value) => Value::I64(i64::try_from(*value).expect("small numbers")),
            Self::U128(text) => Value::I64(text.parse().expect("small numbers")),
            Self::F64(value) => Value::F64(*value),
            Self::Bytes(_) => Value::from("ff".repeat(self.bytes().len())),
        })
    }

    /// As many bytes as were recorded, none of which is text.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let Self::Bytes(text) = self else { panic!("no bytes: {self:?}") };
        vec![0xff; text.trim_end_matches(" bytes").parse().expect("a number of bytes")]
    }
}

impl Span {
    /// The attributes the span should have in the end, before conversion: the last value of every field, in the order
    /// of the first. `rename` is the name under which a field was replayed.
    pub(crate) fn attributes(&self, rename: impl Fn(&str) -> String) -> Vec<KeyValue> {
        let returned = self.events.iter().filter(|event| event.fields.is_only("return"));
        let later = self.records.iter().map(|record| (record.seq, &record.fields));
        let mut later: Vec<_> = later.chain(returned.map(|event| (event.seq, &event.fields))).collect();
        later.sort_by_key(|(seq, _)| *seq);
        let mut attributes: Vec<KeyValue> = Vec::new();
        let all = std::iter::once(&self.fields).chain(later.into_iter().map(|(_, fields)| fields));
        for (name, visited) in all.flat_map(|fields| &fields.0) {
            let (Some(value), false) = (visited.value(), name.starts_with("otel.")) else { continue };
            let key = Key::from(if name == "return" { name.clone() } else { rename(name) });
            match attributes.iter_mut().find(|attribute| attribute.key == key) {
                Some(attribute) => attribute.value = value,
                None => attributes.push(KeyValue::new(key, value)),
            }
        }
        attributes
    }

    /// The last text recorded for a field.
    pub(crate) fn last(&self, name: &str) -> Option<&str> {
        let all = std::iter::once(&self.fields).chain(self.records.iter().map(|record| &record.fields));
        let last = all.flat_map(|fields| &fields.0).rfind(|(field, _)| field == name);
        last.map(|(_, visited)| match visited {
            Visited::Str(text) | Visited::Debug(text) => text.as_str(),
            other => panic!("{name} is no text: {other:?}"),
        })
    }

    /// The name it is exported under.
    pub(crate) fn name(&self) -> &str {
        self.last("otel.name").unwrap_or(&self.site.name)
    }
}

impl Fields {
    pub(crate) fn is_only(&self, name: &str) -> bool {
        matches!(&self.0[..], [(only, _)] if only == name)
    }
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Ordered;

        impl<'de> Visitor<'de> for Ordered {
            type Value = Fields;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of fields")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Fields(fields))
            }
        }

        deserializer.deserialize_map(Ordered)
    }
}
