//! The same applications as a real Phoenix has them. Runs when `PHOENIX_URL` is set:
//!
//! ```sh
//! scripts/phoenix start
//! PHOENIX_URL=http://127.0.0.1:6006 cargo test -p framework-tests phoenix
//! ```

use framework_tests::{Reply, send};
use integration_tests::Phoenix;
use integration_tests::phoenix::{Project, Stored, Trace};
use serde_json::{Value, json};

use crate::genai_spans::with_content;
use crate::replies::{ANSWER, answer, calls};
use crate::{genai_app, rig_app, rmcp_app};

/// Tokens of both turns, each once.
const TOKENS: f64 = 280.0;

/// gpt-4o: a million tokens in cost $2.50, out of the cache half of that, and a million tokens out $10.
const DOLLARS: f64 = (100.0 + 100.0) * 2.5e-6 + 50.0 * 1.25e-6 + (20.0 + 10.0) * 1e-5;

/// The project's only trace, which has so many spans, none of which says anything in the words of OpenTelemetry.
fn only_trace(phoenix: &Phoenix, project: &Project, count: usize) -> (Vec<Stored>, Trace) {
    let spans = project.spans(count);
    assert_eq!(spans.len(), count, "{spans:#?}");
    assert!(spans.iter().all(|span| span.trace_id == spans[0].trace_id), "{spans:#?}");
    let foreign = |span: &Stored| span.attributes.keys().any(|key| key.starts_with("gen_ai"));
    assert!(!spans.iter().any(foreign), "{spans:#?}");
    let trace = phoenix.trace(&spans[0].trace_id, count);
    (spans, trace)
}

fn outline(spans: &[Stored]) -> Vec<(&str, &str, &str)> {
    spans.iter().map(|span| (&*span.kind, &*span.name, &*span.status)).collect()
}

/// What the pages of Phoenix show of an agent that asked, called two tools and asked again.
fn the_conversation_is_there(phoenix: &Phoenix, project: &Project, names: [&str; 3]) {
    let (spans, trace) = only_trace(phoenix, project, 5);
    let [agent, chat, tool] = names;
    let shape = [("AGENT", agent), ("LLM", chat), ("TOOL", tool), ("TOOL", tool), ("LLM", chat)];
    assert_eq!(spans.iter().map(|span| (&*span.kind, &*span.name)).collect::<Vec<_>>(), shape);
    assert!(spans[1..].iter().all(|span| span.parent_id.as_ref() == Some(&spans[0].id)));
    the_messages_are_there(&spans[1], &spans[4]);
    for (tool, id, city) in [(&spans[2], "call_1", "Paris"), (&spans[3], "call_2", "Rome")] {
        assert_eq!((tool.attribute("tool.name"), tool.attribute("tool.id")), (&json!("weather"), &json!(id)));
        assert_eq!(*tool.attribute("input.value"), json!({ "city": city }).to_string());
        assert_eq!(*tool.attribute("output.value"), format!("18 °C in {city}"));
    }
    let cost = phoenix.cost(&spans[0].trace_id);
    assert!((cost - DOLLARS).abs() < 1e-9, "{cost} is not {DOLLARS}");
    for span in &phoenix.trace(&spans[0].trace_id, 5).spans {
        assert_eq!(
            span["costSummary"]["total"]["cost"].as_f64().is_some_and(|cost| cost > 0.0),
            span["spanKind"] == "llm"
        );
    }
    let root = trace.spans.iter().find(|span| span["parentId"].is_null()).expect("a root");
    assert_eq!(root["cumulativeTokenCountTotal"].as_f64(), Some(TOKENS));
    assert_eq!(project.summary()["tokenCountTotal"].as_f64(), Some(TOKENS));
    assert_eq!(trace.summary["errorCount"], 0);
}

fn the_messages_are_there(first: &Stored, second: &Stored) {
    let call = |list: &str, index: usize, field: &str| {
        let key = format!("{list}.message.tool_calls.{index}.tool_call.{field}");
        move |span: &Stored| span.attribute(&key).clone()
    };
    for (index, id, city) in [(0, "call_1", "Paris"), (1, "call_2", "Rome")] {
        for (span, list) in [(first, "llm.output_messages.0"), (second, "llm.input_messages.2")] {
            assert_eq!(call(list, index, "id")(span), id);
            assert_eq!(call(list, index, "function.name")(span), "weather");
            assert_eq!(call(list, index, "function.arguments")(span), json!({ "city": city }).to_string());
        }
        let result = |field: &str| second.attribute(&format!("llm.input_messages.{}.message.{field}", 3 + index));
        assert_eq!((result("role"), result("tool_call_id")), (&json!("tool"), &json!(id)));
        assert_eq!(*result("content"), format!("18 °C in {city}"));
    }
    let input = |index: usize, field: &str| second.attribute(&format!("llm.input_messages.{index}.message.{field}"));
    assert_eq!((input(0, "role"), input(0, "content")), (&json!("system"), &json!("Be brief.")));
    assert_eq!((input(1, "role"), input(1, "content")), (&json!("user"), &json!("How is the weather?")));
    assert_eq!(*input(5, "role"), Value::Null);
    assert_eq!(*second.attribute("llm.output_messages.0.message.content"), ANSWER);
    assert_eq!(*second.attribute("llm.token_count.prompt"), 150);
    assert_eq!(*second.attribute("llm.token_count.prompt_details.cache_read"), 50);
    assert_eq!(*second.attribute("llm.token_count.completion_details.reasoning"), 4);
}

#[test]
fn a_run_of_rig_is_there_with_its_tokens_counted_once() {
    let Some(phoenix) = Phoenix::or_skip() else { return };
    let project = phoenix.project("rig");
    send(&phoenix, &project, [calls(), answer()], rig_app::agent);
    the_conversation_is_there(&phoenix, &project, ["invoke_agent", "chat", "execute_tool"]);
    let root = project.span("invoke_agent");
    assert_eq!(*root.attribute("input.value"), "How is the weather?");
    assert_eq!(*root.attribute("output.value"), ANSWER);
}

#[test]
fn a_stream_of_rig_is_there() {
    let Some(phoenix) = Phoenix::or_skip() else { return };
    let project = phoenix.project("rig-stream");
    send(&phoenix, &project, [calls(), answer()], rig_app::stream);
    the_conversation_is_there(&phoenix, &project, ["invoke_agent", "chat", "execute_tool"]);
}

#[test]
fn a_run_of_rig_inside_a_request_is_there() {
    let Some(phoenix) = Phoenix::or_skip() else { return };
    let project = phoenix.project("rig-request");
    send(&phoenix, &project, [calls(), answer()], rig_app::request);
    the_conversation_is_there(&phoenix, &project, ["handle_request", "chat", "execute_tool"]);
}

#[test]
fn errors_of_rig_are_red() {
    let Some(phoenix) = Phoenix::or_skip() else { return };
    let project = phoenix.project("rig-refused");
    send(&phoenix, &project, [Reply::error(429, "go away")], rig_app::request);
    let (spans, trace) = only_trace(&phoenix, &project, 2);
    assert_eq!(outline(&spans), [("AGENT", "handle_request", "ERROR"), ("LLM", "chat", "ERROR")]);
    let message =
        |span: &Stored| span.exception().expect("an exception")["attributes"]["exception.message"].to_string();
    assert!(message(&spans[0]).contains("429 Too Many Requests"), "{spans:#?}");
    assert!(message(&spans[1]).contains("the model did not answer"), "{spans:#?}");
    assert_eq!(trace.summary["errorCount"], 2);

    let project = phoenix.project("rig-tool");
    let charge = Reply::calls([("call_1", "charge", json!({ "cents": 100 }))]);
    send(&phoenix, &project, [charge, Reply::text("Sorry.")], rig_app::agent);
    let (spans, trace) = only_trace(&phoenix, &project, 4);
    let shape = [
        ("AGENT", "invoke_agent", "UNSET"),
        ("LLM", "chat", "UNSET"),
        ("TOOL", "execute_tool", "ERROR"),
        ("LLM", "chat", "UNSET"),
    ];
    assert_eq!(outline(&spans), shape);
    assert_eq!(message(&spans[2]), r#""the bank did not take 100""#);
    assert_eq!(trace.summary["errorCount"], 1);
}

#[test]
fn documents_and_embeddings_of_rig_are_there() {
    let Some(phoenix) = Phoenix::or_skip() else { return };
    let project = phoenix.project("rig-rag");
    send(&phoenix, &project, [answer()], rig_app::rag);
    let spans = project.spans(4);
    let shape = [
        ("EMBEDDING", "embeddings", "UNSET"),
        ("AGENT", "invoke_agent", "UNSET"),
        ("EMBEDDING", "embeddings", "UNSET"),
        ("LLM", "chat", "UNSET"),
    ];
    assert_eq!(outline(&spans), shape);
    assert_eq!(*spans[2].attribute("embedding.model_name"), "text-embedding-3-small");
    let contents = "llm.input_messages.0.message.contents";
    let text = |index| spans[3].attribute(&format!("{contents}.{index}.message_content.text"));
    assert!(text(0).as_str().is_some_and(|text| text.contains("A refund takes five days.")), "{spans:#?}");
    assert_eq!(*text(1), "When do I get my refund?");
}

#[test]
fn an_agent_of_genai_is_there() {
    let Some(phoenix) = Phoenix::or_skip() else { return };
    with_content("phoenix::an_agent_of_genai_is_there", || {
        let project = phoenix.project("genai");
        send(&phoenix, &project, [calls(), answer()], genai_app::tools);
        let names = ["invoke_agent assistant", "chat gpt-4o", "execute_tool weather"];
        the_conversation_is_there(&phoenix, &project, names);
        let schema = project.spans(5)[1].attribute("llm.tools.0.tool.json_schema").clone();
        assert!(schema.as_str().is_some_and(|schema| schema.contains(r#""required":["city"]"#)), "{schema}");
    });
}

#[test]
fn streams_and_errors_of_genai_are_there() {
    let Some(phoenix) = Phoenix::or_skip() else { return };
    with_content("phoenix::streams_and_errors_of_genai_are_there", || {
        let project = phoenix.project("genai-stream");
        send(&phoenix, &project, [answer()], genai_app::stream);
        let (spans, _) = only_trace(&phoenix, &project, 1);
        assert_eq!(*spans[0].attribute("llm.output_messages.0.message.content"), ANSWER);
        assert_eq!(*spans[0].attribute("llm.finish_reason"), "stop");
        assert!(phoenix.cost(&spans[0].trace_id) > 0.0);

        let project = phoenix.project("genai-refused");
        send(&phoenix, &project, [Reply::error(429, "go away")], genai_app::failing_chat);
        let (spans, trace) = only_trace(&phoenix, &project, 1);
        assert_eq!(outline(&spans), [("LLM", "chat gpt-4o", "ERROR")]);
        assert_eq!(spans[0].exception().expect("an exception")["attributes"]["exception.type"], "429");
        assert_eq!(trace.summary["errorCount"], 1);
    });
}

#[test]
fn calls_over_rmcp_are_one_trace() {
    let Some(phoenix) = Phoenix::or_skip() else { return };
    let project = phoenix.project("rmcp");
    send(&phoenix, &project, [], rmcp_app::divide);
    // One for each end of the connection.
    let spans = project.spans(9);
    let agent = project.span("mathematician");
    let in_trace: Vec<_> = spans.into_iter().filter(|span| span.trace_id == agent.trace_id).collect();
    let (client, server) = (("TOOL", "divide"), ("CHAIN", "serve divide"));
    let shape: Vec<_> = in_trace[1..].iter().map(|span| (&*span.kind, &*span.name)).collect();
    assert_eq!(shape, [client, server, client, server, client, server]);
    for pair in in_trace[1..].chunks(2) {
        assert_eq!(pair[0].parent_id.as_ref(), Some(&agent.id));
        assert_eq!(pair[1].parent_id.as_ref(), Some(&pair[0].id));
        assert_eq!(pair[0].status, pair[1].status);
    }
    assert_eq!(phoenix.trace(&agent.trace_id, 7).summary["errorCount"], 4);
}
