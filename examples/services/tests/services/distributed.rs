use std::{env, io::Write};

use integration_tests::{Collector, Phoenix, Program};

use crate::{
    real::LiteLlm,
    sent::{Sent, named, trace},
    service::Service,
};

const SERVICE: &str = env!("CARGO_BIN_EXE_distributed");
const CLIENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/distributed/client.py");

/// A Python with the OpenInference SDK, as `scripts/openinference-python` prints it.
fn python_or_skip() -> Option<String> {
    let python = env::var("OPENINFERENCE_SDK_PYTHON").ok().filter(|python| !python.is_empty());
    if python.is_none() {
        let test = std::thread::current().name().unwrap_or("a test").to_owned();
        let _ = writeln!(std::io::stderr().lock(), "{test}: skipped: OPENINFERENCE_SDK_PYTHON is not set");
    }
    python
}

/// What the client prints.
fn ask(python: &str, service: &Service, endpoint: &str, project: &str) -> String {
    let ran = Program::new(python)
        .arguments([CLIENT])
        .variable("SERVICE", service.url())
        .variable("PHOENIX_COLLECTOR_ENDPOINT", endpoint)
        .variable("PHOENIX_PROJECT_NAME", project)
        .variable("PHOENIX_DISCOVER_CONFIG", "false")
        .run()
        .well();
    ran.stdout
}

#[test]
fn python_and_rust_make_one_trace() {
    let Some(python) = python_or_skip() else { return };
    let collector = Collector::start().answer_ok();
    let service = Service::start(SERVICE, &[("PHOENIX_COLLECTOR_ENDPOINT", &collector.url())]);
    let said = ask(&python, &service, &collector.url(), "default");
    assert!(said.starts_with("You asked: Where is my order 1042?"), "{said}");
    service.terminate();
    assert!(service.ended().contains("created 3, exported 3"));

    let trace = trace(&collector);
    assert_eq!(trace.len(), 4, "{trace:#?}");
    let spans = ["python_agent", "POST /answer", "look_up_order", "chat"].map(|name| named(&trace, name));
    let [agent, request, tool, model] = spans;
    assert_eq!(spans.map(Sent::kind), ["AGENT", "CHAIN", "TOOL", "LLM"]);
    assert!(agent.span.parent_span_id.is_empty());
    assert_eq!(request.span.parent_span_id, agent.span.span_id);
    assert_eq!(tool.span.parent_span_id, request.span.span_id);
    assert_eq!(model.span.parent_span_id, request.span.span_id);
    for span in spans {
        assert_eq!(span.attribute("session.id"), agent.attribute("session.id"));
        assert_eq!(*span.attribute("user.id"), "ada");
        assert_ne!(span.status(), 2, "{span:#?}");
    }
    assert!(agent.attribute("session.id").as_str().is_some_and(|session| session.starts_with("distributed-")));
    assert_eq!(agent.attribute("output.value"), request.attribute("output.value"));
}

#[test]
fn python_and_rust_are_one_trace_in_phoenix() {
    let Some(python) = python_or_skip() else { return };
    let Some(phoenix) = Phoenix::or_skip() else { return };
    let Some(litellm) = LiteLlm::or_skip() else { return };
    let project = phoenix.project("distributed");
    let [url, key] = litellm.variables();
    let to = [("PHOENIX_COLLECTOR_ENDPOINT", phoenix.url()), ("PHOENIX_PROJECT_NAME", project.name()), url, key];
    let service = Service::start(SERVICE, &to);
    let said = ask(&python, &service, phoenix.url(), project.name());
    service.terminate();
    assert!(service.ended().contains("created 3, exported 3"));

    let (_, id) = said.trim().rsplit_once("trace ").expect("the client prints it");
    assert_eq!(project.spans(4).len(), 4);
    let trace = phoenix.trace(id, 4);
    assert_eq!(trace.summary["rootSpan"]["name"], "python_agent");
    assert_eq!(trace.summary["errorCount"], 0);
    let [agent, request, model] = ["python_agent", "POST /answer", "chat"].map(|name| trace.span(name));
    assert_eq!(request["parentId"], agent["spanId"]);
    assert_eq!(model["parentId"], request["spanId"]);
    assert_eq!(model["spanKind"], "llm");
    assert_eq!(agent["output"]["value"], request["output"]["value"]);
    let [below, own] = [&agent["cumulativeTokenCountTotal"], &model["tokenCountTotal"]].map(serde_json::Value::as_f64);
    assert!(below == own && own > Some(0.0), "tokens spent in Rust count for the agent in Python: {agent}");
}
