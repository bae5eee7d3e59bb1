//! Recorded runs of rig, genai and rmcp, done again and sent to a real Phoenix, which has to store what was sent.
//!
//! Part of the `replay` tests, which can do them again.

use std::time::Duration;

use integration_tests::{Phoenix, Recorder};
use tracing_openinference::TraceConfig;

use crate::player::Names;
use crate::recording::Recording;
use crate::replay::Replay;

const FIXTURES: [&str; 4] = [
    include_str!("../fixtures/field_probe.json"),
    include_str!("../fixtures/genai_spans.json"),
    include_str!("../fixtures/rig_spans.json"),
    include_str!("../fixtures/rmcp_spans.json"),
];

#[test]
fn phoenix_stores_what_recorded_runs_send() {
    let Some(phoenix) = Phoenix::or_skip() else { return };
    let project = phoenix.project("fixtures");
    let sent = Recorder::new();
    for fixture in FIXTURES {
        let recording = Recording::of(fixture);
        let kept = sent.clone();
        let builder = tracing_openinference::builder()
            .project(project.name())
            .endpoint(phoenix.url())
            // The default, but said: the stages then run where the span ends, and the player sees what ended.
            .trace_config(TraceConfig::new().base64_image_max_length(32_000))
            .drop_spans(move |span| {
                kept.keep(span.clone());
                false
            });
        let openinference = builder.build().expect("the settings are right");
        let replay = Replay::through(&recording, Names::Own, &openinference, sent.clone());
        assert!(!replay.spans.is_empty());
        let report = openinference.shutdown(Duration::from_secs(120));
        assert!(report.is_complete(), "{report}");
    }
    project.assert_stores(&sent.spans());
}
