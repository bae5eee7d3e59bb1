//! genai reads once in a process whether it may record what was said, so each test that wants it is a process.

use std::process::Command;

use framework_tests::{Reply, record};
use insta::assert_snapshot;

use crate::genai_app as genai;
use crate::replies::{answer, calls};

/// Runs `body`, the rest of the test of this name, in a process in which genai records what is said.
pub(crate) fn with_content(test: &str, body: impl FnOnce()) {
    const VARIABLE: &str = ::genai::otel::CAPTURE_CONTENT_ENV;
    if std::env::var_os(VARIABLE).is_some() {
        return body();
    }
    let program = std::env::current_exe().expect("a test is a program");
    let output = Command::new(program).args(["--exact", test, "--nocapture"]).env(VARIABLE, "true").output();
    let output = output.expect("the program runs");
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

#[test]
fn a_chat_is_one_span() {
    with_content("genai_spans::a_chat_is_one_span", || {
        assert_snapshot!(record([answer()], genai::chat).tree(), @r#"
        chat gpt-4o [client]
          input.mime_type: "application/json"
          input.value: "[{\"role\":\"user\",\"parts\":[{\"type\":\"text\",\"content\":\"How is the weather?\"}]}]"
          llm.finish_reason: "stop"
          llm.input_messages.0.message.content: "Be brief."
          llm.input_messages.0.message.role: "system"
          llm.input_messages.1.message.content: "How is the weather?"
          llm.input_messages.1.message.role: "user"
          llm.invocation_parameters: "{\"temperature\":0.2,\"max_tokens\":100,\"stop\":[\"END\"],\"model\":\"gpt-4o\"}"
          llm.model_name: "gpt-4o-2024-08-06"
          llm.output_messages.0.message.content: "It is 18 °C in both."
          llm.output_messages.0.message.role: "assistant"
          llm.provider: "openai"
          llm.request.model_name: "gpt-4o"
          llm.response.model_name: "gpt-4o-2024-08-06"
          llm.system: "openai"
          llm.token_count.completion: 10
          llm.token_count.completion_details.reasoning: 4
          llm.token_count.prompt: 150
          llm.token_count.prompt_details.cache_read: 50
          llm.token_count.total: 160
          metadata: "{\"gen_ai.request.stream\":false}"
          openinference.span.kind: "LLM"
          output.mime_type: "application/json"
          output.value: "[{\"role\":\"assistant\",\"parts\":[{\"type\":\"text\",\"content\":\"It is 18 °C in both.\"}],\"finish_reason\":\"stop\"}]"
          server.address: "127.0.0.1"
          server.port: PORT
        "#);
    });
}

#[test]
fn an_answer_that_was_cut_says_so() {
    let trace = record([answer().finish_reason("length")], genai::chat);
    assert_snapshot!(trace.only(&["llm.finish_reason", "llm.token", "input", "output"]), @r#"
    chat gpt-4o [client]
      llm.finish_reason: "length"
      llm.token_count.completion: 10
      llm.token_count.completion_details.reasoning: 4
      llm.token_count.prompt: 150
      llm.token_count.prompt_details.cache_read: 50
      llm.token_count.total: 160
    "#);
}

#[test]
fn a_stream_says_what_a_chat_says() {
    with_content("genai_spans::a_stream_says_what_a_chat_says", || {
        let trace = record([answer()], genai::stream);
        assert_snapshot!(trace.only(&["openinference", "llm.finish_reason", "llm.token", "input", "output", "llm.model", "llm.output"]), @r#"
        chat gpt-4o [client]
          input.mime_type: "application/json"
          input.value: "[{\"role\":\"user\",\"parts\":[{\"type\":\"text\",\"content\":\"How is the weather?\"}]}]"
          llm.finish_reason: "stop"
          llm.model_name: "gpt-4o"
          llm.output_messages.0.message.content: "It is 18 °C in both."
          llm.output_messages.0.message.role: "assistant"
          llm.token_count.completion: 10
          llm.token_count.completion_details.reasoning: 4
          llm.token_count.prompt: 150
          llm.token_count.prompt_details.cache_read: 50
          llm.token_count.total: 160
          openinference.span.kind: "LLM"
          output.mime_type: "application/json"
          output.value: "[{\"role\":\"assistant\",\"parts\":[{\"type\":\"text\",\"content\":\"It is 18 °C in both.\"}],\"finish_reason\":\"stop\"}]"
        "#);
        let first_chunk = trace.only(&["metadata"]);
        assert!(first_chunk.contains("gen_ai.response.time_to_first_chunk"), "{first_chunk}");
    });
}

#[test]
fn an_agent_calls_tools() {
    with_content("genai_spans::an_agent_calls_tools", || {
        assert_snapshot!(record([calls(), answer()], genai::tools).tree(), @r#"
        invoke_agent assistant
          agent.name: "assistant"
          openinference.span.kind: "AGENT"
          - chat gpt-4o [client]
              input.mime_type: "application/json"
              input.value: "[{\"role\":\"user\",\"parts\":[{\"type\":\"text\",\"content\":\"How is the weather?\"}]}]"
              llm.finish_reason: "tool_calls"
              llm.input_messages.0.message.content: "Be brief."
              llm.input_messages.0.message.role: "system"
              llm.input_messages.1.message.content: "How is the weather?"
              llm.input_messages.1.message.role: "user"
              llm.invocation_parameters: "{\"model\":\"gpt-4o\"}"
              llm.model_name: "gpt-4o-2024-08-06"
              llm.output_messages.0.message.role: "assistant"
              llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments: "{\"city\":\"Paris\"}"
              llm.output_messages.0.message.tool_calls.0.tool_call.function.name: "weather"
              llm.output_messages.0.message.tool_calls.0.tool_call.id: "call_1"
              llm.output_messages.0.message.tool_calls.1.tool_call.function.arguments: "{\"city\":\"Rome\"}"
              llm.output_messages.0.message.tool_calls.1.tool_call.function.name: "weather"
              llm.output_messages.0.message.tool_calls.1.tool_call.id: "call_2"
              llm.provider: "openai"
              llm.request.model_name: "gpt-4o"
              llm.response.model_name: "gpt-4o-2024-08-06"
              llm.system: "openai"
              llm.token_count.completion: 20
              llm.token_count.prompt: 100
              llm.token_count.total: 120
              llm.tools.0.tool.description: "The weather of today."
              llm.tools.0.tool.json_schema: "{\"type\":\"function\",\"function\":{\"name\":\"weather\",\"description\":\"The weather of today.\",\"parameters\":{\"type\":\"object\",\"properties\":{\"city\":{\"type\":\"string\"}},\"required\":[\"city\"]}}}"
              llm.tools.0.tool.name: "weather"
              metadata: "{\"gen_ai.request.stream\":false}"
              openinference.span.kind: "LLM"
              output.mime_type: "application/json"
              output.value: "[{\"role\":\"assistant\",\"parts\":[{\"type\":\"tool_call\",\"id\":\"call_1\",\"name\":\"weather\",\"arguments\":{\"city\":\"Paris\"}},{\"type\":\"tool_call\",\"id\":\"call_2\",\"name\":\"weather\",\"arguments\":{\"city\":\"Rome\"}}],\"finish_reason\":\"tool_calls\"}]"
              server.address: "127.0.0.1"
              server.port: PORT
          - execute_tool weather
              input.mime_type: "application/json"
              input.value: "{\"city\":\"Paris\"}"
              metadata: "{\"gen_ai.tool.type\":\"function\"}"
              openinference.span.kind: "TOOL"
              output.mime_type: "text/plain"
              output.value: "18 °C in Paris"
              tool.id: "call_1"
              tool.name: "weather"
              tool.parameters: "{\"city\":\"Paris\"}"
              tool_call.id: "call_1"
          - execute_tool weather
              input.mime_type: "application/json"
              input.value: "{\"city\":\"Rome\"}"
              metadata: "{\"gen_ai.tool.type\":\"function\"}"
              openinference.span.kind: "TOOL"
              output.mime_type: "text/plain"
              output.value: "18 °C in Rome"
              tool.id: "call_2"
              tool.name: "weather"
              tool.parameters: "{\"city\":\"Rome\"}"
              tool_call.id: "call_2"
          - chat gpt-4o [client]
              input.mime_type: "application/json"
              input.value: "[{\"role\":\"user\",\"parts\":[{\"type\":\"text\",\"content\":\"How is the weather?\"}]},{\"role\":\"assistant\",\"parts\":[{\"type\":\"tool_call\",\"id\":\"call_1\",\"name\":\"weather\",\"arguments\":{\"city\":\"Paris\"}},{\"type\":\"tool_call\",\"id\":\"call_2\",\"name\":\"weather\",\"arguments\":{\"city\":\"Rome\"}}]},{\"role\":\"tool\",\"parts\":[{\"type\":\"tool_call_response\",\"id\":\"call_1\",\"result\":\"18 °C in Paris\"},{\"type\":\"tool_call_response\",\"id\":\"call_2\",\"result\":\"18 °C in Rome\"}]}]"
              llm.finish_reason: "stop"
              llm.input_messages.0.message.content: "Be brief."
              llm.input_messages.0.message.role: "system"
              llm.input_messages.1.message.content: "How is the weather?"
              llm.input_messages.1.message.role: "user"
              llm.input_messages.2.message.role: "assistant"
              llm.input_messages.2.message.tool_calls.0.tool_call.function.arguments: "{\"city\":\"Paris\"}"
              llm.input_messages.2.message.tool_calls.0.tool_call.function.name: "weather"
              llm.input_messages.2.message.tool_calls.0.tool_call.id: "call_1"
              llm.input_messages.2.message.tool_calls.1.tool_call.function.arguments: "{\"city\":\"Rome\"}"
              llm.input_messages.2.message.tool_calls.1.tool_call.function.name: "weather"
              llm.input_messages.2.message.tool_calls.1.tool_call.id: "call_2"
              llm.input_messages.3.message.content: "18 °C in Paris"
              llm.input_messages.3.message.role: "tool"
              llm.input_messages.3.message.tool_call_id: "call_1"
              llm.input_messages.4.message.content: "18 °C in Rome"
              llm.input_messages.4.message.role: "tool"
              llm.input_messages.4.message.tool_call_id: "call_2"
              llm.invocation_parameters: "{\"model\":\"gpt-4o\"}"
              llm.model_name: "gpt-4o-2024-08-06"
              llm.output_messages.0.message.content: "It is 18 °C in both."
              llm.output_messages.0.message.role: "assistant"
              llm.provider: "openai"
              llm.request.model_name: "gpt-4o"
              llm.response.model_name: "gpt-4o-2024-08-06"
              llm.system: "openai"
              llm.token_count.completion: 10
              llm.token_count.completion_details.reasoning: 4
              llm.token_count.prompt: 150
              llm.token_count.prompt_details.cache_read: 50
              llm.token_count.total: 160
              llm.tools.0.tool.description: "The weather of today."
              llm.tools.0.tool.json_schema: "{\"type\":\"function\",\"function\":{\"name\":\"weather\",\"description\":\"The weather of today.\",\"parameters\":{\"type\":\"object\",\"properties\":{\"city\":{\"type\":\"string\"}},\"required\":[\"city\"]}}}"
              llm.tools.0.tool.name: "weather"
              metadata: "{\"gen_ai.request.stream\":false}"
              openinference.span.kind: "LLM"
              output.mime_type: "application/json"
              output.value: "[{\"role\":\"assistant\",\"parts\":[{\"type\":\"text\",\"content\":\"It is 18 °C in both.\"}],\"finish_reason\":\"stop\"}]"
              server.address: "127.0.0.1"
              server.port: PORT
        "#);
    });
}

#[test]
fn embeddings_are_no_conversation() {
    assert_snapshot!(record([], genai::embeddings).tree(), @r#"
    embeddings text-embedding-3-small [client]
      embedding.invocation_parameters: "{\"model\":\"text-embedding-3-small\"}"
      embedding.model_name: "text-embedding-3-small"
      llm.model_name: "text-embedding-3-small"
      llm.provider: "openai"
      llm.request.model_name: "text-embedding-3-small"
      llm.response.model_name: "text-embedding-3-small"
      llm.system: "openai"
      llm.token_count.prompt: 8
      openinference.span.kind: "EMBEDDING"
      server.address: "127.0.0.1"
      server.port: PORT
    "#);
}

#[test]
fn a_refused_request_has_failed() {
    let [limited, broken] = [429, 500].map(|status| {
        let told = record([Reply::error(status, "go away")], genai::failing_chat).only(&["openinference", "output"]);
        told.replace(&status.to_string(), "STATUS")
    });
    assert_eq!(limited, broken);
    assert_snapshot!(limited, @r#"
    chat gpt-4o [client] ERROR "STATUS"
      openinference.span.kind: "LLM"
      * exception
          exception.type: "STATUS"
    "#);
}

#[test]
fn a_refused_stream_has_failed() {
    assert_snapshot!(record([Reply::error(429, "go away")], genai::failing_stream).only(&["openinference"]), @r#"
    chat gpt-4o [client] ERROR "web_stream"
      openinference.span.kind: "LLM"
      * exception
          exception.type: "web_stream"
    "#);
}

#[test]
fn a_failed_tool_has_failed() {
    assert_snapshot!(record([], genai::failing_tool).tree(), @r#"
    execute_tool charge ERROR "timeout"
      error.type: "timeout"
      openinference.span.kind: "TOOL"
      tool.id: "call_1"
      tool.name: "charge"
      tool_call.id: "call_1"
      * exception
          exception.type: "timeout"
    "#);
}
