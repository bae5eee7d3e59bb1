//! The examples, run as their users run them: without anything, against a collector of the tests, and against a real LiteLLM
//! and a real Phoenix where these are named:
//!
//! ```sh
//! scripts/phoenix start && export PHOENIX_URL=http://127.0.0.1:6006
//! export $(scripts/litellm start | grep -E '^(LITELLM_URL|OPENAI_API_KEY)=')
//! cargo test -p framework-examples
//! ```

use std::env;
use std::io::Write;

use integration_tests::collector::attributes;
use integration_tests::phoenix::Stored;
use integration_tests::{Collector, Phoenix, Program};
use opentelemetry_proto::tonic::trace::v1::Span;
use serde_json::json;

const RIG_AGENT: &str = env!("CARGO_BIN_EXE_rig_agent");
const MCP_TOOLS: &str = env!("CARGO_BIN_EXE_mcp_tools");

/// Embeds three articles; asks, calls a tool and asks again, twice; asks once.
const RIG_SPANS: usize = 4 + 6 + 3 + 6;
const MCP_SPANS: usize = 1 + 2 * 3;

fn program(path: &str, endpoint: &str) -> Program {
    Program::new(path).variable("PHOENIX_COLLECTOR_ENDPOINT", endpoint)
}

fn nobody() -> String {
    let free = std::net::TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port");
    format!("http://{free}")
}

#[test]
fn without_phoenix_rig_agent_prints_its_trees() {
    let ran = program(RIG_AGENT, &nobody()).run().well();
    for text in [
        "a scripted model answers",
        "! I looked: order 1042 is on its way.",
        "! I read: A refund reaches your account five days after the parcel has come back.",
        "├─ EMBEDDING embeddings",
        "AGENT answer",
        "├─ LLM chat",
        r#"out look_up_order({"order":"1042"})"#,
        "✗   there is no order 9999",
        "scripts/phoenix start",
    ] {
        assert!(ran.stdout.contains(text), "{text}: {}", ran.stdout);
    }
}

#[test]
fn without_phoenix_mcp_tools_prints_one_tree() {
    let ran = program(MCP_TOOLS, &nobody()).run().well();
    assert_eq!(ran.stdout.matches("\ntrace ").count(), 1, "{}", ran.stdout);
    for text in [
        "tools: look_up_order",
        "\nAGENT assistant",
        "├─ TOOL look_up_order",
        "│  └─ CHAIN serve look_up_order",
        "│     └─ CHAIN find",
        "✗   there is no order 9999",
        "scripts/phoenix start",
    ] {
        assert!(ran.stdout.contains(text), "{text}: {}", ran.stdout);
    }
}

fn text(span: &Span, key: &str) -> String {
    attributes(&span.attributes).get(key).map(|value| format!("{value:?}")).unwrap_or_default()
}

#[test]
fn a_collector_gets_every_span() {
    for (path, count) in [(RIG_AGENT, RIG_SPANS), (MCP_TOOLS, MCP_SPANS)] {
        let collector = Collector::start().answer_ok();
        let ran = program(path, &collector.url()).run().well();
        assert!(ran.stdout.contains(&format!("created {count}, exported {count}")), "{}", ran.stdout);
        let spans = collector.spans();
        assert_eq!(spans.len(), count);
        assert!(spans.iter().all(|span| !text(span, "openinference.span.kind").is_empty()));
        let children = spans.iter().filter(|span| !span.parent_span_id.is_empty());
        for child in children {
            assert!(spans.iter().any(|parent| parent.span_id == child.parent_span_id), "{child:?}");
        }
    }
}

#[test]
fn phoenix_has_the_conversation_of_rig_agent() {
    let Some(phoenix) = Phoenix::or_skip() else { return };
    let project = phoenix.project("rig-agent");
    let _ = program(RIG_AGENT, phoenix.url()).variable("PHOENIX_PROJECT_NAME", project.name()).run().well();
    let spans = project.spans(RIG_SPANS);
    assert_eq!(spans.len(), RIG_SPANS);
    let session = spans[0].attribute("session.id").as_str().expect("a session").to_owned();
    assert!(spans.iter().all(|span| *span.attribute("session.id") == session && *span.attribute("user.id") == "ada"));
    assert_eq!(project.session(&session)["numTraces"], 4);

    let agents: Vec<&Stored> = spans.iter().filter(|span| span.kind == "AGENT").collect();
    assert_eq!(agents.len(), 3);
    assert_eq!(*agents[0].attribute("input.value"), "Where is my order 1042?");
    assert_eq!(*agents[0].attribute("output.value"), "I looked: order 1042 is on its way.");
    let id = &agents[0].trace_id;
    assert!(phoenix.cost(id) > 0.0);
    let trace = phoenix.trace(id, 6);
    // Phoenix sums up what models used, and leaves out what embeddings did.
    let tokens = (80 + 12) + (160 + 12);
    assert_eq!(trace.span("answer")["cumulativeTokenCountTotal"].as_f64(), Some(f64::from(tokens)));
    for span in trace.spans.iter().filter(|span| span["spanKind"] == "llm") {
        assert!(span["costSummary"]["total"]["cost"].as_f64().is_some_and(|cost| cost > 0.0), "{span}");
        assert_eq!(span["attributes"]["llm"]["input_messages"][0]["message"]["role"], "system");
    }
    let tools: Vec<&Stored> = spans.iter().filter(|span| span.kind == "TOOL").collect();
    assert_eq!(tools.iter().map(|tool| &*tool.status).collect::<Vec<_>>(), ["UNSET", "ERROR"]);
    let exception = &tools[1].exception().expect("an exception")["attributes"];
    assert_eq!(exception["exception.message"], "there is no order 9999");
    assert_eq!(*tools[0].attribute("tool.parameters.order"), "1042");
}

#[test]
fn phoenix_has_one_trace_of_mcp_tools() {
    let Some(phoenix) = Phoenix::or_skip() else { return };
    let project = phoenix.project("mcp-tools");
    let _ = program(MCP_TOOLS, phoenix.url()).variable("PHOENIX_PROJECT_NAME", project.name()).run().well();
    let spans = project.spans(MCP_SPANS);
    let outline: Vec<_> = spans.iter().map(|span| (&*span.kind, &*span.name, &*span.status)).collect();
    let call = |status| [("TOOL", "look_up_order", status), ("CHAIN", "serve look_up_order", status)];
    let [found, served] = call("OK");
    let [missed, refused] = call("ERROR");
    let find = ("CHAIN", "find", "UNSET");
    assert_eq!(outline, [("AGENT", "assistant", "OK"), found, served, find, missed, refused, find]);
    for (child, parent) in [(1, 0), (2, 1), (3, 2), (4, 0), (5, 4), (6, 5)] {
        assert_eq!(spans[child].parent_id.as_ref(), Some(&spans[parent].id), "{child}");
    }
}

/// Its models answer what stands in `scripts/litellm.yaml`: `gpt-4o` never calls a tool.
#[test]
fn rig_agent_asks_litellm_and_phoenix_has_it() {
    let Some(litellm) = env::var("LITELLM_URL").ok().filter(|url| !url.is_empty()) else {
        let _ = writeln!(std::io::stderr().lock(), "rig_agent: skipped: LITELLM_URL is not set");
        return;
    };
    let ask = |endpoint: &str, project: &str| {
        program(RIG_AGENT, endpoint)
            .variable("PHOENIX_PROJECT_NAME", project)
            .variable("OPENAI_BASE_URL", format!("{}/v1", litellm.trim_end_matches('/')))
            .variable("OPENAI_API_KEY", env::var("OPENAI_API_KEY").unwrap_or_default())
            .run()
            .well()
    };
    let collector = Collector::start().answer_ok();
    let ran = ask(&collector.url(), "litellm");
    assert_eq!(ran.stdout.matches("! Order 1042 is on its way").count(), 3, "{ran:#?}");
    assert_eq!(collector.spans().iter().filter(|span| span.name == "chat").count(), 3);

    let Some(phoenix) = Phoenix::or_skip() else { return };
    let project = phoenix.project("rig-agent-litellm");
    ask(phoenix.url(), project.name());
    // Embeds three articles, then three times: the question and the answer.
    let spans = project.spans(4 + 3 * 3);
    for chat in spans.iter().filter(|span| span.kind == "LLM") {
        assert_eq!(*chat.attribute("llm.output_messages.0.message.role"), "assistant");
        assert!(phoenix.cost(&chat.trace_id) > 0.0);
    }
    assert_eq!(spans.iter().filter(|span| *span.attribute("llm.provider") == json!("openai")).count(), 3 + 3 * 2);
}
