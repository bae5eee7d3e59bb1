use std::sync::LazyLock;

use insta::assert_snapshot;

use crate::player::Names;
use crate::recording::Recording;
use crate::replay::Replay;

static RIG: LazyLock<Recording> = LazyLock::new(|| Recording::of(include_str!("../fixtures/rig_spans.json")));

#[test]
fn every_run_of_rig_is_one_connected_tree() {
    let replay = Replay::of(&RIG, Names::Own);
    replay.assert_complete(|_| true);
    replay.assert_connected();
    replay.assert_timed();
    replay.assert_linked();
    replay.assert_unique();
    let expected = [
        ("1_agent_tool_multiturn_content_OFF_default", 1),
        ("2_agent_tool_multiturn_content_ON", 1),
        // The second agent is asked outside of the span it then runs in: rig makes `invoke_agent` an explicit root.
        ("3_agent_inside_user_span_content_ON", 2),
        ("4_agent_streaming_content_ON", 1),
        ("5_agent_streaming_dropped_early", 1),
        ("6_tool_error_content_ON", 1),
        // Three agents, then two models, without a span around them.
        ("7_provider_500_and_429_and_badjson", 3),
        ("8_bare_model_call_no_agent", 2),
        ("9_embeddings_batch", 1),
        ("10_vector_search", 1),
        ("11_rag_agent_dynamic_context_content_ON", 1),
        ("12_hook_rewrites_tool_args_content_ON", 1),
    ];
    assert_eq!(replay.traces(), expected.into());
}

#[test]
fn no_field_of_rig_is_lost_or_changed() {
    let replay = Replay::of(&RIG, Names::Foreign);
    replay.assert_complete(|_| true);
    replay.assert_captured();
    replay.assert_connected();
}

#[test]
fn what_rig_records_twice_is_there_once_with_its_last_value() {
    let replay = Replay::of(&RIG, Names::Foreign);
    let rewritten = replay.data(58);
    let arguments: Vec<_> =
        rewritten.attributes.iter().filter(|kv| kv.key.as_str().ends_with("tool.call.arguments")).collect();
    assert_eq!(arguments.len(), 1);
    assert_eq!(arguments[0].value.as_str(), r#"{"city":"[REDACTED]"}"#);
}

/// A filter takes the agents and the tools out of the middle.
#[test]
fn no_trace_is_cut_where_spans_of_rig_are_filtered_out() {
    let replay = Replay::with(&RIG, Names::Own, |builder| builder.filter("info,rig_agent=off"));
    replay.assert_complete(|span| !span.site.target.starts_with("rig_agent"));
    replay.assert_connected();
    replay.assert_timed();
    assert_snapshot!(replay.shape(["3_agent_inside_user_span_content_ON"]), @"
    handle_request
      - chat
      - user_http_call
      - user_http_call
      - chat

    chat

    user_http_call

    user_http_call

    chat
    ");
}

#[test]
fn the_spans_of_rig_alone_are_connected_as_well() {
    let replay = Replay::with(&RIG, Names::Own, |builder| builder.llm_spans_only(true));
    replay.assert_complete(|span| span.declared_fields.iter().any(|field| field.starts_with("gen_ai.")));
    replay.assert_connected();
    replay.assert_linked();
}

#[test]
fn an_agent_with_tools_has_the_shape_it_ran_in() {
    let replay = Replay::of(&RIG, Names::Own);
    assert_snapshot!(replay.shape(["2_agent_tool_multiturn_content_ON"]), @"
    invoke_agent
      - chat
      - execute_tool
          - user_http_call
      - execute_tool
          → execute_tool
          - user_http_call
      - chat
    ");
    assert_snapshot!(replay.shape(["3_agent_inside_user_span_content_ON"]), @"
    handle_request
      - chat
      - execute_tool
          - user_http_call
      - execute_tool
          → execute_tool
          - user_http_call
      - chat

    invoke_agent
      - chat
      - execute_tool
          - user_http_call
      - execute_tool
          → execute_tool
          - user_http_call
      - chat
    ");
    assert_snapshot!(replay.shape(["5_agent_streaming_dropped_early"]), @"
    invoke_agent
      - chat
    ");
}
