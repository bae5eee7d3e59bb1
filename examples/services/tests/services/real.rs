//! With a real LiteLLM in front and a real Phoenix behind.

use std::{collections::BTreeSet, io::Write, thread};

use integration_tests::{
    Phoenix,
    phoenix::{Stored, unique},
};
use serde_json::json;

use crate::{chat_client::Chat, service::Service};

/// What `scripts/litellm.yaml` has the model say.
const ANSWER: &str = "Order 1042 is on its way: it left Rotterdam this morning and arrives on Friday before noon.";

/// What the OpenAI client of an example is told, so that it asks LiteLLM.
pub(crate) struct LiteLlm {
    url: String,
    key: String,
}

impl LiteLlm {
    /// The one that the environment names. Without one it says that the test is skipped, and the test returns.
    pub(crate) fn or_skip() -> Option<Self> {
        let variable = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        let Some(url) = variable("LITELLM_URL") else {
            let test = thread::current().name().unwrap_or("a test").to_owned();
            let _ = writeln!(std::io::stderr().lock(), "{test}: skipped: LITELLM_URL is not set");
            return None;
        };
        let key = variable("OPENAI_API_KEY").expect("LITELLM_URL needs OPENAI_API_KEY, as scripts/litellm prints it");
        Some(Self { url: format!("{}/v1", url.trim_end_matches('/')), key })
    }

    pub(crate) fn variables(&self) -> [(&str, &str); 2] {
        [("OPENAI_BASE_URL", &self.url), ("OPENAI_API_KEY", &self.key)]
    }
}

fn chat_service(litellm: &LiteLlm, phoenix: &Phoenix, project: &str) -> Service {
    let [url, key] = litellm.variables();
    let to = [("PHOENIX_COLLECTOR_ENDPOINT", phoenix.url()), ("PHOENIX_PROJECT_NAME", project), url, key];
    Service::start(env!("CARGO_BIN_EXE_axum_chat"), &to)
}

fn named<'a>(spans: &'a [Stored], name: &str) -> &'a Stored {
    let named: Vec<_> = spans.iter().filter(|span| span.name == name).collect();
    assert_eq!(named.len(), 1, "spans named {name} in {spans:#?}");
    named[0]
}

#[test]
fn a_streamed_chat_is_in_phoenix() {
    let Some(phoenix) = Phoenix::or_skip() else { return };
    let Some(litellm) = LiteLlm::or_skip() else { return };
    let project = phoenix.project("axum-chat");
    let service = chat_service(&litellm, &phoenix, project.name());
    let session = unique("session");
    let chat = Chat::ask(service.url(), &session, "Where is order 1042?", None).read();
    assert_eq!(chat.text, ANSWER);
    service.terminate();
    let said = service.ended();
    assert!(said.contains("created 3, exported 3"), "{said}");

    let spans = project.spans(3);
    let model = named(&spans, "chat");
    assert_eq!((&*model.kind, &*model.status), ("LLM", "OK"));
    assert_eq!(*model.attribute("llm.model_name"), "gpt-4o");
    assert_eq!(*model.attribute("llm.input_messages.1.message.content"), "Where is order 1042?");
    assert_eq!(*model.attribute("llm.output_messages.0.message.content"), ANSWER);
    assert_eq!(*model.attribute("llm.finish_reason"), "stop");

    let trace = phoenix.trace(&model.trace_id, 3);
    assert_eq!(trace.summary["rootSpan"]["name"], "POST /chat");
    assert_eq!(trace.summary["session"]["sessionId"], session);
    let prompt = model.attribute("llm.token_count.prompt").as_f64().expect("counted by LiteLLM");
    let completion = model.attribute("llm.token_count.completion").as_f64().expect("counted by LiteLLM");
    // gpt-4o: $2.50 for a million tokens in, $10 for a million out.
    let dollars = prompt * 2.5e-6 + completion * 1e-5;
    let cost = phoenix.cost(&model.trace_id);
    assert!(completion > 0.0 && (cost - dollars).abs() < 1e-9, "{cost} is not {dollars}");

    // Both spans last at least from the first word to the last.
    let streamed = chat.last.expect("words").duration_since(chat.first.expect("words")).expect("in order");
    for name in ["POST /chat", "chat"] {
        let latency = trace.span(name)["latencyMs"].as_f64().expect("milliseconds");
        assert!(latency >= streamed.as_secs_f64() * 1e3, "{name}: {latency} ms, streamed for {streamed:?}");
    }
    let shown = project.session(&session);
    assert_eq!((&shown["numTraces"], &shown["userId"]), (&json!(1), &json!("ada")));
    assert_eq!(shown["firstInput"]["value"], "Where is order 1042?");
    assert_eq!(shown["lastOutput"]["value"], ANSWER);
}

#[test]
fn fifty_chats_at_once_are_fifty_traces_in_phoenix() {
    let Some(phoenix) = Phoenix::or_skip() else { return };
    let Some(litellm) = LiteLlm::or_skip() else { return };
    let project = phoenix.project("axum-chats");
    let service = chat_service(&litellm, &phoenix, project.name());
    let (url, run) = (service.url(), unique("run"));
    thread::scope(|scope| {
        for number in 0..50 {
            let run = &run;
            scope.spawn(move || {
                let chat = Chat::ask(url, &format!("{run}-{number}"), &format!("{number}?"), None).read();
                assert_eq!(chat.text, ANSWER);
            });
        }
    });
    service.terminate();
    let said = service.ended();
    assert!(said.contains("created 150, exported 150"), "{said}");

    let spans = project.spans(150);
    assert_eq!(spans.len(), 150);
    let traces: BTreeSet<_> = spans.iter().map(|span| &span.trace_id).collect();
    assert_eq!(traces.len(), 50);
    let mut asked = BTreeSet::new();
    for id in traces {
        let trace: Vec<Stored> = spans.iter().filter(|span| span.trace_id == *id).cloned().collect();
        let [request, search, model] = ["POST /chat", "search", "chat"].map(|name| named(&trace, name));
        let question = request.attribute("input.value").as_str().expect("a question");
        assert_eq!(*search.attribute("input.value"), question);
        assert_eq!(*model.attribute("llm.input_messages.1.message.content"), question);
        assert_eq!(*model.attribute("llm.output_messages.0.message.content"), ANSWER);
        for span in [request, search, model] {
            let number = question.trim_end_matches('?');
            assert_eq!(*span.attribute("session.id"), format!("{run}-{number}"));
        }
        asked.insert(question.to_owned());
    }
    assert_eq!(asked.len(), 50);
    assert_eq!(project.summary()["sessionCount"], 50);
}
