//! What the vectors for conversion become, sent to a real Phoenix, which has to store what was sent and to add nothing.
//!
//! Part of the `oracle` tests, which read them.

use std::time::Duration;

use integration_tests::{Phoenix, Recorder};
use serde_json::Value as Json;
use tracing::info_span;
use tracing_openinference::OpenInferenceSpanExt;
use tracing_subscriber::layer::SubscriberExt;

use super::genai::attributes;
use super::{say, vectors};

#[test]
fn phoenix_stores_what_vectors_become() {
    let Some(phoenix) = Phoenix::or_skip() else { return };
    let project = phoenix.project("vectors");
    let sent = Recorder::new();
    let kept = sent.clone();
    let builder = tracing_openinference::builder().project(project.name()).endpoint(phoenix.url());
    let openinference = builder.drop_spans(move |span| {
        kept.keep(span.clone());
        false
    });
    let openinference = openinference.build().expect("the settings are right");
    let subscriber = tracing_subscriber::registry().with(openinference.layer());
    tracing::subscriber::with_default(subscriber, || {
        for (file, name, input) in
            [("genai_agreed.json", "case", "input"), ("phoenix_ingest.json", "name", "attributes")]
        {
            vectors(file).unwrap_or_default().iter().for_each(|row| tell(&row[name], &row[input]));
        }
    });
    let report = openinference.shutdown(Duration::from_secs(120));
    assert!(report.is_complete(), "{report}");
    let sent = sent.spans();
    project.assert_stores(&sent);
    say(&format!("phoenix stores: {}/{}", sent.len(), sent.len()));
}

fn tell(name: &Json, input: &Json) {
    let span = info_span!("vector", otel.name = name.as_str());
    for attribute in attributes(input) {
        span.set_attribute(attribute.key, attribute.value);
    }
}
