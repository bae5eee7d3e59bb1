//! Streams of a provider's chunks.

use std::io;

use opentelemetry::trace::Status;
use serde_json::{Value, json};
use tracing_openinference::{LlmOutput, OpenInferenceSpanExt, OpenInferenceStreamExt, TraceConfig, llm_span};

use crate::source::{collect, next, ready};
use crate::{alone, named, text};

fn chunk(text: &str) -> Value {
    json!({ "model": "gpt-4o-2024-08-06", "choices": [{ "index": 0, "delta": { "content": text }, "finish_reason": null }] })
}

fn last() -> Value {
    json!({
        "model": "gpt-4o-2024-08-06",
        "choices": [{ "index": 0, "delta": {}, "finish_reason": "stop" }],
        "usage": { "prompt_tokens": 9, "completion_tokens": 2, "total_tokens": 11 },
    })
}

fn whole(text: &str) -> Value {
    let message = json!({ "role": "assistant", "content": text });
    let choice = json!({ "index": 0, "message": message, "finish_reason": "stop" });
    json!({ "model": "gpt-4o-2024-08-06", "choices": [choice], "usage": last()["usage"] })
}

#[test]
fn a_stream_of_chunks_says_what_the_whole_response_says() {
    let spans = alone(TraceConfig::new(), async {
        let chunks = [chunk("18 "), chunk("°C"), last()];
        let items: Vec<Result<Value, io::Error>> =
            collect(ready(chunks.map(Ok)).trace_llm_chunks(llm_span!("stream"))).await;
        assert_eq!(items.len(), 3);
        llm_span!("whole").set_llm_response(&whole("18 °C"));
    });
    let attributes = |name: &str| {
        let json = |value: String| serde_json::from_str::<Value>(&value).unwrap_or(Value::String(value));
        let all = named(&spans, name).attributes.iter();
        let mut all: Vec<_> = all.map(|kv| (kv.key.to_string(), json(kv.value.to_string()))).collect();
        // The time to the first chunk, and the role that these chunks leave out.
        all.retain(|(key, _)| key != "metadata" && key != "output.value");
        all.sort_by(|a, b| a.0.cmp(&b.0));
        all
    };
    assert_eq!(attributes("stream"), attributes("whole"));
    let output: Value = serde_json::from_str(&text(named(&spans, "stream"), "output.value").unwrap()).unwrap();
    assert_eq!(output["choices"][0]["message"]["content"], "18 °C");
    assert_eq!(named(&spans, "stream").status, Status::Ok);
}

#[test]
fn errors_and_an_early_drop_write_what_came() {
    let spans = alone(TraceConfig::new(), async {
        let broken = [Ok(chunk("par")), Err(io::Error::other("connection reset"))];
        collect(ready(broken).trace_llm_chunks(llm_span!("broken"))).await;
        let refused = [chunk("par"), json!({ "error": { "type": "server_error", "message": "Oh" } })];
        collect(ready(refused).trace_llm_chunks(llm_span!("refused"))).await;
        let mut dropped = ready([chunk("par"), chunk("tial")]).trace_llm_chunks(llm_span!("dropped"));
        next(&mut dropped).await;
    });
    for (name, status) in [
        ("broken", Status::error("Error: connection reset")),
        ("refused", Status::error("server_error: Oh")),
        ("dropped", Status::Unset),
    ] {
        let span = named(&spans, name);
        assert_eq!(text(span, "llm.output_messages.0.message.content").as_deref(), Some("par"), "{name}");
        assert_eq!(text(span, "llm.model_name").as_deref(), Some("gpt-4o-2024-08-06"), "{name}");
        assert_eq!(span.status, status, "{name}");
        let exceptions = span.events.iter().filter(|event| event.name == "exception").count();
        assert_eq!(exceptions, usize::from(name != "dropped"), "{name}");
    }
}

#[test]
fn of_hidden_chunks_only_what_is_not_content_is_kept() {
    let config = TraceConfig::new().hide_outputs(true);
    let spans = alone(config, async {
        let fold = |output: &mut LlmOutput, chunk: &Value| {
            output.push_chunk(chunk);
            assert!(!format!("{output:?}").contains("secret"), "{output:?}");
        };
        collect(ready([chunk("secret"), last()]).trace_llm(llm_span!("chat"), fold)).await;
    });
    let span = named(&spans, "chat");
    assert_eq!(text(span, "tracing_openinference.stream.fold_panicked"), None);
    assert_eq!(text(span, "output.value").as_deref(), Some("__REDACTED__"));
    assert_eq!(text(span, "llm.finish_reason").as_deref(), Some("stop"));
    assert!(!span.attributes.iter().any(|kv| kv.key.as_str().starts_with("llm.output_messages")));
    let spans = alone(TraceConfig::new().hide_output_text(true), async {
        collect(ready([chunk("secret"), last()]).trace_llm_chunks(llm_span!("chat"))).await;
    });
    assert!(!format!("{spans:?}").contains("secret"), "{spans:?}");
    assert_eq!(text(named(&spans, "chat"), "llm.output_messages.0.message.role").as_deref(), Some("assistant"));
}

#[test]
fn what_a_closure_sets_replaces_what_the_chunks_say() {
    let spans = alone(TraceConfig::new(), async {
        let fold = |output: &mut LlmOutput, chunk: &Value| {
            output.push_chunk(chunk);
            output.set_output("mine");
            output.set_finish_reason("mine");
        };
        let items: [Result<Value, String>; 2] = [Ok(chunk("theirs")), Ok(last())];
        collect(ready(items).trace_llm(llm_span!("chat"), fold)).await;
    });
    let span = named(&spans, "chat");
    assert_eq!(text(span, "output.value").as_deref(), Some("mine"));
    assert_eq!(text(span, "llm.finish_reason").as_deref(), Some("mine"));
    assert_eq!(text(span, "llm.output_messages.0.message.content").as_deref(), Some("theirs"));
}
