//! Fields of every type, names, events and errors: what needs nothing but `tracing`.

use std::error::Error;
use std::{fmt, io};

use tracing::field::Empty;
use tracing::{error, info, info_span, instrument, warn};
use tracing_openinference::OpenInferenceSpanExt;

use crate::carrier::{ANY, CHOICES, Carrier, EITHER, IN, OUT, carrier};
use crate::secret::Secret;

pub(crate) const CARRIERS: &[&[Carrier]] =
    &[&INPUT, &OUTPUT, &ARGUMENT, &CHOICE, &UNKNOWN, NAMES, FUNCTIONS, EVENTS, ERRORS];

/// A value of every type that `tracing` knows, under one key.
macro_rules! types {
    ($by:expr, $($key:ident).+) => {[
        carrier(concat!(stringify!($($key).+), " as str"), $by, |s| drop(info_span!("typed", $($key).+ = s.text))),
        carrier(concat!(stringify!($($key).+), " as Display"), $by, |s| drop(info_span!("typed", $($key).+ = %s.text))),
        carrier(concat!(stringify!($($key).+), " as Debug"), $by, |s| drop(info_span!("typed", $($key).+ = ?s.text))),
        carrier(concat!(stringify!($($key).+), " as Debug of a struct"), $by, |s| {
            drop(info_span!("typed", $($key).+ = ?Record::of(s)));
        }),
        carrier(concat!(stringify!($($key).+), " as i64"), $by, |s| drop(info_span!("typed", $($key).+ = s.integer))),
        carrier(concat!(stringify!($($key).+), " as u64"), $by, |s| drop(info_span!("typed", $($key).+ = s.large))),
        carrier(concat!(stringify!($($key).+), " as i128"), $by, |s| {
            drop(info_span!("typed", $($key).+ = -i128::from(s.large)));
        }),
        carrier(concat!(stringify!($($key).+), " as u128"), $by, |s| {
            drop(info_span!("typed", $($key).+ = u128::from(s.large)));
        }),
        carrier(concat!(stringify!($($key).+), " as f64"), $by, |s| drop(info_span!("typed", $($key).+ = s.float))),
        carrier(concat!(stringify!($($key).+), " as bytes of text"), $by, |s| {
            drop(info_span!("typed", $($key).+ = s.text.as_bytes()));
        }),
        carrier(concat!(stringify!($($key).+), " as other bytes"), $by, |s| {
            drop(info_span!("typed", $($key).+ = &[b"\xff", s.word.as_bytes()].concat()[..]));
        }),
        carrier(concat!(stringify!($($key).+), " recorded later"), $by, |s| {
            let span = info_span!("typed", $($key).+ = Empty);
            span.record(stringify!($($key).+).replace(' ', "").as_str(), s.text.as_str());
        }),
        carrier(concat!(stringify!($($key).+), " recorded twice"), $by, |s| {
            let span = info_span!("typed", $($key).+ = s.text);
            span.record(stringify!($($key).+).replace(' ', "").as_str(), format!("again {}", s.text));
        }),
    ]};
}

const INPUT: [Carrier; 13] = types!(IN, input.value);
const OUTPUT: [Carrier; 13] = types!(OUT, output.value);
const ARGUMENT: [Carrier; 13] = types!(IN, question);
const CHOICE: [Carrier; 13] = types!(CHOICES, llm.choices);
const UNKNOWN: [Carrier; 13] = types!(EITHER, llm.something.new);

#[derive(Debug)]
#[expect(dead_code, reason = "its Debug is what is recorded")]
struct Record {
    id: u8,
    inner: Option<Vec<(String, i64)>>,
}

impl Record {
    fn of(secret: &Secret) -> Self {
        Self { id: 7, inner: Some(vec![(secret.text.clone(), secret.integer)]) }
    }
}

const NAMES: &[Carrier] = &[
    carrier("otel.name", EITHER, |s| drop(info_span!("named", otel.name = s.text))),
    carrier("otel.name as one word", EITHER, |s| drop(info_span!("named", otel.name = %s.word))),
    carrier("otel.name beside a model", EITHER, |s| {
        drop(info_span!("named", otel.name = format!("chat {}", s.word), llm.model_name = "gpt-4o"));
    }),
    carrier("otel.name that says the input", IN, |s| {
        drop(info_span!("named", otel.name = %s.word, input.value = s.word));
    }),
    carrier("set_name", EITHER, |s| _ = info_span!("named").set_name(s.text.clone())),
    carrier("the input by another name", IN, |s| drop(info_span!("other", input.content = s.text))),
    carrier("the output by another name", OUT, |s| drop(info_span!("other", output.text = s.text))),
    carrier("a field named input", IN, |s| drop(info_span!("other", input = s.text))),
    // It may be an argument, and by its name is the output.
    carrier("a field named output", EITHER, |s| drop(info_span!("other", output = s.text))),
    carrier("a field named input beside input.value", IN, |s| {
        drop(info_span!("other", input = "", input.value = s.text));
    }),
    carrier("a field named llm", EITHER, |s| drop(info_span!("other", llm = s.text, llm.model_name = "gpt-4o"))),
    carrier("a message without a list", EITHER, |s| drop(info_span!("other", message.content = s.text))),
    carrier("tool.result", EITHER, |s| drop(info_span!("other", tool.result = s.text))),
    carrier("a user that is a struct", IN, |s| drop(info_span!("other", user = ?Record::of(s)))),
    carrier("a member of metadata", IN, |s| {
        drop(info_span!("other", metadata = serde_json::json!({ "input.value": s.text }).to_string()));
    }),
    carrier("choices in metadata", CHOICES, |s| {
        drop(info_span!("other", metadata = serde_json::json!({ "llm.choices": [{ "a": s.text }] }).to_string()));
    }),
    carrier("metadata that was cut", ANY, |s| {
        drop(info_span!("other", metadata = format!("{{\"app\": {{\"a\": \"{}", s.word)));
    }),
];

#[instrument]
fn one(question: &str) {}

#[instrument]
fn two(number: u32, record: Record) {}

#[instrument(skip_all, fields(question = %secret.text, input.mime_type = "text/plain"))]
fn declared(secret: &Secret) {}

#[instrument(skip_all, ret)]
fn returns(secret: &Secret) -> String {
    secret.text.clone()
}

#[instrument(skip_all, ret)]
fn returns_record(secret: &Secret) -> Option<Record> {
    Some(Record::of(secret))
}

#[instrument(skip_all, err)]
fn fails(secret: &Secret) -> Result<(), io::Error> {
    Err(io::Error::other(secret.text.clone()))
}

#[instrument(skip_all, ret, err(Debug, level = "info"))]
fn fails_in_debug(secret: &Secret) -> Result<(), io::Error> {
    Err(io::Error::other(secret.text.clone()))
}

#[instrument(skip_all, ret)]
fn returns_failure(secret: &Secret) -> Result<(), String> {
    Err(secret.text.clone())
}

const FUNCTIONS: &[Carrier] = &[
    carrier("#[instrument]: the argument", IN, |s| one(&s.text)),
    carrier("#[instrument]: one of two arguments", IN, |s| two(1, Record::of(s))),
    carrier("#[instrument]: a declared field", IN, declared),
    carrier("#[instrument(ret)]", OUT, |s| _ = returns(s)),
    carrier("#[instrument(ret)] of a struct", OUT, |s| _ = returns_record(s)),
    carrier("#[instrument(ret)] of a failure", OUT, |s| _ = returns_failure(s)),
    carrier("#[instrument(err)]", EITHER, |s| _ = fails(s)),
    carrier("#[instrument(err(Debug))]", EITHER, |s| _ = fails_in_debug(s)),
];

const EVENTS: &[Carrier] = &[
    carrier("event: the message", EITHER, |s| info_span!("events").in_scope(|| info!("{}", s.text))),
    carrier("event: a str", EITHER, |s| info_span!("events").in_scope(|| info!(body = s.text, "event"))),
    carrier("event: a namespaced str", EITHER, |s| info_span!("events").in_scope(|| info!(app.body = s.text, "event"))),
    carrier("event: Debug", EITHER, |s| info_span!("events").in_scope(|| warn!(body = ?Record::of(s), "event"))),
    carrier("event: i64", EITHER, |s| info_span!("events").in_scope(|| info!(body = s.integer, "event"))),
    carrier("event: u64", EITHER, |s| info_span!("events").in_scope(|| info!(body = s.large, "event"))),
    carrier("event: f64", EITHER, |s| info_span!("events").in_scope(|| info!(body = s.float, "event"))),
    carrier("event: bytes", EITHER, |s| {
        info_span!("events").in_scope(|| info!(body = s.text.as_bytes(), "event"));
    }),
    carrier("event: level", EITHER, |s| info_span!("events").in_scope(|| info!(level = s.text, "event"))),
    carrier("event: code.*", EITHER, |s| info_span!("events").in_scope(|| info!(code.snippet = s.text, "event"))),
    carrier("event: an error that is no error", EITHER, |s| {
        let failure = Failure::of(s);
        info_span!("events").in_scope(|| info!(cause = &failure as &dyn Error, "event"));
    }),
    carrier("event: an error", EITHER, |s| info_span!("events").in_scope(|| error!("{}", s.text))),
    carrier("event: the field of an error", EITHER, |s| {
        info_span!("events").in_scope(|| error!(error = %s.text, body = s.text, "failed"));
    }),
    carrier("event: a number of an error", EITHER, |s| info_span!("events").in_scope(|| error!(code = s.integer))),
    carrier("event: llm.input_messages", EITHER, |s| {
        info_span!("events").in_scope(|| info!(llm.prompt = s.text, "event"));
    }),
];

/// An error with causes; the secret is in the last.
#[derive(Debug)]
pub(crate) struct Failure(Option<Box<Self>>, String);

impl Failure {
    fn of(secret: &Secret) -> Self {
        let cause = Self(Some(Self(None, secret.text.clone()).into()), "the cause".to_owned());
        Self(Some(cause.into()), "it failed".to_owned())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.1)
    }
}

impl Error for Failure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.as_deref().map(|cause| cause as &dyn Error)
    }
}

const ERRORS: &[Carrier] = &[
    carrier("error field: its causes", EITHER, |s| {
        let failure = Failure::of(s);
        drop(info_span!("failing", error = &failure as &dyn Error));
    }),
    carrier("error field: text", EITHER, |s| drop(info_span!("failing", error = s.text))),
    carrier("error.message", EITHER, |s| drop(info_span!("failing", error.type = "X", error.message = s.text))),
    carrier("error.type that is a text", EITHER, |s| drop(info_span!("failing", error.type = s.text))),
    carrier("logfire.msg", EITHER, |s| drop(info_span!("said", logfire.msg = s.text))),
    carrier("exception.message", EITHER, |s| drop(info_span!("failing", exception.message = s.text))),
    carrier("exception.stacktrace", EITHER, |s| drop(info_span!("failing", exception.stacktrace = s.text))),
    carrier("exception.type that is a text", EITHER, |s| drop(info_span!("failing", exception.type = s.text))),
    carrier("record_exception: its message", EITHER, |s| {
        _ = info_span!("failing").record_exception(&io::Error::other(s.text.clone()));
    }),
    carrier("record_exception: its causes", EITHER, |s| _ = info_span!("failing").record_exception(&Failure::of(s))),
    carrier("set_error", EITHER, |s| _ = info_span!("failing").set_error(s.text.clone())),
    carrier("otel.status_description", EITHER, |s| {
        drop(info_span!("failing", otel.status_code = "ERROR", otel.status_description = s.text));
    }),
    carrier("otel.status_description of an error", EITHER, |s| {
        let failure = Failure(None, s.text.clone());
        drop(info_span!("failing", otel.status_description = &failure as &dyn Error));
    }),
];
