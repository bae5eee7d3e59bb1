use std::sync::LazyLock;

use insta::assert_snapshot;
use opentelemetry::trace::Status;

use crate::player::Names;
use crate::recording::Recording;
use crate::replay::Replay;

static GENAI: LazyLock<Recording> = LazyLock::new(|| Recording::of(include_str!("../fixtures/genai_spans.json")));

#[test]
fn every_run_of_genai_is_one_connected_tree() {
    let replay = Replay::of(&GENAI, Names::Own);
    replay.assert_complete(|_| true);
    replay.assert_connected();
    // None of its model spans is ever entered.
    replay.assert_timed();
    replay.assert_linked();
    replay.assert_unique();
    let expected = [
        ("1_chat", 1),
        ("2_chat_tools_two_turns_in_user_span", 1),
        ("3_stream", 1),
        ("4_errors", 2),
        ("5_embeddings", 1),
        // An agent with its evaluation, a workflow, a plan.
        ("6_agent_workflow_helpers", 3),
        ("7_image_input", 1),
    ];
    assert_eq!(replay.traces(), expected.into());
}

#[test]
fn no_field_of_genai_is_lost_or_changed() {
    let replay = Replay::of(&GENAI, Names::Foreign);
    replay.assert_complete(|_| true);
    replay.assert_captured();
}

#[test]
fn an_error_that_genai_records_is_the_status_of_the_span() {
    let replay = Replay::of(&GENAI, Names::Own);
    for span in &GENAI.spans {
        let failed = matches!(replay.data(span.uid).status, Status::Error { .. });
        assert_eq!(failed, span.phase == "4_errors", "{} {}", span.uid, span.name());
    }
}

#[test]
fn a_conversation_with_tools_has_the_shape_it_ran_in() {
    let replay = Replay::of(&GENAI, Names::Own);
    assert_snapshot!(replay.shape(["2_chat_tools_two_turns_in_user_span"]), @"
    my_agent
      - chat gpt-4o-mini [client]
      - execute_tool get_weather
      - execute_tool get_weather
      - chat gpt-4o-mini [client]
    ");
    assert_snapshot!(replay.shape(["4_errors"]), @r#"
    chat gpt-4o-mini [client] ERROR "429"
      * exception
          exception.type: "429"

    chat gpt-4o-mini [client] ERROR "response_invalid_json"
      * exception
          exception.type: "response_invalid_json"
    "#);
    assert_snapshot!(replay.shape(["6_agent_workflow_helpers"]), @"
    invoke_agent helper
      - gen_ai.evaluation.result

    invoke_workflow wf

    plan helper
    ");
}
