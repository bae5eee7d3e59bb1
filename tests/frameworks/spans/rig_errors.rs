//! What rig does not tell, or only in words of its own.

use framework_tests::{Reply, record};
use insta::assert_snapshot;
use serde_json::json;

use crate::replies::{answer, calls};
use crate::rig_app as rig;

const TOLD: &[&str] = &["openinference", "output.value", "tool.name"];

/// rig gives the error to the caller alone.
#[test]
fn a_request_that_was_refused_has_failed() {
    let [limited, broken] =
        [429, 500].map(|status| record([Reply::error(status, "go away")], rig::failing_agent).only(TOLD));
    assert_eq!(limited, broken);
    assert_snapshot!(limited, @r#"
    invoke_agent
      openinference.span.kind: "AGENT"
      - chat ERROR "the model did not answer; rig does not say why"
          openinference.span.kind: "LLM"
          * exception
              exception.message: "the model did not answer; rig does not say why"
              exception.type: "_OTHER"
    "#);
}

#[test]
fn so_has_one_of_a_later_turn() {
    let trace = record([calls(), Reply::error(500, "go away")], rig::failing_agent);
    assert_snapshot!(trace.only(TOLD), @r#"
    invoke_agent
      openinference.span.kind: "AGENT"
      - chat
          openinference.span.kind: "LLM"
          output.value: "[{\"role\":\"assistant\",\"parts\":[{\"type\":\"tool_call\",\"id\":\"call_1\",\"name\":\"weather\",\"arguments\":{\"city\":\"Paris\"}},{\"type\":\"tool_call\",\"id\":\"call_2\",\"name\":\"weather\",\"arguments\":{\"city\":\"Rome\"}}],\"finish_reason\":\"tool_call\"}]"
      - execute_tool
          openinference.span.kind: "TOOL"
          output.value: "18 °C in Paris"
          tool.name: "weather"
      - execute_tool
          openinference.span.kind: "TOOL"
          output.value: "18 °C in Rome"
          tool.name: "weather"
          → execute_tool
      - chat ERROR "the model did not answer; rig does not say why"
          openinference.span.kind: "LLM"
          * exception
              exception.message: "the model did not answer; rig does not say why"
              exception.type: "_OTHER"
    "#);
}

#[test]
fn so_has_one_without_an_agent() {
    assert_snapshot!(record([Reply::error(429, "go away")], rig::failing_model).only(TOLD), @r#"
    chat ERROR "the model did not answer; rig does not say why"
      openinference.span.kind: "LLM"
      * exception
          exception.message: "the model did not answer; rig does not say why"
          exception.type: "_OTHER"
    "#);
}

/// The caller's span says it with what rig told the caller.
#[test]
fn an_error_that_is_returned_says_why() {
    assert_snapshot!(record([Reply::error(429, "go away")], rig::request).only(TOLD), @r#"
    handle_request ERROR "ProviderResponseError: status 429 Too Many Requests: {\"error\":{\"message\":\"go away\",\"type\":\"error\",\"param\":null,\"code\":null}} (request id: req_1)"
      openinference.span.kind: "AGENT"
      * exception
          exception.message: "ProviderResponseError: status 429 Too Many Requests: {\"error\":{\"message\":\"go away\",\"type\":\"error\",\"param\":null,\"code\":null}} (request id: req_1)"
      - chat ERROR "the model did not answer; rig does not say why"
          openinference.span.kind: "LLM"
          * exception
              exception.message: "the model did not answer; rig does not say why"
              exception.type: "_OTHER"
    "#);
}

/// From its span it looks like a stream that nobody read to its end.
#[test]
fn a_refused_stream_is_not_told_from_one_that_was_left() {
    assert_snapshot!(record([Reply::error(429, "go away")], rig::failing_stream).only(TOLD), @r#"
    invoke_agent
      openinference.span.kind: "AGENT"
      - chat
          openinference.span.kind: "LLM"
    "#);
}

#[test]
fn a_stream_that_is_left_is_no_failure() {
    assert_snapshot!(record([answer()], rig::dropped_stream).only(TOLD), @r#"
    invoke_agent
      openinference.span.kind: "AGENT"
      - chat
          openinference.span.kind: "LLM"
    "#);
}

#[test]
fn a_tool_that_failed_has_failed_and_the_run_goes_on() {
    let charge = Reply::calls([("call_1", "charge", json!({ "cents": 100 }))]);
    assert_snapshot!(record([charge, Reply::text("Sorry.")], rig::agent).only(TOLD), @r#"
    invoke_agent
      openinference.span.kind: "AGENT"
      output.value: "Sorry."
      - chat
          openinference.span.kind: "LLM"
          output.value: "[{\"role\":\"assistant\",\"parts\":[{\"type\":\"tool_call\",\"id\":\"call_1\",\"name\":\"charge\",\"arguments\":{\"cents\":100}}],\"finish_reason\":\"tool_call\"}]"
      - execute_tool ERROR "the bank did not take 100"
          openinference.span.kind: "TOOL"
          output.value: "the bank did not take 100"
          tool.name: "charge"
          * exception
              exception.message: "the bank did not take 100"
              exception.type: "network"
      - chat
          openinference.span.kind: "LLM"
          output.value: "[{\"role\":\"assistant\",\"parts\":[{\"type\":\"text\",\"content\":\"Sorry.\"}],\"finish_reason\":\"unknown\"}]"
    "#);
}

#[test]
fn arguments_that_a_tool_cannot_read_are_its_failure() {
    let charge = Reply::calls([("call_1", "charge", json!({ "cents": "many" }))]);
    assert_snapshot!(record([charge, Reply::text("Sorry.")], rig::agent).only(TOLD), @r#"
    invoke_agent
      openinference.span.kind: "AGENT"
      output.value: "Sorry."
      - chat
          openinference.span.kind: "LLM"
          output.value: "[{\"role\":\"assistant\",\"parts\":[{\"type\":\"tool_call\",\"id\":\"call_1\",\"name\":\"charge\",\"arguments\":{\"cents\":\"many\"}}],\"finish_reason\":\"tool_call\"}]"
      - execute_tool ERROR "failed to parse tool arguments: invalid type: string \"many\", expected u32 at line 1 column 15"
          openinference.span.kind: "TOOL"
          output.value: "failed to parse tool arguments: invalid type: string \"many\", expected u32 at line 1 column 15"
          tool.name: "charge"
          * exception
              exception.message: "failed to parse tool arguments: invalid type: string \"many\", expected u32 at line 1 column 15"
              exception.type: "invalid_args"
      - chat
          openinference.span.kind: "LLM"
          output.value: "[{\"role\":\"assistant\",\"parts\":[{\"type\":\"text\",\"content\":\"Sorry.\"}],\"finish_reason\":\"unknown\"}]"
    "#);
}
