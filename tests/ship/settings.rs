use std::ffi::OsString;
#[cfg(unix)]
use std::os::unix::ffi::OsStringExt;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use integration_tests::Collector;

use crate::process::Child;

/// Everything a pipeline reads; those whose value decides how the export thread waits come first.
const WAITING: [&str; 8] = [
    "OTEL_BSP_SCHEDULE_DELAY",
    "OTEL_BSP_MAX_QUEUE_SIZE",
    "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
    "OTEL_BSP_EXPORT_TIMEOUT",
    "OTEL_EXPORTER_OTLP_TIMEOUT",
    "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "PHOENIX_COLLECTOR_ENDPOINT",
];
const OTHERS: [&str; 28] = [
    "OTEL_SDK_DISABLED",
    "OTEL_TRACES_EXPORTER",
    "OTEL_TRACES_SAMPLER",
    "OTEL_TRACES_SAMPLER_ARG",
    "OTEL_RESOURCE_ATTRIBUTES",
    "OTEL_SERVICE_NAME",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "OTEL_EXPORTER_OTLP_PROTOCOL",
    "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
    "OTEL_EXPORTER_OTLP_HEADERS",
    "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
    "OTEL_EXPORTER_OTLP_COMPRESSION",
    "OTEL_EXPORTER_OTLP_TRACES_COMPRESSION",
    "OTEL_EXPORTER_OTLP_CERTIFICATE",
    "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT",
    "OTEL_ATTRIBUTE_COUNT_LIMIT",
    "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT",
    "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT",
    "PHOENIX_ENDPOINT",
    "PHOENIX_GRPC_PORT",
    "PHOENIX_API_KEY",
    "PHOENIX_CLIENT_HEADERS",
    "PHOENIX_PROJECT",
    "PHOENIX_PROJECT_NAME",
    "PHOENIX_DISCOVER_CONFIG",
    "OPENINFERENCE_FILTER",
    "OPENINFERENCE_HIDE_INPUTS",
    "OPENINFERENCE_BASE64_IMAGE_MAX_LENGTH",
];

fn values() -> Vec<OsString> {
    let mut values: Vec<OsString> =
        ["", "0", "-1", "99999999999999999999", "1", "no such thing", "localhost:6006", "%%%="]
            .map(OsString::from)
            .to_vec();
    values.push("x".repeat(100_000).into());
    #[cfg(unix)]
    values.push(OsString::from_vec(b"http://\xff\xfe".to_vec()));
    values
}

/// Every variable with every value: an error that names the variable, or a pipeline that rests when there is nothing to
/// do. Never a panic, never a value that is a secret in the output.
#[test]
fn no_environment_makes_a_pipeline_panic_or_spin() {
    let collector = Collector::start().answer_ok();
    let cases: Vec<(&str, OsString)> =
        WAITING.iter().chain(&OTHERS).flat_map(|name| values().into_iter().map(move |value| (*name, value))).collect();
    let cases = Mutex::new(cases);
    let next = || cases.lock().expect("no panic").pop();
    thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                while let Some((name, value)) = next() {
                    assert_harmless(&collector, name, &value);
                }
            });
        }
    });
}

fn assert_harmless(collector: &Collector, name: &str, value: &OsString) {
    let is_empty = value.is_empty() && name != "PHOENIX_COLLECTOR_ENDPOINT";
    let delivers = if is_empty { "10000" } else { "100" };
    let rests = if WAITING.contains(&name) { "300" } else { "0" };
    let child = Child::new(&["settings", delivers, rests]).env("PHOENIX_COLLECTOR_ENDPOINT", collector.url());
    let ended = child.env(name, value).run();
    let case = format!("{name}={:.40}", value.to_string_lossy());
    assert_eq!(ended.code, Some(0), "{case}: {}", ended.err);
    assert!(!ended.err.contains("panicked"), "{case}: {}", ended.err);
    match ended.out.split_once(' ') {
        Some(("error", error)) => assert!(error.contains(name), "{case}: {error}"),
        Some(("built", rest)) => {
            let idle = rest.split(' ').next().and_then(|micros| micros.parse().ok()).map(Duration::from_micros);
            assert!(idle < Some(Duration::from_millis(10)), "{case}: busy for {idle:?} of 300 ms");
        }
        _ => panic!("{case}: {:?}", ended.out),
    }
    // What is set to nothing is not set.
    assert!(!is_empty || ended.out.contains("created 1, exported 1"), "{case}: {}", ended.out);
}
