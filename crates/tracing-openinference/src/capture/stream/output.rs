//! The output of a model, put together from its pieces.

use std::collections::BTreeMap;

use opentelemetry::KeyValue;
use serde::Serialize;
use serde_json::{Map, Value};
use tracing::Span;

use super::delta::TextDelta;
use crate::{
    capture::{
        failure::{AnyError, Failure},
        span_ext::{self, OpenInferenceSpanExt},
    },
    convert::api::{Body, Chunks, Refusal},
    model::{Content, Flat, IntoContent, IoValue, Message, TokenCount, ToolCall},
};

/// What a model has answered so far; the closure of [`trace_llm`](super::OpenInferenceStreamExt::trace_llm) adds to it.
///
/// Everything that takes text takes an `Option` of it too, and `None` and empty text change nothing: providers send
/// fields they have nothing to say in.
#[derive(Debug)]
pub struct LlmOutput {
    shown: bool,
    messages: BTreeMap<u64, MessageOutput>,
    output: Option<IoValue>,
    finish_reason: Option<String>,
    response_model: Option<String>,
    tokens: Vec<KeyValue>,
    chunks: Option<Chunks>,
    failure: Option<Failure>,
}

/// One message of an answer; an answer with `n` choices has that many.
#[derive(Debug)]
pub struct MessageOutput {
    shown: bool,
    role: Option<String>,
    text: String,
    reasoning: String,
    tool_calls: BTreeMap<u64, ToolCallOutput>,
}

/// One tool call of an answer.
#[derive(Debug)]
pub struct ToolCallOutput {
    shown: bool,
    call: ToolCall,
    arguments: String,
}

impl LlmOutput {
    pub(super) fn new(shown: bool) -> Self {
        Self {
            shown,
            messages: BTreeMap::new(),
            output: None,
            finish_reason: None,
            response_model: None,
            tokens: Vec::new(),
            chunks: None,
            failure: None,
        }
    }

    /// Adds to what the model says.
    pub fn push_text(&mut self, delta: impl TextDelta) {
        self.message(0).push_text(delta);
    }

    /// Adds to what the model thinks before it answers.
    pub fn push_reasoning(&mut self, delta: impl TextDelta) {
        self.message(0).push_reasoning(delta);
    }

    /// The tool call that the provider counts as `index`, to add to. See [`MessageOutput::tool_call`].
    pub fn tool_call(&mut self, index: impl TryInto<u64>) -> &mut ToolCallOutput {
        self.message(0).tool_call(index)
    }

    /// Adds a tool call that comes in one piece.
    pub fn add_tool_call(&mut self, call: impl Into<ToolCall>) {
        self.message(0).add_tool_call(call);
    }

    /// Sets who speaks; `assistant` otherwise.
    pub fn set_role(&mut self, role: impl TextDelta) {
        self.message(0).set_role(role);
    }

    /// The message that the provider counts as `index`, where there may be several. The other methods are about the
    /// first one, 0.
    pub fn message(&mut self, index: impl TryInto<u64>) -> &mut MessageOutput {
        let shown = self.shown;
        self.messages.entry(place(shown, index)).or_insert_with(|| MessageOutput::new(shown))
    }

    /// Sets `output.value`, which otherwise is the text, or the messages as JSON when there is more than text, unless they are
    /// hidden. A closure runs only when the output is not hidden.
    pub fn set_output<How>(&mut self, output: impl IntoContent<IoValue, How>) {
        self.output = Some(if self.shown { output.into_content() } else { IoValue::text("") });
    }

    /// Sets why the model stopped: `llm.finish_reason`.
    pub fn set_finish_reason(&mut self, reason: impl TextDelta) {
        replace(&mut self.finish_reason, &reason);
    }

    /// Sets the model that answers: `llm.response.model_name`.
    pub fn set_response_model(&mut self, name: impl TextDelta) {
        replace(&mut self.response_model, &name);
    }

    /// Sets how many tokens it took so far. Counts that are not named stay, as providers spread them over chunks.
    pub fn set_token_count(&mut self, tokens: impl Into<TokenCount>) {
        for count in tokens.into().into_attributes() {
            match self.tokens.iter_mut().find(|known| known.key == count.key) {
                Some(known) => *known = count,
                None => self.tokens.push(count),
            }
        }
    }

    /// Adds a chunk of a provider's API, which serialises to the JSON it was; see
    /// [`trace_llm_chunks`](super::OpenInferenceStreamExt::trace_llm_chunks). What the other methods set replaces what the
    /// chunks say.
    pub fn push_chunk(&mut self, chunk: &(impl Serialize + ?Sized)) {
        let shown = self.shown;
        let refused = self.chunks.get_or_insert_with(|| Chunks::new(shown)).push(Body::of(chunk));
        if let Some(Refusal { kind, message }) = refused {
            self.failure = Some(Failure::new(kind, message));
        }
    }

    /// Makes the span an error, with an exception: for a provider that sends its errors as chunks.
    pub fn record_error<How>(&mut self, error: &(impl AnyError<How> + ?Sized)) {
        self.failure = Some(error.failure());
    }

    pub(super) fn take_failure(&mut self) -> Option<Failure> {
        self.failure.take()
    }

    /// Sets the output on the span, and returns what else there is to set.
    pub(super) fn write(mut self, span: &Span) -> Vec<KeyValue> {
        if let Some(response) = self.chunks.take().and_then(Chunks::finish) {
            span_ext::folded(span, response);
        }
        if self.shown {
            self.messages.retain(|_, message| !message.is_empty());
        }
        // Of hidden output a trace is left, as the setters leave it.
        if let Some(output) = self.output.take() {
            span.set_output(output);
        } else if let Some(output) = self.value() {
            span_ext::said(span, output);
        }
        if !self.messages.is_empty() {
            let messages = self.messages;
            span.set_output_messages(|| messages.into_values().map(Message::from));
        }
        if let Some(reason) = self.finish_reason {
            span.set_finish_reason(reason);
        }
        if let Some(model) = self.response_model {
            span.set_response_model(model);
        }
        self.tokens
    }

    fn value(&self) -> Option<IoValue> {
        let mut messages = self.messages.values();
        match (messages.next()?, self.messages.len()) {
            (only, 1) if only.is_text() => Some(IoValue::text(only.text.as_str())),
            (only, 1) => Some(IoValue::json_text(only.json().to_string())),
            _ => {
                Some(IoValue::json_text(self.messages.values().map(MessageOutput::json).collect::<Value>().to_string()))
            }
        }
    }
}

impl MessageOutput {
    fn new(shown: bool) -> Self {
        Self { shown, role: None, text: String::new(), reasoning: String::new(), tool_calls: BTreeMap::new() }
    }

    /// Adds to what the message says.
    pub fn push_text(&mut self, delta: impl TextDelta) {
        push(self.shown, &mut self.text, &delta);
    }

    /// Adds to what the model thinks before it says this.
    pub fn push_reasoning(&mut self, delta: impl TextDelta) {
        push(self.shown, &mut self.reasoning, &delta);
    }

    /// The tool call that the provider counts as `index`, to add to. It comes in pieces: the first has the id and the
    /// name, each brings some of the arguments.
    pub fn tool_call(&mut self, index: impl TryInto<u64>) -> &mut ToolCallOutput {
        let shown = self.shown;
        self.tool_calls.entry(place(shown, index)).or_insert_with(|| ToolCallOutput::new(shown))
    }

    /// Adds a tool call that comes in one piece.
    pub fn add_tool_call(&mut self, call: impl Into<ToolCall>) {
        let next = self.tool_calls.last_key_value().map_or(0, |(last, _)| last.saturating_add(1));
        let mut call = call.into();
        let added = self.tool_call(next);
        added.push_arguments(call.arguments.take());
        added.call = call;
    }

    /// Sets who speaks; `assistant` otherwise.
    pub fn set_role(&mut self, role: impl TextDelta) {
        replace(&mut self.role, &role);
    }

    fn is_empty(&self) -> bool {
        self.text.is_empty() && self.reasoning.is_empty() && self.tool_calls.is_empty()
    }

    fn is_text(&self) -> bool {
        self.tool_calls.is_empty() && (self.reasoning.is_empty() || !self.text.is_empty())
    }

    fn role(&self) -> &str {
        self.role.as_deref().unwrap_or("assistant")
    }

    /// As the chat APIs write a message.
    fn json(&self) -> Value {
        let mut message = Map::from_iter([("role".to_owned(), Value::from(self.role()))]);
        for (field, text) in [("reasoning", &self.reasoning), ("content", &self.text)] {
            if !text.is_empty() {
                message.insert(field.to_owned(), Value::from(text.as_str()));
            }
        }
        if !self.tool_calls.is_empty() {
            let calls = self.tool_calls.values().map(ToolCallOutput::json).collect();
            message.insert("tool_calls".to_owned(), calls);
        }
        Value::Object(message)
    }
}

impl ToolCallOutput {
    fn new(shown: bool) -> Self {
        Self { shown, call: ToolCall::default(), arguments: String::new() }
    }

    /// Sets the id, by which the tool's answer names the call.
    pub fn id(&mut self, id: impl TextDelta) -> &mut Self {
        replace(&mut self.call.id, &id);
        self
    }

    /// Sets the tool's name.
    pub fn name(&mut self, name: impl TextDelta) -> &mut Self {
        replace(&mut self.call.name, &name);
        self
    }

    /// Adds to the arguments, which are JSON text in the end.
    pub fn push_arguments(&mut self, delta: impl TextDelta) -> &mut Self {
        push(self.shown, &mut self.arguments, &delta);
        self
    }

    fn json(&self) -> Value {
        serde_json::json!({
            "id": self.call.id,
            "type": "function",
            "function": { "name": self.call.name, "arguments": self.arguments },
        })
    }
}

impl From<MessageOutput> for Message {
    fn from(output: MessageOutput) -> Self {
        let calls = output.tool_calls.into_values().map(ToolCall::from);
        let message = Message::new(output.role.unwrap_or_else(|| "assistant".to_owned())).tool_calls(calls);
        match (output.reasoning.is_empty(), output.text.is_empty()) {
            (true, true) => message,
            (true, false) => message.content(output.text),
            (false, true) => message.content(Content::reasoning(output.reasoning)),
            (false, false) => message.content([Content::reasoning(output.reasoning), Content::text(output.text)]),
        }
    }
}

impl From<ToolCallOutput> for ToolCall {
    fn from(output: ToolCallOutput) -> Self {
        let mut call = output.call;
        call.arguments = (!output.arguments.is_empty()).then_some(output.arguments);
        call
    }
}

fn replace(value: &mut Option<String>, new: &impl TextDelta) {
    if let Some(new) = new.delta().filter(|new| !new.is_empty()) {
        *value = Some(new.to_owned());
    }
}

fn push(shown: bool, text: &mut String, delta: &impl TextDelta) {
    if let Some(delta) = delta.delta().filter(|_| shown) {
        text.push_str(delta);
    }
}

/// What a provider counts as `index`. Where nothing is kept one place is enough; a count that is none is the last.
fn place(shown: bool, index: impl TryInto<u64>) -> u64 {
    if shown { index.try_into().unwrap_or(u64::MAX) } else { 0 }
}
