//! The whole of an agent's run, and what is different in other ways to use rig.

use framework_tests::record;
use insta::assert_snapshot;

use crate::replies::{ANSWER, answer, calls};
use crate::rig_app as rig;

#[test]
fn an_agent_calls_tools_in_several_turns() {
    assert_snapshot!(record([calls(), answer()], rig::agent).tree(), @r#"
    invoke_agent
      agent.name: "assistant"
      input.mime_type: "text/plain"
      input.value: "How is the weather?"
      llm.input_messages.0.message.content: "Be brief."
      llm.input_messages.0.message.role: "system"
      llm.input_messages.1.message.content: "How is the weather?"
      llm.input_messages.1.message.role: "user"
      llm.output_messages.0.message.content: "It is 18 °C in both."
      llm.output_messages.0.message.role: "assistant"
      metadata: "{\"gen_ai.usage.input_tokens\":250,\"gen_ai.usage.output_tokens\":30,\"gen_ai.usage.cache_read.input_tokens\":50,\"gen_ai.usage.reasoning_tokens\":4}"
      openinference.span.kind: "AGENT"
      output.mime_type: "text/plain"
      output.value: "It is 18 °C in both."
      - chat
          agent.name: "assistant"
          input.mime_type: "application/json"
          input.value: "[{\"role\":\"system\",\"parts\":[{\"type\":\"text\",\"content\":\"Be brief.\"}]},{\"role\":\"user\",\"parts\":[{\"type\":\"text\",\"content\":\"How is the weather?\"}]}]"
          llm.finish_reason: "tool_call"
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
          metadata: "{\"gen_ai.request.stream\":false,\"gen_ai.response.id\":\"chatcmpl-1\"}"
          openinference.span.kind: "LLM"
          output.mime_type: "application/json"
          output.value: "[{\"role\":\"assistant\",\"parts\":[{\"type\":\"tool_call\",\"id\":\"call_1\",\"name\":\"weather\",\"arguments\":{\"city\":\"Paris\"}},{\"type\":\"tool_call\",\"id\":\"call_2\",\"name\":\"weather\",\"arguments\":{\"city\":\"Rome\"}}],\"finish_reason\":\"tool_call\"}]"
          rig.provider_request_id: "req_1"
      - execute_tool
          input.mime_type: "application/json"
          input.value: "{\"city\":\"Paris\"}"
          metadata: "{\"gen_ai.tool.type\":\"function\",\"gen_ai.tool.call.outcome\":\"success\"}"
          openinference.span.kind: "TOOL"
          output.mime_type: "text/plain"
          output.value: "18 °C in Paris"
          tool.id: "call_1"
          tool.name: "weather"
          tool.parameters: "{\"city\":\"Paris\"}"
          tool_call.id: "call_1"
      - execute_tool
          input.mime_type: "application/json"
          input.value: "{\"city\":\"Rome\"}"
          metadata: "{\"gen_ai.tool.type\":\"function\",\"gen_ai.tool.call.outcome\":\"success\"}"
          openinference.span.kind: "TOOL"
          output.mime_type: "text/plain"
          output.value: "18 °C in Rome"
          tool.id: "call_2"
          tool.name: "weather"
          tool.parameters: "{\"city\":\"Rome\"}"
          tool_call.id: "call_2"
          → execute_tool
      - chat
          agent.name: "assistant"
          input.mime_type: "application/json"
          input.value: "[{\"role\":\"system\",\"parts\":[{\"type\":\"text\",\"content\":\"Be brief.\"}]},{\"role\":\"user\",\"parts\":[{\"type\":\"text\",\"content\":\"How is the weather?\"}]},{\"role\":\"assistant\",\"parts\":[{\"type\":\"tool_call\",\"id\":\"call_1\",\"name\":\"weather\",\"arguments\":{\"city\":\"Paris\"}},{\"type\":\"tool_call\",\"id\":\"call_2\",\"name\":\"weather\",\"arguments\":{\"city\":\"Rome\"}}]},{\"role\":\"user\",\"parts\":[{\"type\":\"tool_call_response\",\"id\":\"call_1\",\"response\":\"18 °C in Paris\"},{\"type\":\"tool_call_response\",\"id\":\"call_2\",\"response\":\"18 °C in Rome\"}]}]"
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
          metadata: "{\"gen_ai.request.stream\":false,\"gen_ai.response.id\":\"chatcmpl-1\"}"
          openinference.span.kind: "LLM"
          output.mime_type: "application/json"
          output.value: "[{\"role\":\"assistant\",\"parts\":[{\"type\":\"text\",\"content\":\"It is 18 °C in both.\"}],\"finish_reason\":\"unknown\"}]"
          rig.provider_request_id: "req_1"
    "#);
}

/// But for the order of the spans, which rig tells of a whole answer only.
#[test]
fn a_stream_says_what_a_whole_answer_says() {
    let whole = record([calls(), answer()], rig::agent).tree();
    let stream = record([calls(), answer()], rig::stream).tree();
    let (in_order, told): (Vec<_>, Vec<_>) = whole.lines().partition(|line| line.contains('→'));
    assert_eq!(in_order.len(), 1);
    let marked = stream.replace(r#"\"gen_ai.request.stream\":true"#, r#"\"gen_ai.request.stream\":false"#);
    assert_eq!(marked.lines().collect::<Vec<_>>(), told);
    assert_ne!(marked, stream);
}

#[test]
fn what_was_said_is_recorded_only_when_rig_is_told_to() {
    let trace = record([calls(), answer()], rig::agent_without_content);
    assert!(!trace.tree().contains("weather?") && !trace.tree().contains(ANSWER) && !trace.tree().contains("Paris"));
    assert_snapshot!(trace.only(&["openinference", "llm.model_name", "llm.token", "tool", "input", "output"]), @r#"
    invoke_agent
      openinference.span.kind: "AGENT"
      - chat
          llm.model_name: "gpt-4o-2024-08-06"
          llm.token_count.completion: 20
          llm.token_count.prompt: 100
          llm.token_count.total: 120
          openinference.span.kind: "LLM"
      - execute_tool
          openinference.span.kind: "TOOL"
          tool.id: "call_1"
          tool.name: "weather"
          tool_call.id: "call_1"
      - execute_tool
          openinference.span.kind: "TOOL"
          tool.id: "call_2"
          tool.name: "weather"
          tool_call.id: "call_2"
          → execute_tool
      - chat
          llm.model_name: "gpt-4o-2024-08-06"
          llm.token_count.completion: 10
          llm.token_count.completion_details.reasoning: 4
          llm.token_count.prompt: 150
          llm.token_count.prompt_details.cache_read: 50
          llm.token_count.total: 160
          openinference.span.kind: "LLM"
    "#);
}

/// rig makes no span of its own for the run then: ours is the agent.
#[test]
fn a_run_inside_a_span_belongs_to_it() {
    let trace = record([calls(), answer()], rig::request);
    assert_snapshot!(trace.only(&["openinference", "llm.token_count.total", "tool.name", "input.mime", "output"]), @r#"
    handle_request OK
      input.mime_type: "text/plain"
      openinference.span.kind: "AGENT"
      output.mime_type: "text/plain"
      output.value: "It is 18 °C in both."
      - chat
          input.mime_type: "application/json"
          llm.token_count.total: 120
          openinference.span.kind: "LLM"
          output.mime_type: "application/json"
          output.value: "[{\"role\":\"assistant\",\"parts\":[{\"type\":\"tool_call\",\"id\":\"call_1\",\"name\":\"weather\",\"arguments\":{\"city\":\"Paris\"}},{\"type\":\"tool_call\",\"id\":\"call_2\",\"name\":\"weather\",\"arguments\":{\"city\":\"Rome\"}}],\"finish_reason\":\"tool_call\"}]"
      - execute_tool
          input.mime_type: "application/json"
          openinference.span.kind: "TOOL"
          output.mime_type: "text/plain"
          output.value: "18 °C in Paris"
          tool.name: "weather"
      - execute_tool
          input.mime_type: "application/json"
          openinference.span.kind: "TOOL"
          output.mime_type: "text/plain"
          output.value: "18 °C in Rome"
          tool.name: "weather"
          → execute_tool
      - chat
          input.mime_type: "application/json"
          llm.token_count.total: 160
          openinference.span.kind: "LLM"
          output.mime_type: "application/json"
          output.value: "[{\"role\":\"assistant\",\"parts\":[{\"type\":\"text\",\"content\":\"It is 18 °C in both.\"}],\"finish_reason\":\"unknown\"}]"
    "#);
}

#[test]
fn a_model_without_an_agent_is_one_span() {
    assert_snapshot!(record([answer()], rig::model).tree(), @r#"
    chat
      llm.invocation_parameters: "{\"model\":\"gpt-4o\"}"
      llm.model_name: "gpt-4o-2024-08-06"
      llm.provider: "openai"
      llm.request.model_name: "gpt-4o"
      llm.response.model_name: "gpt-4o-2024-08-06"
      llm.system: "openai"
      llm.token_count.completion: 10
      llm.token_count.completion_details.reasoning: 4
      llm.token_count.prompt: 150
      llm.token_count.prompt_details.cache_read: 50
      llm.token_count.total: 160
      metadata: "{\"gen_ai.request.stream\":false,\"gen_ai.response.id\":\"chatcmpl-1\"}"
      openinference.span.kind: "LLM"
      rig.provider_request_id: "req_1"
    "#);
}

#[test]
fn embeddings_are_no_conversation() {
    assert_snapshot!(record([], rig::embeddings).tree(), @r#"
    embeddings
      embedding.invocation_parameters: "{\"model\":\"text-embedding-3-small\"}"
      embedding.model_name: "text-embedding-3-small"
      llm.model_name: "text-embedding-3-small"
      llm.provider: "openai"
      llm.request.model_name: "text-embedding-3-small"
      llm.response.model_name: "text-embedding-3-small"
      llm.system: "openai"
      llm.token_count.completion: 0
      llm.token_count.prompt: 8
      llm.token_count.total: 8
      openinference.span.kind: "EMBEDDING"
      rig.provider_request_id: "req_1"
    "#);
}

#[test]
fn documents_of_an_index_are_part_of_the_question() {
    let trace = record([answer()], rig::rag);
    assert_snapshot!(trace.only(&["openinference", "llm.input_messages", "llm.token_count.prompt", "embedding.model"]), @r#"
    embeddings
      embedding.model_name: "text-embedding-3-small"
      llm.token_count.prompt: 12
      openinference.span.kind: "EMBEDDING"

    invoke_agent
      llm.input_messages.0.message.content: "When do I get my refund?"
      llm.input_messages.0.message.role: "user"
      openinference.span.kind: "AGENT"
      - embeddings
          embedding.model_name: "text-embedding-3-small"
          llm.token_count.prompt: 4
          openinference.span.kind: "EMBEDDING"
      - chat
          llm.input_messages.0.message.contents.0.message_content.text: "<file id: doc0>\n\"A refund takes five days.\"\n</file>\n"
          llm.input_messages.0.message.contents.0.message_content.type: "text"
          llm.input_messages.0.message.contents.1.message_content.text: "When do I get my refund?"
          llm.input_messages.0.message.contents.1.message_content.type: "text"
          llm.input_messages.0.message.role: "user"
          llm.token_count.prompt: 150
          llm.token_count.prompt_details.cache_read: 50
          openinference.span.kind: "LLM"
    "#);
}
