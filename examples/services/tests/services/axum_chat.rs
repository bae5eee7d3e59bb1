use std::{
    collections::BTreeSet,
    net::TcpListener,
    thread,
    time::{Duration, Instant},
};

use integration_tests::Collector;

use crate::{
    chat_client::{Chat, agent},
    sent::{Sent, named, trace, traces},
    service::Service,
};

const PROGRAM: &str = env!("CARGO_BIN_EXE_axum_chat");

fn service(collector: &Collector) -> Service {
    Service::start(PROGRAM, &[("PHOENIX_COLLECTOR_ENDPOINT", &collector.url())])
}

/// Ends the service well, with this many spans sent and none lost.
fn end(service: Service, spans: usize) {
    service.terminate();
    let said = service.ended();
    assert!(said.contains(&format!("exported {spans}, rejected 0")) && said.contains("pending 0"), "{said}");
}

/// The request, the search below it, the call of the model below it.
fn the_tree_is_right(trace: &[Sent]) -> [&Sent; 3] {
    assert_eq!(trace.len(), 3, "{trace:#?}");
    let spans = ["POST /chat", "search", "chat"].map(|name| named(trace, name));
    assert_eq!(spans.map(Sent::kind), ["CHAIN", "RETRIEVER", "LLM"]);
    for child in &spans[1..] {
        assert_eq!(child.span.parent_span_id, spans[0].span.span_id);
    }
    spans
}

#[test]
fn a_chat_is_one_trace_that_lasts_as_long_as_its_stream() {
    let collector = Collector::start().answer_ok();
    let service = service(&collector);
    let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let chat = Chat::ask(service.url(), "s-1", "Where is it?", Some(parent)).read();
    assert_eq!(chat.text, "You asked: Where is it? Here is what I know.");
    end(service, 3);

    let trace = trace(&collector);
    let [request, search, model] = the_tree_is_right(&trace);
    assert_eq!(request.span.trace_id, 0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c_u128.to_be_bytes());
    assert_eq!(request.span.parent_span_id, 0xb7ad_6b71_6920_3331_u64.to_be_bytes());
    assert_eq!(*request.attribute("http.response.status_code"), 200);
    for span in [request, search, model] {
        assert_eq!((span.attribute("session.id"), span.attribute("user.id")), (&"s-1".into(), &"ada".into()));
        assert_eq!(span.status(), 1, "{span:#?}");
    }
    assert_eq!(*request.attribute("input.value"), "Where is it?");
    assert_eq!(*request.attribute("output.value"), chat.text);
    assert_eq!(*search.attribute("input.value"), "Where is it?");
    assert_eq!(*search.attribute("retrieval.documents.1.document.score"), 0.71);

    assert_eq!(*model.attribute("llm.model_name"), "gpt-4o");
    assert_eq!(*model.attribute("llm.input_messages.0.message.role"), "system");
    assert_eq!(*model.attribute("llm.input_messages.1.message.content"), "Where is it?");
    assert_eq!(*model.attribute("llm.output_messages.0.message.content"), chat.text);
    assert_eq!(*model.attribute("llm.finish_reason"), "stop");
    assert!(model.attribute("llm.token_count.completion").as_i64() > Some(0), "{model:#?}");
    // Twelve chunks, twenty milliseconds each.
    for span in [request, model] {
        assert!(
            span.ended().duration_since(span.began()).expect("in order") >= Duration::from_millis(200),
            "{span:#?}"
        );
        assert!(span.ended() >= chat.first.expect("words came"), "{span:#?}");
    }
    assert!(model.span.events.iter().any(|event| event.name == "First Token Stream Event"));
}

#[test]
fn asking_whether_it_is_well_makes_no_trace() {
    let collector = Collector::start().answer_ok();
    let service = service(&collector);
    for _ in 0..3 {
        let health = agent().get(format!("{}/health", service.url())).call().expect("it answers");
        assert_eq!(health.status().as_u16(), 200);
    }
    Chat::ask(service.url(), "s-1", "Hello?", None).read();
    end(service, 3);
    assert_eq!(collector.spans().len(), 3);
}

#[test]
fn fifty_chats_at_once_are_fifty_traces() {
    let collector = Collector::start().answer_ok();
    let service = service(&collector);
    let url = service.url();
    let questions: BTreeSet<String> = (0..50).map(|number| format!("Question {number}?")).collect();
    thread::scope(|scope| {
        for question in &questions {
            scope.spawn(move || {
                let chat = Chat::ask(url, &format!("session of {question}"), question, None).read();
                assert_eq!(chat.text, format!("You asked: {question} Here is what I know."));
            });
        }
    });
    end(service, 150);

    let mut asked = BTreeSet::new();
    for trace in traces(&collector).into_values() {
        let [request, search, model] = the_tree_is_right(&trace);
        let question = request.attribute("input.value").as_str().expect("a question");
        assert_eq!(*search.attribute("input.value"), question);
        assert_eq!(*model.attribute("llm.input_messages.1.message.content"), question);
        let answer = format!("You asked: {question} Here is what I know.");
        assert_eq!(*model.attribute("llm.output_messages.0.message.content"), answer);
        for span in [request, search, model] {
            assert_eq!(*span.attribute("session.id"), format!("session of {question}"));
        }
        asked.insert(question.to_owned());
    }
    assert_eq!(asked, questions);
}

#[test]
fn a_sigterm_in_the_middle_of_streams_loses_nothing() {
    let collector = Collector::start().answer_ok();
    let service = service(&collector);
    let begun: Vec<Chat> =
        (0..10).map(|number| Chat::ask(service.url(), "s-1", &format!("{number}?"), None).begin()).collect();
    service.terminate();
    thread::scope(|scope| {
        for chat in begun {
            scope.spawn(move || {
                let chat = chat.read();
                assert!(chat.text.ends_with("Here is what I know."), "{}", chat.text);
            });
        }
    });
    let said = service.ended();
    assert!(said.contains("created 30, exported 30, rejected 0, dropped 0, pending 0"), "{said}");

    let traces = traces(&collector);
    assert_eq!(traces.len(), 10);
    for trace in traces.values() {
        for span in the_tree_is_right(trace) {
            assert_eq!(span.status(), 1, "whole, not cut: {span:#?}");
        }
    }
}

#[test]
fn streams_that_outlast_the_grace_are_sent_as_unfinished() {
    let collector = Collector::start().answer_ok();
    let variables = [("PHOENIX_COLLECTOR_ENDPOINT", &*collector.url()), ("GRACE_SECONDS", "0")];
    let service = Service::start(PROGRAM, &variables);
    let long = "word ".repeat(500);
    let begun: Vec<Chat> = (0..3).map(|_| Chat::ask(service.url(), "s-1", &long, None).begin()).collect();
    end(service, 9);
    drop(begun);
    for trace in traces(&collector).values() {
        let [request, search, model] = the_tree_is_right(trace);
        for open in [request, model] {
            assert_eq!(*open.attribute("tracing_openinference.unfinished"), true, "{open:#?}");
        }
        assert_eq!(*search.attribute("tracing_openinference.unfinished"), serde_json::Value::Null);
        assert_eq!(*request.attribute("input.value"), long);
    }
}

#[test]
fn a_reader_who_goes_away_leaves_what_was_streamed() {
    let collector = Collector::start().answer_ok();
    let service = service(&collector);
    let long = "word ".repeat(200);
    drop(Chat::ask(service.url(), "s-1", &long, None).begin());
    // The service notices when it cannot write; the whole answer would take four seconds.
    let spans = collector.await_spans(3);
    assert_eq!(spans.len(), 3);
    let trace = trace(&collector);
    let [request, _, model] = the_tree_is_right(&trace);
    assert_eq!(*model.attribute("tracing_openinference.stream.end"), "dropped");
    let answer = model.attribute("llm.output_messages.0.message.content").as_str().expect("a part of it");
    assert!(answer.starts_with("You ") && !answer.ends_with("know."), "{answer}");
    assert!(model.ended().duration_since(model.began()).expect("in order") < Duration::from_secs(4));
    assert_eq!(*request.attribute("output.value"), answer);
    end(service, 3);
}

#[test]
fn a_model_that_is_not_there_is_an_error_of_the_request() {
    let collector = Collector::start().answer_ok();
    let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port");
    let upstream = format!("http://{free}/v1");
    let variables = [("PHOENIX_COLLECTOR_ENDPOINT", &*collector.url()), ("OPENAI_BASE_URL", &*upstream)];
    let service = Service::start(PROGRAM, &variables);
    let began = Instant::now();
    let question = serde_json::json!({ "session": "s-1", "user": "ada", "message": "Hello?" });
    let answer = agent().post(format!("{}/chat", service.url())).send_json(question).expect("it answers");
    assert_eq!(answer.status().as_u16(), 502, "after {:?}", began.elapsed());
    end(service, 3);
    let trace = trace(&collector);
    let [request, search, model] = the_tree_is_right(&trace);
    assert_eq!([request, search, model].map(Sent::status), [2, 1, 2]);
    assert_eq!(*request.attribute("http.response.status_code"), 502);
    assert!(model.span.events.iter().any(|event| event.name == "exception"), "{model:#?}");
}
