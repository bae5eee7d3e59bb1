//! What is hidden is not in Phoenix, under any name it gives it.

use integration_tests::Phoenix;
use integration_tests::phoenix::Project;
use integration_tests::secrets::{FLAGS, HIDE_VECTOR, SECRETS, VECTOR, secret, tell};
use serde_json::json;
use tracing_openinference::TraceConfig;

/// Everything Phoenix gives about a project, by both interfaces.
fn all_that_is_stored(phoenix: &Phoenix, project: &Project, spans: usize) -> String {
    const PROJECT: &str = "query($name: String!) { getProjectByName(name: $name) { spans(first: 1000) { edges { node {
        name spanKind statusMessage metadata attributes input { value } output { value }
        events { name message attributes } } } } } }";
    let _ = project.spans(spans);
    let rest = phoenix.rest(&format!("{}/spans?limit=1000", project.path())).expect("the project");
    let otlp = phoenix.rest(&format!("{}/spans/otlpv1?limit=1000", project.path())).expect("the project");
    let graphql = phoenix.graphql(PROJECT, json!({ "name": project.name() }));
    // One unescaping: GraphQL's attributes are JSON in a string.
    format!("{rest}{otlp}{graphql}").replace("\\\"", "\"").replace("\\\\", "\\")
}

fn stored(phoenix: &Phoenix, protocol: &str, endpoint: &str, config: TraceConfig) -> String {
    let project = phoenix.project("hidden");
    super::send(&project, protocol, endpoint, config, tell);
    all_that_is_stored(phoenix, &project, 12)
}

fn is_as_hidden_as(hidden: &[&str], stored: &str) {
    let hides = |by: &[&str]| by.iter().any(|flag| hidden.contains(flag));
    let wrong: Vec<_> =
        SECRETS.iter().filter(|told| stored.contains(&secret(told.place)) == hides(told.hidden_by)).collect();
    assert!(wrong.is_empty(), "under {hidden:?} it is the other way around: {wrong:#?}");
    assert_eq!(stored.contains(&VECTOR.to_string()), !hides(HIDE_VECTOR), "{hidden:?}");
}

#[test]
fn hidden_things_stay_hidden_in_what_phoenix_stores() {
    let Some(phoenix) = Phoenix::or_skip() else { return };
    for (protocol, endpoint) in super::endpoints(&phoenix) {
        is_as_hidden_as(&[], &stored(&phoenix, protocol, &endpoint, TraceConfig::new()));
        let inputs = TraceConfig::new().hide_inputs(true);
        is_as_hidden_as(&["hide_inputs"], &stored(&phoenix, protocol, &endpoint, inputs));
        let all = FLAGS.iter().fold(TraceConfig::new(), |config, flag| (flag.set)(config, true));
        let names: Vec<_> = FLAGS.iter().map(|flag| flag.name).collect();
        is_as_hidden_as(&names, &stored(&phoenix, protocol, &endpoint, all));
    }
}
