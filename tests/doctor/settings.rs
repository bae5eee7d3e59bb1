//! What is wrong before anything is sent.

use super::{KEY, examine};

#[test]
fn a_setting_that_cannot_be_used_is_named() {
    let examined = examine(&[("PHOENIX_COLLECTOR_ENDPOINT", "http://user:s3cr3t-k3y@host:port")]);
    examined.says(&["FAILED", "settings", "PHOENIX_COLLECTOR_ENDPOINT = "]);
    examined.advises(&["correct PHOENIX_COLLECTOR_ENDPOINT; nothing was tried"]);
    let examined = examine(&[("OPENINFERENCE_FILTER", "my_app=loud")]);
    examined.says(&["FAILED", "settings", "OPENINFERENCE_FILTER"]);
}

#[test]
fn what_keeps_spans_in_the_process_is_said() {
    for (variable, value, said) in [
        ("OTEL_SDK_DISABLED", "true", "OTEL_SDK_DISABLED is true"),
        ("OTEL_TRACES_EXPORTER", "none", "OTEL_TRACES_EXPORTER says so"),
        ("PHOENIX_AUTO_SETUP", "no", "PHOENIX_AUTO_SETUP is false"),
    ] {
        let examined = examine(&[(variable, value)]);
        examined.says(&["FAILED", "export", said]);
        examined.advises(&["change the setting", variable]);
    }
    for (variable, value) in [("OPENINFERENCE_FILTER", "off"), ("OTEL_TRACES_SAMPLER", "parentbased_always_off")] {
        let examined = examine(&[(variable, value), ("OTEL_TRACES_EXPORTER", "console")]);
        examined.says(&["FAILED", "export", variable]);
    }
    let examined = examine(&[("OTEL_TRACES_EXPORTER", "console")]);
    assert!(examined.healthy, "{}", examined.text);
    let diagnosis = tracing_openinference::builder().only_in("no such environment").doctor().to_string();
    assert!(diagnosis.contains("exports only in no such environment"), "{diagnosis}");
}

#[test]
fn settings_and_warnings_are_shown_without_credentials() {
    let examined = examine(&[
        ("OTEL_TRACES_EXPORTER", "console"),
        ("PHOENIX_PROJECT", "one"),
        ("PHOENIX_PROJECT_NAME", "two"),
        ("PHOENIX_API_KEY", KEY),
        ("OPENINFERENCE_HIDE_INPUTS", "perhaps"),
    ]);
    examined.says(&["project", "one", "PHOENIX_PROJECT"]);
    examined.says(&["note", "PHOENIX_PROJECT_NAME", "is not"]);
    examined.says(&["note", "OPENINFERENCE_HIDE_INPUTS is set but"]);
    examined.says(&["hide_inputs", "true", "OPENINFERENCE_HIDE_INPUTS"]);
}
