use std::sync::LazyLock;

use insta::assert_snapshot;
use tracing::level_filters::LevelFilter;

use crate::player::Names;
use crate::recording::Recording;
use crate::replay::Replay;

static RMCP: LazyLock<Recording> = LazyLock::new(|| Recording::of(include_str!("../fixtures/rmcp_spans.json")));

#[test]
fn a_connection_of_rmcp_is_one_tree_over_three_threads() {
    let replay = Replay::of(&RMCP, Names::Own);
    replay.assert_complete(|_| true);
    replay.assert_connected();
    replay.assert_timed();
    replay.assert_linked();
    replay.assert_unique();
    // The tool runs in the connection of the server, which was opened one phase earlier.
    assert_eq!(replay.data(4).parent_span_id, replay.data(2).span_context.span_id());
    assert_eq!(replay.traces(), [("1_init", 1), ("2_list", 1), ("3_call", 2)].into());
    assert_snapshot!(replay.shape(["1_init", "2_list", "3_call"]), @"
    serve_inner

    serve_inner
      - inside_tool

    execute_tool
    ");
}

#[test]
fn no_field_of_rmcp_is_lost_or_changed() {
    let replay = Replay::of(&RMCP, Names::Foreign);
    replay.assert_complete(|_| true);
    replay.assert_captured();
}

/// Its requests and results are in log events, with all they contain.
#[test]
fn events_of_rmcp_are_exported_only_when_asked_for() {
    let events = |replay: &Replay<'_>| [1, 2, 3, 4].map(|uid| replay.data(uid).events.len());
    assert_eq!(events(&Replay::of(&RMCP, Names::Own)), [0, 0, 0, 0]);
    let info = Replay::with(&RMCP, Names::Own, |builder| builder.events(LevelFilter::INFO).filter("trace"));
    let trace = Replay::with(&RMCP, Names::Own, |builder| builder.events(LevelFilter::TRACE).filter("trace"));
    let recorded = |level: &[&str]| {
        [1, 2, 3, 4].map(|uid| RMCP.span(uid).events.iter().filter(|event| level.contains(&&*event.site.level)).count())
    };
    assert_eq!(events(&info), recorded(&["ERROR", "WARN", "INFO"]));
    assert_eq!(events(&trace), recorded(&["ERROR", "WARN", "INFO", "DEBUG", "TRACE"]));
}
