//! What is recorded arrives: with its type, once, and whole.

use std::error::Error;
use std::fmt;
use std::num::{NonZeroU64, Wrapping};

use insta::assert_snapshot;
use opentelemetry::Value;
use opentelemetry_sdk::trace::SpanData;
use tracing::{Span, debug_span, dispatcher, field, info_span};
use tracing_openinference::{Message, OpenInferenceSpanExt, TokenCount};

use crate::{Pipeline, in_environment, record};

fn value<'a>(span: &'a SpanData, key: &str) -> Option<&'a Value> {
    let mut values = span.attributes.iter().filter(|attribute| attribute.key.as_str() == key);
    let value = values.next().map(|attribute| &attribute.value);
    assert!(values.next().is_none(), "{key} is there twice");
    value
}

fn text(span: &SpanData, key: &str) -> String {
    match value(span, key) {
        Some(Value::String(text)) => text.to_string(),
        other => panic!("{key} is {other:?}"),
    }
}

#[derive(Debug)]
struct Timeout;

impl fmt::Display for Timeout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("timed out")
    }
}

impl Error for Timeout {}

#[test]
fn every_type_keeps_its_type() {
    let pipeline = record(|| {
        let message = String::from("text");
        info_span!(
            "types",
            v.i8 = -8i8,
            v.i64 = i64::MIN,
            v.u8 = 8u8,
            v.u16 = 16u16,
            v.u32 = u32::MAX,
            v.u64 = i64::MAX as u64,
            v.usize = 7usize,
            v.i128 = -128i128,
            v.u128 = 128u128,
            v.nonzero = NonZeroU64::MIN,
            v.wrapping = Wrapping(3u32),
            v.some = Some(9u64),
            v.none = None::<u64>,
            v.reference = &&5u32,
            v.f32 = 0.5f32,
            v.f64 = 1.0f64,
            v.bool = true,
            v.str = "text",
            v.string = message,
            v.boxed = Box::new(6u64),
            v.bytes = &b"text"[..],
            v.debug = ?Some("text"),
            v.display = %Timeout,
            v.arguments = format_args!("{}-{}", 1, 2),
            v.empty = field::Empty,
        );
    });
    assert_snapshot!(pipeline.recorder.tree(), @r#"
    types
      openinference.span.kind: "CHAIN"
      v.arguments: "1-2"
      v.bool: true
      v.boxed: 6
      v.bytes: "text"
      v.debug: "Some(\"text\")"
      v.display: "timed out"
      v.f32: 0.5
      v.f64: 1.0
      v.i128: -128
      v.i64: -9223372036854775808
      v.i8: -8
      v.nonzero: 1
      v.reference: 5
      v.some: 9
      v.str: "text"
      v.string: "text"
      v.u128: 128
      v.u16: 16
      v.u32: 4294967295
      v.u64: 9223372036854775807
      v.u8: 8
      v.usize: 7
      v.wrapping: 3
    "#);
}

#[test]
fn integers_that_do_not_fit_stay_exact_as_text() {
    let pipeline = record(|| {
        info_span!("large", v.u64 = u64::MAX, v.i128 = i128::MIN, v.u128 = u128::MAX, v.first = i64::MAX as u64 + 1);
    });
    assert_snapshot!(pipeline.recorder.tree(), @r#"
    large
      openinference.span.kind: "CHAIN"
      v.first: "9223372036854775808"
      v.i128: "-170141183460469231731687303715884105728"
      v.u128: "340282366920938463463374607431768211455"
      v.u64: "18446744073709551615"
    "#);
}

#[test]
fn floats_that_json_does_not_know_are_left_out() {
    let pipeline = record(|| {
        info_span!("floats", v.nan = f64::NAN, v.infinite = f64::INFINITY, v.zero = -0.0f64);
    });
    assert_snapshot!(pipeline.recorder.tree(), @r#"
    floats
      openinference.span.kind: "CHAIN"
      v.zero: -0.0
    "#);
}

#[test]
fn bytes_that_are_no_text_are_hexadecimal() {
    let pipeline = record(|| {
        info_span!("bytes", v.image = &[0x89u8, b'P', b'N', b'G', 0xff][..], v.none = &b""[..]);
    });
    assert_snapshot!(pipeline.recorder.tree(), @r#"
    bytes
      openinference.span.kind: "CHAIN"
      v.image: "89504e47ff"
      v.none: ""
    "#);
}

#[test]
fn a_field_that_is_recorded_twice_appears_once_with_the_last_value() {
    let pipeline = record(|| {
        let span = info_span!("llm", v.before = 1, v.between = 1, v.after = 1, v.always = 1, v.later = field::Empty);
        span.record("v.before", 2).record("v.always", 2);
        span.in_scope(|| _ = Span::current().record("v.between", 2).record("v.always", 3).record("v.later", 1));
        span.record("v.between", 3);
        span.in_scope(|| ());
        span.record("v.after", 2).record("v.always", "four").record("v.later", 2);
    });
    assert_snapshot!(pipeline.recorder.tree(), @r#"
    llm
      openinference.span.kind: "CHAIN"
      v.after: 2
      v.always: "four"
      v.before: 2
      v.between: 3
      v.later: 2
    "#);
}

#[test]
fn a_field_that_is_declared_twice_appears_once() {
    let pipeline = record(|| {
        let span = info_span!("llm", v.twice = 1, v.other = 2, v.twice = 3);
        span.record("v.twice", 4);
    });
    assert_snapshot!(pipeline.recorder.tree(), @r#"
    llm
      openinference.span.kind: "CHAIN"
      v.other: 2
      v.twice: 4
    "#);
}

#[test]
fn fields_and_setters_write_the_same_attributes() {
    let pipeline = record(|| {
        let span = info_span!("llm", llm.model_name = "a", v.x = 1);
        span.set_model("b").set_attribute("v.x", 2);
        span.record("v.x", 3);
    });
    assert_snapshot!(pipeline.recorder.tree(), @r#"
    llm
      llm.model_name: "b"
      openinference.span.kind: "CHAIN"
      v.x: 3
    "#);
}

#[test]
fn a_field_that_stays_empty_or_was_not_declared_does_not_appear() {
    let pipeline = record(|| {
        let span = info_span!("llm", v.empty = field::Empty, v.none = field::Empty);
        span.record("v.undeclared", 1).record("v.none", None::<u64>);
    });
    assert_snapshot!(pipeline.recorder.tree(), @r#"
    llm
      openinference.span.kind: "CHAIN"
    "#);
}

#[test]
fn no_attribute_of_two_hundred_and_one_is_lost() {
    let pipeline = record(|| {
        let span = info_span!("llm");
        for number in 0..200 {
            span.set_attribute(format!("v.{number}"), number);
        }
        span.set_token_count(TokenCount::default().total(200));
    });
    let span = pipeline.recorder.span("llm");
    for number in 0..200 {
        assert_eq!(value(&span, &format!("v.{number}")), Some(&Value::I64(number)));
    }
    assert_eq!(value(&span, "llm.token_count.total"), Some(&Value::I64(200)));
    assert_eq!(span.dropped_attributes_count, 0);
}

#[test]
fn no_message_of_a_thousand_is_lost() {
    let pipeline = record(|| {
        let message = |number| Message::user(format!("message {number}"));
        info_span!("llm").set_input_messages((0..1000).map(message).collect::<Vec<_>>());
    });
    let span = pipeline.recorder.span("llm");
    for number in 0..1000 {
        let message = |field: &str| text(&span, &format!("llm.input_messages.{number}.message.{field}"));
        assert_eq!((message("role"), message("content")), ("user".to_owned(), format!("message {number}")));
    }
}

/// The most memory that this process ever had, in megabytes.
fn memory() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().trim_end_matches(" kB").parse::<usize>().expect("a number") / 1024)
}

#[test]
fn a_field_that_is_recorded_over_and_over_does_not_fill_the_memory() {
    let test = "values::a_field_that_is_recorded_over_and_over_does_not_fill_the_memory";
    in_environment(test, &[], || {
        let mut grown = 0;
        let pipeline = record(|| {
            let span = info_span!("watch");
            for number in 0..100 {
                span.set_attribute(format!("v.{number}"), number);
            }
            let before = memory().unwrap_or_default();
            for number in 0..300_000 {
                span.set_attribute("v.progress", number).set_attribute("v.70", number);
            }
            grown = memory().unwrap_or_default() - before;
        });
        let span = pipeline.recorder.span("watch");
        for (key, expected) in [("v.progress", 299_999), ("v.70", 299_999), ("v.71", 71)] {
            assert_eq!(value(&span, key), Some(&Value::I64(expected)));
        }
        assert!(grown < 10, "{grown} MB");
    });
}

#[test]
fn a_value_longer_than_the_limit_is_cut_between_characters_and_says_so() {
    let test = "values::a_value_longer_than_the_limit_is_cut_between_characters_and_says_so";
    in_environment(test, &[("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "5")], || {
        let pipeline = record(|| {
            let span =
                info_span!("llm", v.fits = "äöüß€", v.long = "äöüß€x", v.number = 123_456_789, v.debug = ?"12345");
            span.set_attribute("v.list", ["short", "not short"]);
            span.record_exception(&Timeout);
        });
        assert_snapshot!(pipeline.recorder.tree(), @r#"
        llm ERROR "Timeout: timed out"
          openinference.span.kind: "CHAIN"
          v.debug: "\"1234… [cut: 5 of 7 characters]"
          v.fits: "äöüß€"
          v.list: ["short", "not s… [cut: 5 of 9 characters]"]
          v.long: "äöüß€… [cut: 5 of 6 characters]"
          v.number: 123456789
          * exception
              exception.message: "timed… [cut: 5 of 9 characters]"
              exception.type: "pipel… [cut: 5 of 25 characters]"
        "#);
    });
}

#[test]
fn a_prompt_of_a_megabyte_is_kept_whole() {
    let prompt = "\u{1f980} ".repeat(1024 * 1024 / 5);
    let pipeline = record(|| drop(info_span!("llm", input.value = prompt)));
    assert_eq!(text(&pipeline.recorder.span("llm"), "input.value"), prompt);
}

#[test]
fn text_that_is_hard_to_write_arrives_unchanged() {
    let pipeline = record(|| {
        let odd = "nul \0, bell \u{7}, escape \u{1b}[31m, separator \u{2028}, reversed \u{202e}, combined e\u{301}";
        info_span!("名前 \u{1f980}", v.str = odd, v.display = %odd, v.debug = ?"\0", v.ключ = "значение");
    });
    let span = pipeline.recorder.span("名前 \u{1f980}");
    assert_eq!(text(&span, "v.str"), text(&span, "v.display"));
    assert!(text(&span, "v.str").starts_with("nul \0, bell \u{7}"));
    assert_eq!(text(&span, "v.debug"), r#""\0""#);
    assert_eq!(text(&span, "v.ключ"), "значение");
}

/// Cannot be printed.
struct Panics;

impl fmt::Debug for Panics {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("by request of the test")
    }
}

impl fmt::Display for Panics {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Err(fmt::Error)
    }
}

impl Error for Panics {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        panic!("by request of the test")
    }
}

#[test]
fn a_value_that_cannot_be_printed_is_replaced_and_nothing_else_is_lost() {
    let pipeline = record(|| {
        let span =
            info_span!("llm", v.first = 1, v.debug = ?Panics, v.display = %Panics, v.last = 2, v.later = field::Empty);
        span.record("v.later", field::debug(Panics));
        span.in_scope(|| {
            tracing::error!(error = &Panics as &dyn Error);
            tracing::error!("no answer: {}", Panics);
        });
        info_span!("child", error = &Panics as &dyn Error);
        info_span!("setter").record_exception(&Panics);
    });
    assert_snapshot!(pipeline.recorder.tree(), @r#"
    llm ERROR "<formatting panicked>"
      openinference.span.kind: "CHAIN"
      v.debug: "<formatting panicked>"
      v.display: "<formatting panicked>"
      v.first: 1
      v.last: 2
      v.later: "<formatting panicked>"
      * exception
          exception.message: "<formatting panicked>"
      * exception
          exception.message: "<formatting panicked>"

    child ERROR "<formatting panicked>"
      openinference.span.kind: "CHAIN"
      * exception
          exception.message: "<formatting panicked>"

    setter ERROR "Panics: <formatting panicked>"
      openinference.span.kind: "CHAIN"
      * exception
          exception.message: "<formatting panicked>"
          exception.type: "pipeline::values::Panics"
    "#);
}

/// Looks at the span it is printed for, opens others, and writes.
struct Nosy<'a>(&'a Span);

impl fmt::Debug for Nosy<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        info_span!("opened by a value").in_scope(|| {
            self.0.record("v.count", 1);
            self.0.record("v.nested", field::debug("recorded by a value"));
            self.0.set_attribute("v.set", true);
            tracing::error!(parent: self.0, "said by a value");
        });
        debug_span!("refused").in_scope(|| ());
        f.write_str("nosy")
    }
}

fn print_nosy_values() {
    let span = info_span!("llm", v.count = 0, v.nested = field::Empty, v.value = field::Empty);
    span.in_scope(|| span.record("v.value", field::debug(Nosy(&span))));
    span.record("v.nested", field::debug(Nosy(&span)));
    info_span!(parent: &span, "child", v.value = ?Nosy(&span));
}

#[test]
fn a_value_may_use_tracing_while_it_is_printed() {
    let pipeline = Pipeline::new();
    dispatcher::with_default(&pipeline.beside_another_layer(), print_nosy_values);
    assert_snapshot!(pipeline.recorder.tree(), @r#"
    llm ERROR "said by a value"
      openinference.span.kind: "CHAIN"
      v.count: 1
      v.nested: "\"recorded by a value\""
      v.set: true
      v.value: "nosy"
      * exception
          exception.message: "said by a value"
      * exception
          exception.message: "said by a value"
      - opened by a value
          openinference.span.kind: "CHAIN"
      - child
          openinference.span.kind: "CHAIN"
          v.value: "nosy"

    opened by a value
      openinference.span.kind: "CHAIN"
    "#);
}

/// Inside a callback only a global subscriber can be reached.
#[test]
fn a_value_may_use_a_global_subscriber_while_it_is_printed() {
    in_environment("values::a_value_may_use_a_global_subscriber_while_it_is_printed", &[], || {
        let pipeline = Pipeline::new();
        dispatcher::set_global_default(pipeline.beside_another_layer()).expect("there is no other");
        print_nosy_values();
        assert_snapshot!(pipeline.shape(), @r#"
        llm ERROR "said by a value"
          * exception
              exception.message: "said by a value"
          * exception
              exception.message: "said by a value"
          * exception
              exception.message: "said by a value"
          - opened by a value
          - child

        opened by a value

        opened by a value
        "#);
    });
}
