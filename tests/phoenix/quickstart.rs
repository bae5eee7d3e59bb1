//! The program that a newcomer runs first, as Phoenix has it afterwards.

use std::collections::BTreeMap;

use integration_tests::phoenix::{Project, Stored, Trace};
use integration_tests::{Phoenix, Program};
use serde_json::{Value, json};
use tracing_openinference::{OpenInferenceSpanExt, Scope, agent_span};

const SESSION: &str = "quickstart-";

#[test]
fn the_quickstart_is_in_phoenix() {
    let Some(phoenix) = Phoenix::or_skip() else { return };
    for (protocol, endpoint) in super::endpoints(&phoenix) {
        let project = phoenix.project("quickstart");
        let ran = Program::new(env!("CARGO_BIN_EXE_quickstart"))
            .variable("PHOENIX_COLLECTOR_ENDPOINT", &endpoint)
            .variable("OTEL_EXPORTER_OTLP_PROTOCOL", protocol)
            .variable("PHOENIX_PROJECT_NAME", project.name())
            .run()
            .well();
        assert!(ran.stdout.contains("created 9, exported 9, rejected 0, dropped 0, pending 0"), "{ran:#?}");
        assert!(ran.stdout.contains(&format!("Look at project {:?}", project.name())), "{ran:#?}");

        let spans = project.spans(9);
        assert_eq!(spans.len(), 9, "{protocol}");
        let [answered, failed] = requests(&spans);
        the_tree_is_right(&answered, ["search_help_centre", "chat", "look_up_order", "chat"]);
        the_tree_is_right(&failed, ["search_help_centre", "chat", "look_up_order"]);
        the_context_is_on_every_span(&spans);
        documents_are_there(answered[1]);
        messages_are_there(answered[2], answered[4]);
        the_tool_is_called(answered[3]);
        the_failure_is_red(&failed);
        the_pages_show_it(&phoenix, &project, &answered, &failed);
    }
}

/// The spans of the two requests, each beginning with its root.
fn requests(spans: &[Stored]) -> [Vec<&Stored>; 2] {
    let roots: Vec<_> = spans.iter().filter(|span| span.parent_id.is_none()).collect();
    assert_eq!(roots.iter().map(|root| &*root.name).collect::<Vec<_>>(), ["support_bot", "support_bot"]);
    let request = |root: &Stored| spans.iter().filter(|span| span.trace_id == root.trace_id).collect();
    assert_ne!(roots[0].trace_id, roots[1].trace_id);
    [request(roots[0]), request(roots[1])]
}

fn the_tree_is_right<const N: usize>(request: &[&Stored], children: [&str; N]) {
    let kind = |name: &str| match name {
        "search_help_centre" => "RETRIEVER",
        "chat" => "LLM",
        _ => "TOOL",
    };
    assert_eq!(request[0].kind, "AGENT");
    let found: Vec<_> = request[1..].iter().map(|span| (&*span.name, &*span.kind)).collect();
    assert_eq!(found, children.map(|name| (name, kind(name))));
    for child in &request[1..] {
        assert_eq!(child.parent_id.as_ref(), Some(&request[0].id), "{}", child.name);
    }
}

fn the_context_is_on_every_span(spans: &[Stored]) {
    let session = spans[0].attribute("session.id");
    assert!(session.as_str().is_some_and(|session| session.starts_with(SESSION)), "{session}");
    for span in spans {
        assert_eq!(span.attribute("session.id"), session, "{}", span.name);
        assert_eq!(*span.attribute("user.id"), "ada", "{}", span.name);
        assert_eq!(*span.attribute("tag.tags"), json!(["quickstart"]), "{}", span.name);
    }
}

fn documents_are_there(retriever: &Stored) {
    assert_eq!(*retriever.attribute("input.value"), "Where is my order 1042?");
    for (index, id, score) in [(0, "shipping-7", 0.92), (1, "orders-3", 0.71)] {
        let of = |field: &str| retriever.attribute(&format!("retrieval.documents.{index}.document.{field}"));
        assert_eq!((of("id"), of("score")), (&json!(id), &json!(score)));
        assert!(of("content").as_str().is_some_and(|content| content.ends_with('.')), "{retriever:#?}");
    }
}

/// The first call asks for the tool, the second has its result.
fn messages_are_there(first: &Stored, second: &Stored) {
    let call = "message.tool_calls.0.tool_call";
    let asked = format!("llm.output_messages.0.{call}");
    assert_eq!(*first.attribute("llm.output_messages.0.message.role"), "assistant");
    assert_eq!(*first.attribute(&format!("{asked}.function.name")), "look_up_order");
    assert_eq!(*first.attribute(&format!("{asked}.function.arguments")), r#"{"order":"1042"}"#);
    let schema = first.attribute("llm.tools.0.tool.json_schema").as_str().expect("a schema");
    assert!(schema.contains(r#""required":["order"]"#), "{schema}");

    let roles: Vec<_> =
        (0..4).map(|index| second.attribute(&format!("llm.input_messages.{index}.message.role"))).collect();
    assert_eq!(roles, ["system", "user", "assistant", "tool"]);
    assert_eq!(*second.attribute("llm.input_messages.3.message.content"), "on its way");
    assert_eq!(
        second.attribute("llm.input_messages.3.message.tool_call_id"),
        second.attribute(&format!("llm.input_messages.2.{call}.id"))
    );
    assert_eq!(*second.attribute("llm.output_messages.0.message.content"), "Your order is on its way.");
    for (chat, prompt, completion) in [(first, 142, 17), (second, 171, 12)] {
        assert_eq!(*chat.attribute("llm.model_name"), "gpt-4o");
        assert_eq!(*chat.attribute("llm.provider"), "openai");
        assert_eq!(*chat.attribute("llm.invocation_parameters"), r#"{"temperature":0.2}"#);
        assert_eq!(*chat.attribute("llm.token_count.prompt"), prompt);
        assert_eq!(*chat.attribute("llm.token_count.completion"), completion);
        assert_eq!(*chat.attribute("llm.token_count.total"), prompt + completion);
        assert_eq!(chat.status, "OK");
    }
}

fn the_tool_is_called(tool: &Stored) {
    assert_eq!(*tool.attribute("tool.name"), "look_up_order");
    assert_eq!(*tool.attribute("input.value"), "1042");
    assert_eq!(*tool.attribute("output.value"), "on its way");
}

fn the_failure_is_red(request: &[&Stored]) {
    const WHAT: &str = "there is no order 9999";
    let by_name: BTreeMap<_, _> = request.iter().map(|span| (&*span.name, *span)).collect();
    for (name, status) in [("support_bot", "OrderError: there is no order 9999"), ("look_up_order", WHAT)] {
        let span = by_name[name];
        assert_eq!((&*span.status, &*span.status_message), ("ERROR", status), "{name}");
        let exception = &span.exception().expect("an exception")["attributes"];
        assert_eq!(exception["exception.message"], WHAT, "{name}");
    }
    let kind = &by_name["support_bot"].exception().expect("an exception")["attributes"]["exception.type"];
    assert!(kind.as_str().is_some_and(|kind| kind.ends_with("OrderError")), "{kind}");
    for name in ["search_help_centre", "chat"] {
        assert_eq!((&*by_name[name].status, by_name[name].events.len()), ("OK", 0), "{name}");
    }
}

/// What its own pages ask for.
fn the_pages_show_it(phoenix: &Phoenix, project: &Project, answered: &[&Stored], failed: &[&Stored]) {
    // gpt-4o: $2.50 for a million tokens in, $10 for a million out.
    let first = dollars(142, 17);
    let second = dollars(171, 12);
    for (request, total, errors) in [(answered, first + second, 0), (failed, first, 2)] {
        let id = &request[0].trace_id;
        let trace = phoenix.trace(id, request.len());
        assert_eq!(trace.summary["rootSpan"]["name"], "support_bot");
        assert_eq!(trace.summary["errorCount"], errors);
        assert_eq!(
            (&trace.summary["session"]["sessionId"], &trace.summary["userId"]),
            (request[0].attribute("session.id"), &json!("ada"))
        );
        let cost = phoenix.cost(id);
        assert!((cost - total).abs() < 1e-9, "{cost} is not {total}");
        llm_spans_cost(&phoenix.trace(id, request.len()));
        let root = trace.span("support_bot");
        assert_eq!((&root["spanKind"], &root["parentId"]), (&json!("agent"), &Value::Null));
    }
    let trace = phoenix.trace(&answered[0].trace_id, answered.len());
    assert_eq!(trace.span("support_bot")["input"]["value"], "Where is my order 1042?");
    assert_eq!(trace.span("support_bot")["output"]["value"], "Your order is on its way.");
    assert_eq!(trace.span("support_bot")["cumulativeTokenCountTotal"].as_f64(), Some(342.0));
    assert_eq!(project.summary()["sessionCount"], 1);
    assert_eq!(project.summary()["traceCount"], 2);
    assert_eq!(project.summary()["tokenCountTotal"].as_f64(), Some(501.0));
}

fn dollars(prompt: u32, completion: u32) -> f64 {
    f64::from(prompt) * 2.5e-6 + f64::from(completion) * 1e-5
}

fn llm_spans_cost(trace: &Trace) {
    for span in &trace.spans {
        let cost = span["costSummary"]["total"]["cost"].as_f64().unwrap_or_default();
        assert_eq!(cost > 0.0, span["spanKind"] == "llm", "{span}");
    }
}

/// The session belongs to the first project that uses its name, so this asks for it where it is.
#[test]
fn a_session_is_a_conversation() {
    let Some(phoenix) = Phoenix::or_skip() else { return };
    let project = phoenix.project("session");
    let session = integration_tests::phoenix::unique("session");
    let turn = |question: &'static str| {
        let _scope = Scope::new().session(&*session).user("ada").enter();
        let span = agent_span!("turn");
        span.set_input(question).set_output("Yes.");
    };
    super::send(&project, "http/protobuf", phoenix.url(), Default::default(), || {
        turn("Hello?");
        turn("Still there?");
    });
    assert_eq!(project.spans(2).len(), 2);
    let found = project.session(&session);
    assert_eq!((&found["numTraces"], &found["userId"]), (&json!(2), &json!("ada")));
    assert_eq!(found["firstInput"]["value"], "Hello?");
    assert_eq!(found["lastOutput"]["value"], "Yes.");
}

#[test]
fn without_phoenix_the_quickstart_prints_the_tree() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port");
    let ran = Program::new(env!("CARGO_BIN_EXE_quickstart"))
        .variable("PHOENIX_COLLECTOR_ENDPOINT", format!("http://{free}"))
        .run()
        .well();
    let call = r#""order":"1042""#;
    for text in ["AGENT", "RETRIEVER", "LLM", "TOOL", "gpt-4o", call, "there is no order 9999", "scripts/phoenix start"]
    {
        assert!(ran.stdout.contains(text), "{text}: {ran:#?}");
    }
    let nothing = |line: &str| [" in", " out"].iter().any(|side| line.trim_end().ends_with(side));
    assert!(!ran.stdout.lines().any(nothing), "every input and output that is shown says something: {ran:#?}");
}
