//! Setters of LLM spans.

use serde_json::json;
use tracing_openinference::{
    Audio, Content, Document, Json, Message, OpenInferenceSpanExt, PromptTemplate, Tool, ToolCall, llm_span,
};

use crate::carrier::{
    CHOICES, Carrier, IN_AUDIO, IN_IMAGE, IN_MESSAGE, IN_TEXT, OUT_AUDIO, OUT_MESSAGE, OUT_TEXT, PARAMETERS, PROMPTS,
    TOOLS, carrier,
};

pub(crate) const CARRIERS: &[&[Carrier]] = &[INPUT, OUTPUT, PARTS, AROUND];

fn ask(message: impl Into<Message>) {
    // Beside another value, or the last question would be the input as well.
    llm_span!("chat", input.value = "-").set_input_messages(message.into());
}

fn answer(message: impl Into<Message>) {
    llm_span!("chat", output.value = "-").set_output_messages(message.into());
}

const INPUT: &[Carrier] = &[
    carrier("set_input_messages: content", IN_TEXT, |s| ask(("user", s.text.as_str()))),
    carrier("set_input_messages: content that is the input", IN_TEXT, |s| {
        _ = llm_span!("chat").set_input_messages(("user", s.text.as_str()));
    }),
    carrier("set_input_messages: a closure", IN_TEXT, |s| {
        _ = llm_span!("chat").set_input_messages(|| vec![Message::user("-"), Message::user(s.text.as_str())]);
    }),
    carrier("set_input_messages: the last of many", IN_TEXT, |s| {
        let messages = (0..120).map(|_| Message::user("-")).chain([Message::user(s.text.as_str())]);
        _ = llm_span!("chat").set_input_messages(messages);
    }),
    carrier("set_input_messages: role", IN_MESSAGE, |s| ask((s.text.as_str(), "-"))),
    carrier("set_input_messages: name", IN_MESSAGE, |s| ask(Message::user("-").name(s.text.as_str()))),
    carrier("set_input_messages: tool call id", IN_MESSAGE, |s| ask(Message::tool(s.text.as_str(), "-"))),
    carrier("set_input_messages: tool result", IN_TEXT, |s| ask(Message::tool("id", s.text.as_str()))),
    carrier("set_input_messages: tool arguments", IN_TEXT, |s| {
        ask(Message::assistant("-").tool_call(ToolCall::new("tool", json!({ "key": s.text }))));
    }),
    carrier("set_input_messages: a key of tool arguments", IN_TEXT, |s| {
        ask(Message::assistant("-").tool_call(ToolCall::new("tool", json!({ &s.word: 1 }))));
    }),
    carrier("set_input_messages: function name", IN_MESSAGE, |s| {
        ask(Message::assistant("-").function_call(s.text.as_str(), "{}"));
    }),
    carrier("set_input_messages: function arguments", IN_TEXT, |s| {
        ask(Message::assistant("-").function_call("tool", json!({ "key": { "inner": [s.text] } })));
    }),
];

const OUTPUT: &[Carrier] = &[
    carrier("set_output_messages: content", OUT_TEXT, |s| answer(("assistant", s.text.as_str()))),
    carrier("set_output_messages: content that is the output", OUT_TEXT, |s| {
        _ = llm_span!("chat").set_output_messages(("assistant", s.text.as_str()));
    }),
    carrier("set_output_messages: tool name", OUT_MESSAGE, |s| {
        answer(Message::assistant("-").tool_call((s.text.as_str(), json!({}))));
    }),
    carrier("set_output_messages: tool arguments", OUT_TEXT, |s| {
        answer(Message::assistant("-").tool_call(("tool", json!({ "key": s.text }))));
    }),
    carrier("set_output_messages: tool arguments that are the output", OUT_TEXT, |s| {
        let call = ToolCall::new("tool", json!({ "key": s.text }));
        _ = llm_span!("chat").set_output_messages(Message::new("assistant").tool_call(call));
    }),
    carrier("set_output_messages: doubly encoded arguments", OUT_TEXT, |s| {
        answer(Message::assistant("-").tool_call(("tool", json!(json!({ "key": s.text }).to_string()).to_string())));
    }),
    carrier("set_output_messages: reasoning signature of a call", OUT_TEXT, |s| {
        let call = ToolCall::new("tool", "{}").reasoning_signature(s.text.as_str());
        answer(Message::assistant("-").tool_call(call));
    }),
    carrier("set_output_messages: id of a call", OUT_MESSAGE, |s| {
        answer(Message::assistant("-").tool_call(ToolCall::new("tool", "{}").id(s.text.as_str())));
    }),
];

const PARTS: &[Carrier] = &[
    carrier("input part: text", IN_TEXT, |s| ask(Message::user([Content::text(s.text.as_str())]))),
    carrier("input part: image", IN_IMAGE, |s| ask(Message::user([Content::image(s.text.as_str())]))),
    carrier("input part: image in base64", IN_IMAGE, |s| {
        let bytes = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, &s.word);
        ask(Message::user([Content::image(format!("data:image/png;base64,{bytes}"))]));
    }),
    carrier("input part: video", IN_IMAGE, |s| ask(Message::user([Content::video(s.text.as_str())]))),
    carrier("input part: audio", IN_AUDIO, |s| ask(Message::user([Content::audio(s.text.as_str())]))),
    carrier("input part: transcript", IN_AUDIO, |s| {
        ask(Message::user([Content::audio(Audio::default().transcript(s.text.as_str()))]));
    }),
    carrier("input part: document", IN_TEXT, |s| ask(Message::user([Content::document(s.text.as_str())]))),
    carrier("input part: address of a document", IN_TEXT, |s| {
        ask(Message::user([Content::document(Document::default().url(s.text.as_str()))]));
    }),
    carrier("input part: metadata of a document", IN_TEXT, |s| {
        ask(Message::user([Content::document(Document::default().metadata(json!({ "a": s.text })))]));
    }),
    carrier("input part: id", IN_MESSAGE, |s| ask(Message::user([Content::text("-").id(s.text.as_str())]))),
    carrier("output part: text", OUT_TEXT, |s| answer(Message::assistant([Content::text(s.text.as_str())]))),
    carrier("output part: reasoning", OUT_TEXT, |s| {
        answer(Message::assistant([Content::reasoning(s.text.as_str()), Content::text("-")]));
    }),
    carrier("output part: signature", OUT_TEXT, |s| {
        answer(Message::assistant([Content::reasoning("-").signature(s.text.as_str())]));
    }),
    carrier("output part: redacted reasoning", OUT_TEXT, |s| {
        answer(Message::assistant([Content::redacted_reasoning(s.text.as_str())]));
    }),
    carrier("output part: encrypted content", OUT_TEXT, |s| {
        answer(Message::assistant([Content::reasoning("-").encrypted_content(s.text.as_str())]));
    }),
    carrier("output part: tool use", OUT_TEXT, |s| {
        answer(Message::assistant([Content::tool_use(("tool", json!({ "key": s.text })))]));
    }),
    carrier("output part: image", OUT_MESSAGE, |s| answer(Message::assistant([Content::image(s.text.as_str())]))),
    carrier("output part: transcript", OUT_AUDIO, |s| {
        answer(Message::assistant([Content::audio(Audio::new("-").transcript(s.text.as_str()))]));
    }),
];

const AROUND: &[Carrier] = &[
    carrier("set_invocation_parameters: a text", PARAMETERS, |s| {
        _ = llm_span!("chat").set_invocation_parameters(json!({ "stop": [s.text], "temperature": 0.5 }));
    }),
    carrier("set_invocation_parameters: messages", PARAMETERS, |s| {
        let messages = json!([{ "role": "user", "content": s.text }]);
        _ = llm_span!("chat").set_invocation_parameters(json!({ "messages": messages, "model": "gpt-4o" }));
    }),
    carrier("set_invocation_parameters: a text for a word", PARAMETERS, |s| {
        _ = llm_span!("chat").set_invocation_parameters(json!({ "tool_choice": s.text, "size": "small" }));
    }),
    carrier("set_invocation_parameters: a text inside a word", PARAMETERS, |s| {
        _ = llm_span!("chat").set_invocation_parameters(json!({ "response_format": { "type": s.text } }));
    }),
    carrier("set_invocation_parameters: a JSON schema", PARAMETERS, |s| {
        let schema = json!({ "type": "json_schema", "json_schema": { "description": s.text } });
        _ = llm_span!("chat").set_invocation_parameters(json!({ "response_format": schema }));
    }),
    carrier("set_invocation_parameters: a key inside", PARAMETERS, |s| {
        _ = llm_span!("chat").set_invocation_parameters(json!({ "logit_bias": { &s.word: 1 } }));
    }),
    carrier("set_invocation_parameters: a name that is there twice", PARAMETERS, |s| {
        _ = llm_span!("chat").set_invocation_parameters(format!(r#"{{"stop":"{}","stop":5}}"#, s.word));
    }),
    carrier("set_invocation_parameters: not JSON", PARAMETERS, |s| {
        _ = llm_span!("chat").set_invocation_parameters(s.text.as_str());
    }),
    carrier("set_prompts", PROMPTS, |s| _ = llm_span!("complete").set_prompts(["-", s.text.as_str()])),
    carrier("set_choices", CHOICES, |s| _ = llm_span!("complete").set_choices(|| s.text.clone())),
    carrier("set_prompt_template: template", PROMPTS, |s| {
        _ = llm_span!("chat").set_prompt_template(PromptTemplate::new(s.text.as_str()));
    }),
    carrier("set_prompt_template: variables", PROMPTS, |s| {
        let variables = json!({ "a": Json(json!({ "b": [s.text] })).0 });
        _ = llm_span!("chat").set_prompt_template(PromptTemplate::new("{a}").variables(variables));
    }),
    carrier("set_prompt_template: the name of a variable", PROMPTS, |s| {
        _ = llm_span!("chat").set_prompt_template(PromptTemplate::new("-").variables(json!({ &s.word: 1 })));
    }),
    carrier("set_tools: name", TOOLS, |s| _ = llm_span!("chat").set_tools(s.text.as_str())),
    carrier("set_tools: description", TOOLS, |s| _ = llm_span!("chat").set_tools(("tool", s.text.as_str()))),
    carrier("set_tools: parameters", TOOLS, |s| {
        _ = llm_span!("chat").set_tools([Tool::new("tool").parameters(json!({ "enum": [s.text] }))]);
    }),
    carrier("set_tools: schema", TOOLS, |s| {
        _ = llm_span!("chat").set_tools(|| [Tool::from_json_schema(json!({ "x": { &s.word: s.text } }))]);
    }),
];
