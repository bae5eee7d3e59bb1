//! What a fold leaves on the span.

use integration_tests::span_tree;
use opentelemetry_sdk::trace::SpanData;
use tracing_openinference::{
    Json, LlmOutput, Message, OpenInferenceSpanExt, OpenInferenceStreamExt, TokenCount, ToolCall, TraceConfig, llm_span,
};

use crate::source::{collect, ready};
use crate::{alone, text};

#[derive(Default)]
struct Call {
    index: u32,
    id: Option<&'static str>,
    name: Option<&'static str>,
    arguments: Option<String>,
}

#[derive(Default)]
struct Delta {
    role: Option<&'static str>,
    content: Option<&'static str>,
    reasoning: Option<&'static str>,
    tool_calls: Vec<Call>,
    finish_reason: Option<String>,
    usage: Option<(u32, u32)>,
}

fn fold(output: &mut LlmOutput, delta: &Delta) {
    output.set_role(delta.role);
    output.push_reasoning(delta.reasoning);
    output.push_text(delta.content);
    for call in &delta.tool_calls {
        output.tool_call(call.index).id(call.id).name(call.name).push_arguments(&call.arguments);
    }
    output.set_finish_reason(&delta.finish_reason);
    output.set_response_model("gpt-4o-2024-08-06");
    if let Some(usage) = delta.usage {
        output.set_token_count(usage);
    }
}

/// An answer with everything, in the pieces in which OpenAI's API sends it.
fn deltas() -> Vec<Result<Delta, std::fmt::Error>> {
    let call = |index, id, name, arguments: &str| Delta {
        tool_calls: vec![Call { index, id, name, arguments: Some(arguments.to_owned()) }],
        ..Delta::default()
    };
    let said = |content| Delta { content: Some(content), ..Delta::default() };
    let deltas = [
        Delta { role: Some("assistant"), content: Some(""), ..Delta::default() },
        Delta { reasoning: Some("Two "), ..Delta::default() },
        Delta { reasoning: Some("cities."), ..Delta::default() },
        said("Let me "),
        said("look."),
        call(1, Some("call_b"), Some("weather"), ""),
        call(0, Some("call_a"), Some("weather"), "{\"city\":"),
        call(1, Some(""), None, "{\"city\":\"Oslo\"}"),
        call(0, None, None, "\"Paris\"}"),
        Delta { finish_reason: Some("tool_calls".to_owned()), ..Delta::default() },
        Delta { usage: Some((120, 9)), ..Delta::default() },
    ];
    deltas.into_iter().map(Ok).collect()
}

fn run(config: TraceConfig) -> Vec<SpanData> {
    alone(config, async {
        collect(ready(deltas()).trace_llm(llm_span!("chat"), fold)).await;
    })
}

/// The tree without the one time that is an attribute.
fn tree(spans: &[SpanData]) -> String {
    let timed = |line: &&str| !line.contains("gen_ai.response.time_to_first_chunk");
    span_tree(spans).lines().filter(timed).map(|line| format!("{line}\n")).collect()
}

#[test]
fn pieces_become_one_message() {
    insta::assert_snapshot!(tree(&run(TraceConfig::new())), @r#"
    chat OK
      llm.finish_reason: "tool_calls"
      llm.model_name: "gpt-4o-2024-08-06"
      llm.output_messages.0.message.contents.0.message_content.text: "Two cities."
      llm.output_messages.0.message.contents.0.message_content.type: "reasoning"
      llm.output_messages.0.message.contents.1.message_content.text: "Let me look."
      llm.output_messages.0.message.contents.1.message_content.type: "text"
      llm.output_messages.0.message.role: "assistant"
      llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments: "{\"city\":\"Paris\"}"
      llm.output_messages.0.message.tool_calls.0.tool_call.function.name: "weather"
      llm.output_messages.0.message.tool_calls.0.tool_call.id: "call_a"
      llm.output_messages.0.message.tool_calls.1.tool_call.function.arguments: "{\"city\":\"Oslo\"}"
      llm.output_messages.0.message.tool_calls.1.tool_call.function.name: "weather"
      llm.output_messages.0.message.tool_calls.1.tool_call.id: "call_b"
      llm.response.model_name: "gpt-4o-2024-08-06"
      llm.token_count.completion: 9
      llm.token_count.prompt: 120
      llm.token_count.total: 129
      openinference.span.kind: "LLM"
      output.mime_type: "application/json"
      output.value: "{\"content\":\"Let me look.\",\"reasoning\":\"Two cities.\",\"role\":\"assistant\",\"tool_calls\":[{\"function\":{\"arguments\":\"{\\\"city\\\":\\\"Paris\\\"}\",\"name\":\"weather\"},\"id\":\"call_a\",\"type\":\"function\"},{\"function\":{\"arguments\":\"{\\\"city\\\":\\\"Oslo\\\"}\",\"name\":\"weather\"},\"id\":\"call_b\",\"type\":\"function\"}]}"
      * First Token Stream Event
    "#);
}

#[test]
fn of_a_hidden_answer_only_what_is_not_content_is_kept() {
    insta::assert_snapshot!(tree(&run(TraceConfig::new().hide_outputs(true))), @r#"
    chat OK
      llm.finish_reason: "tool_calls"
      llm.model_name: "gpt-4o-2024-08-06"
      llm.response.model_name: "gpt-4o-2024-08-06"
      llm.token_count.completion: 9
      llm.token_count.prompt: 120
      llm.token_count.total: 129
      openinference.span.kind: "LLM"
      output.value: "__REDACTED__"
      * First Token Stream Event
    "#);
}

#[test]
fn a_hidden_answer_is_not_kept_in_memory_either() {
    let spans = alone(TraceConfig::new().hide_outputs(true), async {
        let fold = |output: &mut LlmOutput, chunk: &&str| {
            output.push_text(*chunk);
            output.tool_call(7).push_arguments(*chunk);
            output.set_output(|| panic!("nobody sees this") as String);
            assert!(!format!("{output:?}").contains("secret"), "{output:?}");
        };
        collect(ready(["secret", "secret"]).trace_llm(llm_span!("chat"), fold)).await;
    });
    assert_eq!(text(&spans[0], "tracing_openinference.stream.fold_panicked"), None);
    assert_eq!(text(&spans[0], "output.value").as_deref(), Some("__REDACTED__"));
}

#[test]
fn hidden_messages_hide_the_output_that_was_made_of_them_and_no_other() {
    let hidden = || TraceConfig::new().hide_output_messages(true);
    let made = alone(hidden(), async {
        collect(ready(["a", "b"]).trace_llm_text(llm_span!("chat"))).await;
    });
    let own = alone(hidden(), async {
        let fold = |output: &mut LlmOutput, chunk: &&str| {
            output.push_text(*chunk);
            output.set_output("said by the application");
        };
        collect(ready(["a", "b"]).trace_llm(llm_span!("chat"), fold)).await;
    });
    assert_eq!(text(&made[0], "output.value"), None);
    assert_eq!(text(&own[0], "output.value").as_deref(), Some("said by the application"));
    for span in made.iter().chain(&own) {
        assert!(!span.attributes.iter().any(|attribute| attribute.key.as_str().starts_with("llm.output_messages")));
    }
}

#[test]
fn text_alone_is_the_output() {
    let spans = alone(TraceConfig::new(), async {
        collect(ready([Some("18 "), None, Some("°C")]).trace_llm_text(llm_span!("chat"))).await;
    });
    insta::assert_snapshot!(tree(&spans), @r#"
    chat OK
      llm.output_messages.0.message.content: "18 °C"
      llm.output_messages.0.message.role: "assistant"
      openinference.span.kind: "LLM"
      output.mime_type: "text/plain"
      output.value: "18 °C"
      * First Token Stream Event
    "#);
}

#[test]
fn choices_calls_in_one_piece_and_an_output_of_ones_own() {
    let spans = alone(TraceConfig::new(), async {
        let choices = |output: &mut LlmOutput, chunk: &(i64, &str)| output.message(chunk.0).push_text(chunk.1);
        collect(ready([(1, "b"), (0, "a"), (1, "B")]).trace_llm(llm_span!("choices"), choices)).await;
        let whole = |output: &mut LlmOutput, chunk: &u8| {
            output.add_tool_call(ToolCall::new("f", Json(*chunk).0).id(chunk.to_string()));
            output.set_token_count(TokenCount::default().completion(*chunk));
            output.set_output(Json([*chunk]));
        };
        collect(ready([1, 2]).trace_llm(llm_span!("whole"), whole)).await;
    });
    insta::assert_snapshot!(tree(&spans), @r#"
    choices OK
      llm.output_messages.0.message.content: "a"
      llm.output_messages.0.message.role: "assistant"
      llm.output_messages.1.message.content: "bB"
      llm.output_messages.1.message.role: "assistant"
      openinference.span.kind: "LLM"
      output.mime_type: "application/json"
      output.value: "[{\"content\":\"a\",\"role\":\"assistant\"},{\"content\":\"bB\",\"role\":\"assistant\"}]"
      * First Token Stream Event

    whole OK
      llm.output_messages.0.message.role: "assistant"
      llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments: "1"
      llm.output_messages.0.message.tool_calls.0.tool_call.function.name: "f"
      llm.output_messages.0.message.tool_calls.0.tool_call.id: "1"
      llm.output_messages.0.message.tool_calls.1.tool_call.function.arguments: "2"
      llm.output_messages.0.message.tool_calls.1.tool_call.function.name: "f"
      llm.output_messages.0.message.tool_calls.1.tool_call.id: "2"
      llm.token_count.completion: 2
      openinference.span.kind: "LLM"
      output.mime_type: "application/json"
      output.value: "[2]"
      * First Token Stream Event
    "#);
}

#[test]
fn an_error_in_a_chunk_is_recorded() {
    let spans = alone(TraceConfig::new(), async {
        let fold = |output: &mut LlmOutput, chunk: &&str| match *chunk {
            "overloaded" => output.record_error(&std::io::Error::other("overloaded")),
            text => output.push_text(text),
        };
        let span = llm_span!("chat");
        span.set_output_messages(Message::assistant("before"));
        collect(ready(["a", "overloaded"]).trace_llm(span, fold)).await;
    });
    insta::assert_snapshot!(tree(&spans), @r#"
    chat ERROR "Error: overloaded"
      llm.output_messages.0.message.content: "a"
      llm.output_messages.0.message.role: "assistant"
      openinference.span.kind: "LLM"
      output.mime_type: "text/plain"
      output.value: "a"
      tracing_openinference.stream.end: "error"
      * First Token Stream Event
      * exception
          exception.message: "overloaded"
          exception.type: "std::io::error::Error"
    "#);
}
