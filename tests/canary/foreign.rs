//! What other vocabularies call things: OpenTelemetry's conventions and the frameworks'.

use serde_json::{Value, json};
use tracing::{info, info_span};

use crate::carrier::{
    ALL_DOCUMENTS, CHOICES, Carrier, DOCUMENTS, EITHER, FROM_MODEL, IN, IN_IMAGE, IN_MESSAGE, IN_TEXT, OUT, OUT_TEXT,
    PARAMETERS, PROMPTS, TO_MODEL, TOOLS, carrier,
};

pub(crate) const CARRIERS: &[&[Carrier]] = &[MESSAGES, OPERATIONS, EVENTS, LISTS, FRAMEWORKS];

/// `gen_ai.prompt` and `gen_ai.completion` are prompts as well as messages.
const PROMPT: &[&str] = &["hide_inputs", "hide_input_messages", "hide_input_text", "hide_prompts"];
const COMPLETION: &[&str] = &["hide_outputs", "hide_output_messages", "hide_output_text", "hide_choices"];

/// Keys of `gen_ai.*` and `llm.*` that nobody knows, and fields without a namespace, are hidden by more than they had to
/// be: while a span is recorded its words are not translated yet.
const STOP: &[&str] = &[
    "hide_llm_invocation_parameters",
    "hide_inputs",
    "hide_outputs",
    "hide_input_messages",
    "hide_input_text",
    "hide_input_images",
    "hide_input_audio",
    "hide_prompts",
    "hide_llm_tools",
];
/// No word of the conventions, so it is a parameter, and those may hold prompts.
const REQUEST_TOOLS: &[&str] = &[
    "hide_inputs",
    "hide_outputs",
    "hide_input_messages",
    "hide_input_text",
    "hide_input_images",
    "hide_input_audio",
    "hide_prompts",
    "hide_llm_tools",
    "hide_llm_invocation_parameters",
];
const FUNCTIONS: &[&str] = &["hide_inputs", "hide_outputs", "hide_llm_tools"];
const OPENLLMETRY: &[&str] =
    &["hide_inputs", "hide_outputs", "hide_output_messages", "hide_output_text", "hide_choices"];
const BARE_OUT_TEXT: &[&str] = &["hide_inputs", "hide_outputs", "hide_output_messages", "hide_output_text"];

fn said(role: &str, part: Value) -> String {
    json!([{ "role": role, "parts": [part] }]).to_string()
}

fn text(text: &str) -> Value {
    json!({ "type": "text", "content": text })
}

const MESSAGES: &[Carrier] = &[
    carrier("gen_ai.input.messages", IN_TEXT, |s| {
        let messages = said("user", text(&s.text));
        drop(info_span!("chat", gen_ai.operation.name = "chat", gen_ai.input.messages = messages));
    }),
    carrier("gen_ai.input.messages as Debug", IN_TEXT, |s| {
        drop(info_span!("chat", gen_ai.operation.name = "chat", gen_ai.input.messages = ?vec![("user", &s.text)]));
    }),
    carrier("gen_ai.input.messages: a role", IN_MESSAGE, |s| {
        drop(info_span!("chat", gen_ai.operation.name = "chat", gen_ai.input.messages = said(&s.text, text("-"))));
    }),
    carrier("gen_ai.input.messages: an image", IN_IMAGE, |s| {
        let image = json!({ "type": "uri", "modality": "image", "uri": s.text });
        drop(info_span!("chat", gen_ai.operation.name = "chat", gen_ai.input.messages = said("user", image)));
    }),
    carrier("gen_ai.input.messages: something new", IN_TEXT, |s| {
        let part = json!({ "type": "hologram", "of": { "in": [s.text] } });
        drop(info_span!("chat", gen_ai.operation.name = "chat", gen_ai.input.messages = said("user", part)));
    }),
    carrier("gen_ai.input_messages", IN_TEXT, |s| {
        drop(info_span!("chat", gen_ai.request.model = "m", gen_ai.input_messages = said("user", text(&s.text))));
    }),
    carrier("gen_ai.request.messages", IN_TEXT, |s| {
        drop(info_span!("chat", gen_ai.request.model = "m", gen_ai.request.messages = said("user", text(&s.text))));
    }),
    carrier("gen_ai.system_instructions", IN_TEXT, |s| {
        drop(info_span!("chat", gen_ai.request.model = "m", gen_ai.system_instructions = s.text));
    }),
    carrier("gen_ai.output.messages", OUT_TEXT, |s| {
        let messages = said("assistant", text(&s.text));
        drop(info_span!("chat", gen_ai.operation.name = "chat", gen_ai.output.messages = messages));
    }),
    carrier("gen_ai.output.messages: a tool call", OUT_TEXT, |s| {
        let call = json!({ "type": "tool_call", "id": "1", "name": "tool", "arguments": { "a": s.text } });
        drop(info_span!("chat", gen_ai.operation.name = "chat", gen_ai.output.messages = said("assistant", call)));
    }),
    carrier("gen_ai.response.tool_calls", OUT_TEXT, |s| {
        let calls = json!([{ "function": { "name": "tool", "arguments": s.text } }]).to_string();
        drop(info_span!("chat", gen_ai.request.model = "m", gen_ai.response.tool_calls = calls));
    }),
    carrier("gen_ai.prompt", PROMPT, |s| drop(info_span!("chat", gen_ai.request.model = "m", gen_ai.prompt = s.text))),
    carrier("gen_ai.completion", COMPLETION, |s| {
        drop(info_span!("chat", gen_ai.request.model = "m", gen_ai.completion = s.text));
    }),
];

const OPERATIONS: &[Carrier] = &[
    carrier("gen_ai.request.stop_sequences", STOP, |s| {
        let stop = json!([s.text]).to_string();
        drop(info_span!("chat", gen_ai.operation.name = "chat", gen_ai.request.stop_sequences = stop));
    }),
    carrier("gen_ai.tool.call.arguments", &["hide_inputs", "hide_llm_tools"], |s| {
        let arguments = json!({ "a": s.text }).to_string();
        drop(info_span!("tool", gen_ai.operation.name = "execute_tool", gen_ai.tool.call.arguments = arguments));
    }),
    carrier("gen_ai.tool.call.result", OUT, |s| {
        drop(info_span!("tool", gen_ai.operation.name = "execute_tool", gen_ai.tool.call.result = s.text));
    }),
    carrier("gen_ai.tool.call.result of a failure", OUT, |s| {
        drop(info_span!("tool", gen_ai.tool.call.outcome = "error", gen_ai.tool.call.result = s.text));
    }),
    carrier("gen_ai.tool.error.type that is a text", EITHER, |s| {
        drop(info_span!("tool", gen_ai.tool.call.outcome = "error", gen_ai.tool.error.type = s.text));
    }),
    carrier("gen_ai.tool.description", &["hide_llm_tools"], |s| {
        drop(info_span!("tool", gen_ai.operation.name = "execute_tool", gen_ai.tool.description = s.text));
    }),
    carrier("gen_ai.tool.definitions", TOOLS, |s| {
        let tools = json!([{ "type": "function", "name": "tool", "description": s.text }]).to_string();
        drop(info_span!("chat", gen_ai.operation.name = "chat", gen_ai.tool.definitions = tools));
    }),
    carrier("gen_ai.request.tools", REQUEST_TOOLS, |s| {
        let tools = json!([{ "function": { "name": "tool", "parameters": { "a": s.text } } }]).to_string();
        drop(info_span!("chat", gen_ai.operation.name = "chat", gen_ai.request.tools = tools));
    }),
    carrier("gen_ai.retrieval.query.text", IN, |s| {
        drop(info_span!("find", gen_ai.operation.name = "retrieval", gen_ai.retrieval.query.text = s.text));
    }),
    carrier("gen_ai.retrieval.documents", DOCUMENTS, |s| {
        let documents = json!([{ "id": "1", "content": s.text }]).to_string();
        drop(info_span!("find", gen_ai.operation.name = "retrieval", gen_ai.retrieval.documents = documents));
    }),
    carrier("gen_ai.evaluation.explanation", EITHER, |s| {
        drop(info_span!("judge", gen_ai.evaluation.name = "good", gen_ai.evaluation.explanation = s.text));
    }),
    carrier("gen_ai.something.new", EITHER, |s| drop(info_span!("new", gen_ai.something.new = s.text))),
];

const EVENTS: &[Carrier] = &[
    carrier("event gen_ai.user.message", IN_TEXT, |s| {
        info_span!("chat", gen_ai.request.model = "m", input.value = "-").in_scope(|| {
            info!(name: "gen_ai.user.message", content = s.text);
        });
    }),
    carrier("event gen_ai.user.message that is the input", IN_TEXT, |s| {
        info_span!("chat", gen_ai.request.model = "m").in_scope(|| {
            info!(event.name = "gen_ai.user.message", gen_ai.event.content = json!({ "content": s.text }).to_string());
        });
    }),
    carrier("event gen_ai.system.message", IN_TEXT, |s| {
        info_span!("chat", gen_ai.request.model = "m").in_scope(|| info!(name: "gen_ai.system.message", "{}", s.text));
    }),
    carrier("event gen_ai.choice", OUT_TEXT, |s| {
        let message = json!({ "content": s.text }).to_string();
        info_span!("chat", gen_ai.request.model = "m").in_scope(|| info!(name: "gen_ai.choice", message));
    }),
    carrier("event gen_ai.content.prompt", PROMPT, |s| {
        info_span!("chat", gen_ai.request.model = "m").in_scope(|| {
            info!(event_name = "gen_ai.content.prompt", content = s.text);
        });
    }),
    carrier("event gen_ai.content.completion", COMPLETION, |s| {
        info_span!("chat", gen_ai.request.model = "m").in_scope(|| {
            info!(event_name = "gen_ai.content.completion", content = s.text);
        });
    }),
    carrier("event with gen_ai.input.messages", IN_TEXT, |s| {
        info_span!("chat", gen_ai.request.model = "m").in_scope(|| {
            info!(gen_ai.input.messages = said("user", text(&s.text)));
        });
    }),
];

/// Lists that are recorded as one JSON text.
const LISTS: &[Carrier] = &[
    carrier("llm.input_messages: OpenAI", IN_TEXT, |s| {
        let messages = json!([{ "role": "system", "content": "-" }, { "role": "user", "content": s.text }]);
        drop(info_span!("chat", openinference.span.kind = "LLM", llm.input_messages = %messages));
    }),
    carrier("llm.input_messages: Anthropic", IN_TEXT, |s| {
        let result =
            json!({ "type": "tool_result", "tool_use_id": "1", "content": [{ "type": "text", "text": s.text }] });
        drop(
            info_span!("chat", openinference.span.kind = "LLM", llm.input_messages = %json!([{ "role": "user", "content": [result] }])),
        );
    }),
    carrier("llm.input_messages: an image", IN_IMAGE, |s| {
        let image = json!({ "type": "image_url", "image_url": { "url": s.text } });
        drop(
            info_span!("chat", openinference.span.kind = "LLM", llm.input_messages = %json!([{ "role": "user", "content": [image] }])),
        );
    }),
    carrier("llm.input_messages: doubly encoded", IN_TEXT, |s| {
        let message = json!({ "role": "user", "content": s.text }).to_string();
        drop(info_span!("chat", openinference.span.kind = "LLM", llm.input_messages = %json!([message])));
    }),
    carrier("llm.input_messages: an object nobody knows", IN_TEXT, |s| {
        let object = json!({ "a": { "b": [s.text] } });
        drop(info_span!("chat", openinference.span.kind = "LLM", llm.input_messages = %json!([object])));
    }),
    carrier("llm.input_messages: a key nobody knows", IN_TEXT, |s| {
        drop(info_span!("chat", openinference.span.kind = "LLM", llm.input_messages = %json!([{ &s.word: 1 }])));
    }),
    carrier("llm.input_messages: not JSON", IN_TEXT, |s| {
        drop(info_span!("chat", openinference.span.kind = "LLM", llm.input_messages = s.text));
    }),
    carrier("llm.input_messages: a tool id", IN_MESSAGE, |s| {
        let messages = json!([{ "role": "tool", "tool_call_id": s.text, "content": "-" }]);
        drop(info_span!("chat", openinference.span.kind = "LLM", llm.input_messages = %messages));
    }),
    carrier("llm.output_messages: a whole answer", OUT_TEXT, |s| {
        let answer = json!({ "choices": [{ "message": { "role": "assistant", "content": s.text } }] });
        drop(info_span!("chat", openinference.span.kind = "LLM", llm.output_messages = %answer));
    }),
    carrier("llm.output_messages: reasoning", OUT_TEXT, |s| {
        let messages = json!([{ "role": "assistant", "reasoning_content": s.text, "content": "-" }]);
        drop(info_span!("chat", openinference.span.kind = "LLM", llm.output_messages = %messages));
    }),
    carrier("llm.tools in JSON", TOOLS, |s| drop(info_span!("chat", llm.tools = %json!([{ "description": s.text }])))),
    carrier("llm.prompts in JSON", PROMPTS, |s| drop(info_span!("chat", llm.prompts = %json!([s.text])))),
    carrier("llm.choices in JSON", CHOICES, |s| drop(info_span!("chat", llm.choices = %json!([{ "text": s.text }])))),
    carrier("retrieval.documents in JSON", DOCUMENTS, |s| {
        drop(info_span!("find", retrieval.documents = %json!([{ "id": 1, "page_content": s.text }])));
    }),
    carrier("retrieval.documents: a field nobody knows", DOCUMENTS, |s| {
        drop(info_span!("find", retrieval.documents = %json!([{ "id": 1, "content": "-", "author": s.text }])));
    }),
    carrier("reranker.output_documents in JSON", ALL_DOCUMENTS, |s| {
        drop(info_span!("order", reranker.output_documents = %json!([{ "document": { "text": s.text }, "score": 1 }])));
    }),
    carrier("input.images in JSON", &["hide_inputs", "hide_input_images"], |s| {
        drop(info_span!("see", input.images = %json!([s.text])));
    }),
];

const FRAMEWORKS: &[Carrier] = &[
    carrier("traceloop.entity.input", TO_MODEL, |s| {
        drop(info_span!("step", traceloop.entity.input = json!({ "inputs": { "a": s.text } }).to_string()));
    }),
    carrier("traceloop.entity.output", FROM_MODEL, |s| {
        drop(info_span!("step", traceloop.span.kind = "llm", traceloop.entity.output = s.text));
    }),
    carrier("traceloop.prompt.template", PROMPTS, |s| drop(info_span!("step", traceloop.prompt.template = s.text))),
    carrier("traceloop.prompt.template_variables", PROMPTS, |s| {
        drop(info_span!("step", traceloop.prompt.template_variables = json!({ "a": s.text }).to_string()));
    }),
    carrier("llm.request.functions", FUNCTIONS, |s| {
        drop(info_span!("chat", llm.request.functions = json!([{ "name": "a", "description": s.text }]).to_string()));
    }),
    carrier("llm.completions of OpenLLMetry", OPENLLMETRY, |s| drop(info_span!("chat", llm.completions.text = s.text))),
    carrier("langfuse.observation.input", IN_TEXT, |s| {
        drop(info_span!("chat", langfuse.observation.type = "generation", langfuse.observation.input = s.text));
    }),
    carrier("langfuse.trace.input", TO_MODEL, |s| drop(info_span!("step", langfuse.trace.input = s.text))),
    carrier("langfuse.output", OUT_TEXT, |s| drop(info_span!("chat", langfuse.model = "m", langfuse.output = s.text))),
    carrier("langfuse.observation.status_message", EITHER, |s| {
        drop(info_span!("chat", langfuse.observation.status_message = s.text));
    }),
    carrier("langfuse.observation.model.parameters", PARAMETERS, |s| {
        let parameters = json!({ "stop": s.text }).to_string();
        drop(info_span!("chat", langfuse.model = "m", langfuse.observation.model.parameters = parameters));
    }),
    carrier("goose: input_json", IN, |s| {
        drop(info_span!("chat", observation_type = "span", input_json = json!({ "a": s.text }).to_string()));
    }),
    carrier("goose: output_json", EITHER, |s| {
        drop(info_span!("chat", observation_type = "span", output_json = json!({ "a": s.text }).to_string()));
    }),
    carrier("goose: output_json of a model", BARE_OUT_TEXT, |s| {
        let messages = json!([{ "role": "assistant", "content": s.text }]).to_string();
        drop(info_span!("chat", observation_type = "generation", model = "m", output_json = messages));
    }),
    carrier("langchain-rust: error", EITHER, |s| drop(info_span!("llm.generate", error = s.text))),
    carrier("adk: gen_ai.tool.arguments", EITHER, |s| drop(info_span!("tool", gen_ai.tool.arguments = s.text))),
    carrier("adk: gen_ai.tool.result", EITHER, |s| drop(info_span!("tool", gen_ai.tool.result = s.text))),
];
