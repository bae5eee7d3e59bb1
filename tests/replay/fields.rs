use std::sync::LazyLock;

use insta::assert_snapshot;
use integration_tests::span_tree;

use crate::player::Names;
use crate::recording::Recording;
use crate::replay::Replay;

/// One span for each thing that one may believe of fields, right or wrong.
static PROBE: LazyLock<Recording> = LazyLock::new(|| Recording::of(include_str!("../fixtures/field_probe.json")));

#[test]
fn every_kind_of_field_arrives_with_its_type() {
    let replay = Replay::of(&PROBE, Names::Foreign);
    replay.assert_complete(|_| true);
    replay.assert_captured();
    replay.assert_timed();
    assert_snapshot!(span_tree(&[replay.data(3).clone()]), @r#"
    fmt ERROR "boom"
      openinference.span.kind: "CHAIN"
      recorded.bool_v: true
      recorded.bytes: "ffffff"
      recorded.empty: "via str"
      recorded.f32v: 0.10000000149011612
      recorded.f64v: 0.1
      recorded.json_debug: "\"[{\\\"role\\\":\\\"user\\\",\\\"parts\\\":[{\\\"type\\\":\\\"text\\\",\\\"content\\\":\\\"say \\\\\\\"hi\\\\\\\" 🦀\\\\n\\\"}]}]\""
      recorded.json_display: "[{\"role\":\"user\",\"parts\":[{\"type\":\"text\",\"content\":\"say \\\"hi\\\" 🦀\\n\"}]}]"
      recorded.json_str: "[{\"role\":\"user\",\"parts\":[{\"type\":\"text\",\"content\":\"say \\\"hi\\\" 🦀\\n\"}]}]"
      recorded.opt_some: 3
      recorded.u128v: 5
      recorded.usizev: 3
      recorded.vec_debug: "[\"stop\", \"crab 🦀 \\u{7f} it's\"]"
      * exception
          exception.message: "boom"
    "#);
}

/// As `#[instrument]` names them: they are the input.
#[test]
fn plain_fields_arrive_in_the_input_with_their_types() {
    let replay = Replay::of(&PROBE, Names::Own);
    replay.assert_unique();
    assert_snapshot!(span_tree(&[replay.data(3).clone()]), @r#"
    fmt ERROR "boom"
      empty: "via str"
      input.mime_type: "application/json"
      input.value: "{\"vec_debug\":\"[\\\"stop\\\", \\\"crab 🦀 \\\\u{7f} it's\\\"]\",\"json_str\":[{\"role\":\"user\",\"parts\":[{\"type\":\"text\",\"content\":\"say \\\"hi\\\" 🦀\\n\"}]}],\"json_display\":[{\"role\":\"user\",\"parts\":[{\"type\":\"text\",\"content\":\"say \\\"hi\\\" 🦀\\n\"}]}],\"json_debug\":[{\"role\":\"user\",\"parts\":[{\"type\":\"text\",\"content\":\"say \\\"hi\\\" 🦀\\n\"}]}],\"f32v\":0.10000000149011612,\"f64v\":0.1,\"u128v\":5,\"usizev\":3,\"opt_some\":3,\"bool_v\":true,\"bytes\":\"ffffff\"}"
      openinference.span.kind: "CHAIN"
      * exception
          exception.message: "boom"
    "#);
}

#[test]
fn a_span_of_a_hundred_and_twenty_fields_keeps_them_in_order() {
    let replay = Replay::of(&PROBE, Names::Foreign);
    let numbers = replay.data(1).attributes.iter().filter(|attribute| attribute.key.as_str().starts_with("recorded."));
    let numbers: Vec<String> = numbers.map(|attribute| attribute.value.to_string()).collect();
    assert_eq!(numbers, (0..120).map(|number| number.to_string()).collect::<Vec<_>>());
}

#[test]
fn a_name_that_is_declared_twice_is_one_attribute() {
    let replay = Replay::of(&PROBE, Names::Foreign);
    assert_snapshot!(span_tree(&[replay.data(4).clone()]), @r#"
    dup
      openinference.span.kind: "CHAIN"
      recorded.x: 3
    "#);
}

#[test]
fn an_instrumented_function_says_what_it_returned_or_why_it_failed() {
    let replay = Replay::of(&PROBE, Names::Own);
    assert_snapshot!(span_tree(&[replay.data(6).clone(), replay.data(7).clone()]), @r#"
    f OK
      input.mime_type: "application/json"
      input.value: "{\"secret\":\"sk-SECRET\",\"n\":1}"
      late: "yes"
      openinference.span.kind: "CHAIN"
      output.mime_type: "text/plain"
      output.value: "1"

    f ERROR "bad"
      input.mime_type: "application/json"
      input.value: "{\"secret\":\"sk-SECRET\",\"n\":2}"
      late: "yes"
      openinference.span.kind: "CHAIN"
      * exception
          exception.message: "bad"
    "#);
}

#[test]
fn a_span_that_is_never_closed_is_exported_as_unfinished() {
    let replay = Replay::of(&PROBE, Names::Own);
    assert_snapshot!(span_tree(&replay.unfinished), @r#"
    leaked
      openinference.span.kind: "CHAIN"
      tracing_openinference.unfinished: true
    "#);
}
