use integration_tests::{Collector, Phoenix, Program};
use serde_json::json;

use crate::{
    real::LiteLlm,
    sent::{Sent, named, trace},
};

fn program(endpoint: &str) -> Program {
    Program::new(env!("CARGO_BIN_EXE_async_openai")).variable("PHOENIX_COLLECTOR_ENDPOINT", endpoint)
}

#[test]
fn every_call_has_its_request_and_its_response() {
    let collector = Collector::start().answer_ok();
    let ran = program(&collector.url()).run().well();
    assert!(ran.stdout.contains("! It is on its way.") && ran.stdout.contains("created 5, exported 5"), "{ran:#?}");

    let trace = trace(&collector);
    let spans =
        ["support_bot", "embed", "choose_tools", "look_up_order", "write_answer"].map(|name| named(&trace, name));
    let [agent, embed, choose, tool, write] = spans;
    assert_eq!(spans.map(Sent::kind), ["AGENT", "EMBEDDING", "LLM", "TOOL", "LLM"]);
    for span in spans {
        assert!(span.attribute("session.id").as_str().is_some_and(|id| id.starts_with("async-openai-")), "{span:#?}");
        assert_ne!(span.status(), 2, "{span:#?}");
    }
    for child in &spans[1..] {
        assert_eq!(child.span.parent_span_id, agent.span.span_id);
    }
    assert_eq!(*agent.attribute("input.value"), "Where is my order 1042?");
    assert_eq!(*agent.attribute("output.value"), "It is on its way.");

    assert_eq!(*embed.attribute("embedding.model_name"), "text-embedding-3-small");
    assert_eq!(*embed.attribute("embedding.embeddings.0.embedding.text"), "Where is my order 1042?");
    let vector = embed.attribute("embedding.embeddings.3.embedding.vector").as_array().map(Vec::len);
    assert_eq!(vector, Some(8), "{embed:#?}");

    assert_eq!(*choose.attribute("llm.model_name"), "gpt-4o-mini");
    let call = "llm.output_messages.0.message.tool_calls.0.tool_call";
    assert_eq!(*choose.attribute(&format!("{call}.function.name")), "look_up_order");
    assert_eq!(*choose.attribute(&format!("{call}.function.arguments")), r#"{"order":"1042"}"#);
    assert!(choose.attribute("llm.tools.0.tool.json_schema").as_str().is_some_and(|tool| tool.contains("order")));
    assert_eq!(*tool.attribute("input.value"), r#"{"order":"1042"}"#);
    assert_eq!(
        (tool.attribute("tool.name"), tool.attribute("output.value")),
        (&json!("look_up_order"), &json!("on its way"))
    );

    assert_eq!(*write.attribute("llm.input_messages.2.message.tool_calls.0.tool_call.id"), "call_1");
    assert_eq!(*write.attribute("llm.input_messages.3.message.tool_call_id"), "call_1");
    assert_eq!(*write.attribute("llm.output_messages.0.message.content"), "It is on its way.");
    let parameters = write.attribute("llm.invocation_parameters").as_str().expect("parameters");
    assert!(parameters.contains(r#""temperature":0.2"#), "{parameters}");
    for model in [choose, write] {
        let tokens = |part: &str| model.attribute(&format!("llm.token_count.{part}")).as_i64();
        assert!(tokens("completion") > Some(0), "{model:#?}");
        assert_eq!(tokens("total"), Some(tokens("prompt").unwrap_or(0) + tokens("completion").unwrap_or(0)));
    }
    // Six chunks and more, twenty milliseconds each.
    assert!(write.ended().duration_since(write.began()).expect("in order").as_millis() >= 100, "{write:#?}");
}

#[test]
fn with_litellm_its_calls_are_in_phoenix() {
    let Some(phoenix) = Phoenix::or_skip() else { return };
    let Some(litellm) = LiteLlm::or_skip() else { return };
    let project = phoenix.project("async-openai");
    let [(url, at), (key, secret)] = litellm.variables();
    let program = program(phoenix.url()).variable("PHOENIX_PROJECT_NAME", project.name());
    let ran = program.variable(url, at).variable(key, secret).run().well();
    assert!(
        ran.stdout.contains("! Order 1042 is on its way") && ran.stdout.contains("created 5, exported 5"),
        "{ran:#?}"
    );

    let spans = project.spans(5);
    assert_eq!(spans.len(), 5);
    let trace = phoenix.trace(&spans[0].trace_id, 5);
    let kinds = [
        ("support_bot", "agent"),
        ("embed", "embedding"),
        ("choose_tools", "llm"),
        ("look_up_order", "tool"),
        ("write_answer", "llm"),
    ];
    for (name, kind) in kinds {
        assert_eq!(trace.span(name)["spanKind"], kind, "{name}");
    }
    assert_eq!((&trace.summary["errorCount"], &trace.summary["userId"]), (&json!(0), &json!("ada")));
    let choose = trace.span("choose_tools");
    let call = &choose["attributes"]["llm"]["output_messages"][0]["message"]["tool_calls"][0]["tool_call"];
    assert_eq!(call["function"]["name"], "look_up_order");
    assert_eq!(call["function"]["arguments"], r#"{"order":"1042"}"#);
    assert_eq!(choose["tokenCountTotal"].as_f64(), Some(78.0));
    assert_eq!(trace.span("look_up_order")["input"]["value"], r#"{"order":"1042"}"#);

    let write = trace.span("write_answer");
    let messages = &write["attributes"]["llm"]["input_messages"];
    assert_eq!(messages[3]["message"]["tool_call_id"], call["id"]);
    let answer = write["attributes"]["llm"]["output_messages"][0]["message"]["content"].as_str().expect("an answer");
    assert!(answer.starts_with("Order 1042 is on its way"), "{answer}");
    assert!(write["tokenCountPrompt"].as_f64() > Some(0.0), "{write}");

    // gpt-4o-mini: $0.15 and $0.60 for a million tokens; gpt-4o: $2.50 and $10.
    let total = write["tokenCountTotal"].as_f64().unwrap_or_default();
    let prompt = write["tokenCountPrompt"].as_f64().unwrap_or_default();
    let dollars = 61.0 * 0.15e-6 + 17.0 * 0.6e-6 + prompt * 2.5e-6 + (total - prompt) * 1e-5;
    let stored = integration_tests::phoenix::poll("cost of both models", || {
        let cost = phoenix.cost(&spans[0].trace_id);
        if (cost - dollars).abs() < 1e-9 { Ok(cost) } else { Err((cost, dollars)) }
    });
    assert!(stored > 0.0);
}
