use framework_tests::{record, record_with};
use insta::assert_snapshot;
use opentelemetry::trace::SpanKind;

use crate::rmcp_app as rmcp;

/// Its own span lives as long as the connection and says nothing: whoever switches it off loses no part of the trace.
#[test]
fn a_call_is_one_trace_on_both_sides() {
    let trace = record_with(|builder| builder.filter("info,rmcp=off"), [], rmcp::divide);
    let named = |name: &'static str| trace.spans().iter().filter(move |span| span.name.contains(name));
    let calls = named("divide").filter(|span| span.span_kind == SpanKind::Client);
    let parents: Vec<_> = named("serve ").map(|span| span.parent_span_id).collect();
    assert_eq!(parents, calls.map(|span| span.span_context.span_id()).collect::<Vec<_>>());
    assert_snapshot!(trace.tree(), @r#"
    mathematician
      openinference.span.kind: "AGENT"
      - divide [client] OK
          input.mime_type: "application/json"
          input.value: "{\"dividend\":6,\"divisor\":3}"
          openinference.span.kind: "TOOL"
          output.mime_type: "text/plain"
          output.value: "2"
          tool.name: "divide"
      - divide [client] ERROR "division by zero"
          input.mime_type: "application/json"
          input.value: "{\"dividend\":6,\"divisor\":0}"
          openinference.span.kind: "TOOL"
          tool.name: "divide"
      - divide [client] ERROR "ServiceError: Mcp error: -32602: out of range"
          input.mime_type: "application/json"
          input.value: "{\"dividend\":-9223372036854775808,\"divisor\":1}"
          openinference.span.kind: "TOOL"
          tool.name: "divide"
          * exception
              exception.message: "Mcp error: -32602: out of range"
              exception.type: "rmcp::service::ServiceError"
    serve divide [server] OK (remote parent)
      input.mime_type: "application/json"
      input.value: "{\"dividend\":6,\"divisor\":3}"
      openinference.span.kind: "CHAIN"
      output.mime_type: "text/plain"
      output.value: "2"
    serve divide [server] ERROR "division by zero" (remote parent)
      input.mime_type: "application/json"
      input.value: "{\"dividend\":6,\"divisor\":0}"
      openinference.span.kind: "CHAIN"
    serve divide [server] ERROR "out of range" (remote parent)
      input.mime_type: "application/json"
      input.value: "{\"dividend\":-9223372036854775808,\"divisor\":1}"
      openinference.span.kind: "CHAIN"
    "#);
}

#[test]
fn a_connection_is_a_span_beside_the_calls() {
    assert_snapshot!(record([], rmcp::divide).only(&["openinference"]), @r#"
    serve_inner
      openinference.span.kind: "CHAIN"

    serve_inner
      openinference.span.kind: "CHAIN"

    mathematician
      openinference.span.kind: "AGENT"
      - divide [client] OK
          openinference.span.kind: "TOOL"
      - divide [client] ERROR "division by zero"
          openinference.span.kind: "TOOL"
      - divide [client] ERROR "ServiceError: Mcp error: -32602: out of range"
          openinference.span.kind: "TOOL"
          * exception
              exception.message: "Mcp error: -32602: out of range"
              exception.type: "rmcp::service::ServiceError"
    serve divide [server] OK (remote parent)
      openinference.span.kind: "CHAIN"
    serve divide [server] ERROR "division by zero" (remote parent)
      openinference.span.kind: "CHAIN"
    serve divide [server] ERROR "out of range" (remote parent)
      openinference.span.kind: "CHAIN"
    "#);
}
