//! The variables that the front door reads, each in a process of its own.

use integration_tests::collector::Protocol;
use integration_tests::program::Ran;
use integration_tests::secrets::{FLAGS, HIDE_VECTOR, SECRETS, VECTOR, secret};
use integration_tests::{Collector, Program};

fn application(variables: &[(&str, &str)]) -> Ran {
    run("chat", variables)
}

fn run(what: &str, variables: &[(&str, &str)]) -> Ran {
    let program = Program::new(env!("CARGO_BIN_EXE_application")).arguments([what, "report"]);
    variables.iter().fold(program, |program, (name, value)| program.variable(name, value)).run()
}

/// The program with spans at this collector, and these variables besides.
fn sending(collector: &Collector, variables: &[(&str, &str)]) -> Ran {
    application(&[&[("PHOENIX_COLLECTOR_ENDPOINT", &*collector.url())], variables].concat()).well()
}

fn names(collector: &Collector) -> Vec<String> {
    collector.spans().into_iter().map(|span| span.name).collect()
}

#[test]
fn the_endpoint_is_a_base_url_or_the_whole_of_it() {
    for path in ["", "/", "/v1/traces", "/v1/traces/", "/a/prefix"] {
        let collector = Collector::start().answer_ok();
        let _ = application(&[("PHOENIX_COLLECTOR_ENDPOINT", &*format!("{}{path}", collector.url()))]).well();
        let request = collector.requests().remove(0);
        let expected = if path == "/a/prefix" { "/a/prefix/v1/traces" } else { "/v1/traces" };
        assert_eq!((request.protocol, &*request.path), (Protocol::Http, expected), "{path}");
        assert_eq!(request.header("content-type"), Some("application/x-protobuf"));
        assert_eq!(names(&collector), ["chat", "agent"]);
    }
}

#[test]
fn the_grpc_port_means_grpc() {
    let collector = Collector::start().answer_ok();
    let port = collector.address().port().to_string();
    let ran = sending(&collector, &[("PHOENIX_GRPC_PORT", &*port)]);
    assert_eq!(collector.requests().remove(0).protocol, Protocol::Grpc, "{ran:#?}");
    assert_eq!(names(&collector), ["chat", "agent"]);
}

#[test]
fn the_project_is_named_on_the_resource() {
    let collector = Collector::start().answer_ok();
    let ran = sending(&collector, &[("PHOENIX_PROJECT_NAME", "support bot"), ("OTEL_SERVICE_NAME", "bot")]);
    let resource = collector.requests().remove(0).resource();
    assert_eq!(resource["openinference.project.name"], "support bot");
    assert_eq!(resource["service.name"], "bot");
    assert!(ran.stdout.contains(r#"of "support bot""#), "{ran:#?}");
}

#[test]
fn the_api_key_is_a_header_and_nowhere_else() {
    for grpc in ["http/protobuf", "grpc"] {
        let collector = Collector::start().answer_ok();
        let variables = [
            ("PHOENIX_API_KEY", "k3y"),
            ("PHOENIX_CLIENT_HEADERS", "x-tenant=a%20b"),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", grpc),
            ("RUST_LOG", "trace"),
        ];
        let ran = sending(&collector, &variables);
        let request = collector.requests().remove(0);
        assert_eq!(request.header("authorization"), Some("Bearer k3y"), "{grpc}");
        assert_eq!(request.header("x-tenant"), Some("a b"), "{grpc}");
        assert!(!ran.stderr.contains("k3y") && !ran.stdout.contains("k3y"), "{ran:#?}");
    }
}

#[test]
fn automatic_setup_can_be_refused_and_the_log_stays() {
    for (variable, off) in
        [("PHOENIX_AUTO_SETUP", "false"), ("OTEL_SDK_DISABLED", "true"), ("OTEL_TRACES_EXPORTER", "none")]
    {
        let collector = Collector::start();
        let ran = sending(&collector, &[(variable, off)]);
        assert_eq!(collector.connections(), 0, "{variable}");
        assert!(ran.stderr.contains("a line of the log"), "{ran:#?}");
        assert!(ran.stdout.contains("created 0, ") && ran.stdout.contains("None"), "{ran:#?}");
    }
    let refused = application(&[("PHOENIX_AUTO_SETUP", "false"), ("PHOENIX_COLLECTOR_ENDPOINT", "::nonsense::")]);
    let _ = refused.well();
}

#[test]
fn the_console_prints_a_tree_and_sends_nothing() {
    let collector = Collector::start();
    let ran = sending(&collector, &[("OTEL_TRACES_EXPORTER", "console")]);
    assert_eq!(collector.connections(), 0);
    let lines: Vec<_> = ran.stdout.lines().collect();
    let line = |text: &str| lines.iter().position(|line| line.contains(text)).unwrap_or_else(|| panic!("{ran:#?}"));
    assert!(line("agent") < line("chat"), "{ran:#?}");
    for text in ["AGENT", "LLM", "gpt-4o", "a question", "an answer"] {
        assert!(ran.stdout.contains(text), "{text}: {ran:#?}");
    }
}

#[test]
fn the_filter_chooses_spans_and_the_log_level_does_not() {
    for (filter, expected) in [
        ("", &["chat", "agent"][..]),
        ("application=off", &[]),
        ("application::details=debug", &["chat", "details", "agent"]),
        ("debug", &["chat", "details", "agent"]),
        ("off", &[]),
    ] {
        let collector = Collector::start().answer_ok();
        let ran = sending(&collector, &[("OPENINFERENCE_FILTER", filter), ("RUST_LOG", "warn")]);
        assert_eq!(names(&collector), expected, "{filter}: {ran:#?}");
        assert!(!ran.stderr.contains("a line of the log"), "{ran:#?}");
    }
}

/// `RUST_LOG=off` leaves the traces too, and `RUST_LOG=debug` adds nothing to them.
#[test]
fn the_log_level_takes_nothing_from_the_traces_and_adds_nothing() {
    for log in ["off", "warn", "info", "trace", "application=off"] {
        let collector = Collector::start().answer_ok();
        let ran = sending(&collector, &[("RUST_LOG", log)]);
        assert_eq!(names(&collector), ["chat", "agent"], "{log}: {ran:#?}");
    }
}

#[test]
fn a_setting_that_cannot_be_used_is_an_error_that_names_it() {
    for (variable, value) in [
        ("OTEL_BSP_MAX_QUEUE_SIZE", "many"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "0"),
        ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "-1"),
        ("OTEL_BSP_SCHEDULE_DELAY", "1s"),
        ("OTEL_BSP_EXPORT_TIMEOUT", "1.5"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "soon"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json"),
        ("OTEL_TRACES_EXPORTER", "zipkin"),
        ("OTEL_TRACES_SAMPLER", "sometimes"),
        ("OTEL_SDK_DISABLED", "perhaps"),
        ("OPENINFERENCE_FILTER", "application=loud"),
        ("PHOENIX_AUTO_SETUP", "perhaps"),
        ("PHOENIX_COLLECTOR_ENDPOINT", "http://"),
        ("RUST_LOG", "application=loud"),
    ] {
        let ran = application(&[(variable, value)]);
        assert_eq!(ran.status.code(), Some(1), "{variable}: {ran:#?}");
        assert!(ran.stderr.starts_with(&format!("application: {variable} = {value:?}: ")), "{ran:#?}");
        assert!(ran.stdout.is_empty(), "{ran:#?}");
    }
}

#[test]
fn every_flag_has_a_variable_that_hides() {
    for flag in FLAGS {
        let collector = Collector::start().answer_ok();
        let ran =
            run("secrets", &[("PHOENIX_COLLECTOR_ENDPOINT", &*collector.url()), (&flag.variable(), " On ")]).well();
        for told in SECRETS {
            let hidden = told.hidden_by.contains(&flag.name);
            assert_eq!(collector.saw(&secret(told.place)), !hidden, "{}: {}: {ran:#?}", flag.variable(), told.place);
        }
        let vector = collector.bytes().windows(8).any(|bytes| bytes == VECTOR.to_le_bytes());
        assert_eq!(vector, !HIDE_VECTOR.contains(&flag.name), "{}", flag.variable());
        assert!(!ran.stderr.contains("WARN"), "{ran:#?}");
    }
}

#[test]
fn a_privacy_variable_that_cannot_be_read_hides_and_says_so_once() {
    for value in ["perhaps", "", "tru"] {
        let collector = Collector::start().answer_ok();
        let endpoint = collector.url();
        let variables = [("PHOENIX_COLLECTOR_ENDPOINT", &*endpoint), ("OPENINFERENCE_HIDE_INPUTS", value)];
        let ran = run("secrets", &variables).well();
        assert!(!collector.saw(&secret("input value")) && collector.saw(&secret("output value")), "{value:?}");
        assert_eq!(ran.stderr.matches("OPENINFERENCE_HIDE_INPUTS").count(), 1, "{ran:#?}");
        assert!(ran.stderr.contains("tracing_openinference: OPENINFERENCE_HIDE_INPUTS is set but"), "{ran:#?}");
    }
}

#[test]
fn a_long_image_is_replaced_beyond_the_length_in_the_environment() {
    const LENGTH: &str = "OPENINFERENCE_BASE64_IMAGE_MAX_LENGTH";
    for (length, shown) in [("32000", true), ("100", true), ("10", false), ("0", false)] {
        let collector = Collector::start().answer_ok();
        let _ = run("image", &[("PHOENIX_COLLECTOR_ENDPOINT", &*collector.url()), (LENGTH, length)]).well();
        assert_eq!(collector.saw("data:image/png;base64,aGVsbG8="), shown, "{length}");
    }
}

/// The one line that says what the pipeline does, without its time and level.
fn start(ran: &Ran) -> &str {
    let lines = || ran.stderr.lines().filter(|line| line.contains(" INFO tracing_openinference: traces "));
    assert!(lines().count() <= 1, "{ran:#?}");
    lines().next().map_or("", |line| line.split_once("tracing_openinference: ").expect("it is there").1)
}

#[test]
fn one_line_says_where_traces_go_and_what_is_hidden() {
    let collector = Collector::start().answer_ok();
    let url = collector.url().replace("http://", "http://user:s3cr3t@");
    let variables = [
        ("PHOENIX_COLLECTOR_ENDPOINT", &*url),
        ("PHOENIX_API_KEY", "s3cr3t"),
        ("PHOENIX_PROJECT_NAME", "bot"),
        ("OPENINFERENCE_HIDE_INPUTS", "1"),
        ("OPENINFERENCE_FILTER", "debug"),
    ];
    let ran = application(&variables).well();
    let expected =
        format!(r#"traces of "bot" go to {}/v1/traces over HTTP; hidden: hide_inputs; filter: debug"#, collector.url());
    assert_eq!(start(&ran), expected);
    assert!(!ran.stderr.contains("s3cr3t"), "{ran:#?}");
    assert!(collector.spans().iter().all(|span| span.events.is_empty()));
}

#[test]
fn what_keeps_traces_in_the_process_is_said() {
    let hidden = "hidden: nothing; filter: info, without the crates of the HTTP stack";
    for (variable, value, line) in [
        (
            "OTEL_TRACES_EXPORTER",
            "console",
            &*format!("traces of \"default\" are printed on standard output (OTEL_TRACES_EXPORTER); {hidden}"),
        ),
        ("OTEL_TRACES_EXPORTER", "none", "traces are not exported: OTEL_TRACES_EXPORTER says so"),
        ("OTEL_SDK_DISABLED", "true", "traces are not exported: OTEL_SDK_DISABLED is true"),
        ("PHOENIX_AUTO_SETUP", "false", "traces are not exported: PHOENIX_AUTO_SETUP is false"),
    ] {
        assert_eq!(start(&application(&[(variable, value)]).well()), line);
    }
}

#[test]
fn only_the_environment_that_code_names_exports() {
    for (environment, exports) in [
        (None, false),
        (Some("production"), false),
        (Some("development"), true),
        (Some(" Staging "), true),
        (Some("dev"), false),
    ] {
        let collector = Collector::start().answer_ok();
        let endpoint = collector.url();
        let mut variables = vec![("PHOENIX_COLLECTOR_ENDPOINT", &*endpoint)];
        variables.extend(environment.map(|environment| ("ENVIRONMENT", environment)));
        let ran = run("only-in", &variables).well();
        assert_eq!(collector.spans().len(), if exports { 2 } else { 0 }, "{environment:?}");
        if !exports {
            assert_eq!(collector.connections(), 0);
            let is = environment.map_or("is not set".to_owned(), |name| format!("is {name:?}"));
            let line = format!(
                "traces are not exported: ENVIRONMENT {is}, and the program exports only in development, staging"
            );
            assert_eq!(start(&ran), line);
        }
    }
}

#[test]
fn a_verbose_program_prints_every_setting_and_where_it_came_from() {
    let variables = [
        ("PHOENIX_COLLECTOR_ENDPOINT", "http://user:s3cr3t@localhost:9?key=s3cr3t"),
        ("PHOENIX_CLIENT_HEADERS", "x-tenant=s3cr3t"),
        ("OPENINFERENCE_HIDE_OUTPUTS", "yes"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "77"),
        ("OTEL_TRACES_SAMPLER", "always_on"),
        ("OTEL_ATTRIBUTE_COUNT_LIMIT", "99"),
    ];
    let ran = run("verbose", &variables).well();
    assert!(!ran.stderr.contains("s3cr3t"), "{ran:#?}");
    for row in [
        "project default default",
        "endpoint http://localhost:9/v1/traces?**** PHOENIX_COLLECTOR_ENDPOINT",
        "transport HTTP PHOENIX_COLLECTOR_ENDPOINT",
        "header x-tenant **** PHOENIX_CLIENT_HEADERS",
        "header authorization **** PHOENIX_COLLECTOR_ENDPOINT",
        "timeout 10s default",
        "service unknown_service:application default",
        "queue, spans 77 OTEL_BSP_MAX_QUEUE_SIZE",
        "batch, spans 77 default",
        "hide_inputs true .trace_config(…)",
        "hide_outputs true OPENINFERENCE_HIDE_OUTPUTS",
        "filter application=info .filter(…)",
        "sampler AlwaysOn OTEL_TRACES_SAMPLER",
        "attributes of a span 99 OTEL_ATTRIBUTE_COUNT_LIMIT",
    ] {
        let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(ran.stderr.lines().any(|line| words(line) == row), "{row}: {ran:#?}");
    }
}

/// A subscriber that is put together by hand hears it too, before anything is recorded.
#[test]
fn a_layer_that_exports_nothing_says_so_when_it_is_taken_into_use() {
    let ran = run("quiet-layer", &[("OTEL_SDK_DISABLED", "1")]).well();
    assert_eq!(start(&ran), "traces are not exported: OTEL_SDK_DISABLED is true");
    let ran = run("quiet-layer", &[]).well();
    assert_eq!(start(&ran), "", "what code says itself need not be said");
}
