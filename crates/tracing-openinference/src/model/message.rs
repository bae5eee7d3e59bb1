use std::borrow::Cow;

use openinference_semconv::{Indexed, keys};
use opentelemetry::{Key, Value};
use serde::Serialize;

use super::{Content, Element, Listed, ToolCall, json, put};

/// One message to or from a model: `llm.input_messages.N.message.*` or `llm.output_messages.N.message.*`.
///
/// ```
/// use tracing_openinference::{Content, Message, ToolCall};
///
/// let plain = Message::user("What is this?");
/// let picture = Message::user([Content::text("What is this?"), Content::image("https://example.com/cat.png")]);
/// let call = Message::new("assistant").tool_call(ToolCall::new("weather", r#"{"city":"Paris"}"#).id("call_1"));
/// let answer = Message::tool("call_1", "18°C");
/// let pair = Message::from(("user", "What is this?"));
/// assert_eq!(pair, plain);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[must_use = "a message does nothing until it is set on a span"]
pub struct Message {
    role: Option<Cow<'static, str>>,
    content: Option<String>,
    contents: Vec<Content>,
    name: Option<String>,
    tool_call_id: Option<String>,
    tool_calls: Vec<ToolCall>,
    function_call: Option<(String, String)>,
}

/// What a message says: text, or a list of [`Content`] parts, or nothing.
///
/// Made from strings, from one [`Content`] or a list of them, and from an `Option` of each.
#[derive(Clone, Debug, PartialEq)]
pub struct MessageContent(Said);

#[derive(Clone, Debug, PartialEq)]
enum Said {
    Nothing,
    Text(String),
    Parts(Vec<Content>),
}

impl Message {
    /// A message of `role` that says nothing yet.
    pub fn new(role: impl Into<String>) -> Self {
        Self { role: Some(Cow::Owned(role.into())), ..Self::default() }
    }

    /// A message of the role `system`.
    pub fn system(content: impl Into<MessageContent>) -> Self {
        Self::of("system").content(content)
    }

    /// A message of the role `user`.
    pub fn user(content: impl Into<MessageContent>) -> Self {
        Self::of("user").content(content)
    }

    /// A message of the role `assistant`.
    pub fn assistant(content: impl Into<MessageContent>) -> Self {
        Self::of("assistant").content(content)
    }

    /// A message of the role `tool`: the result of the call `tool_call_id`.
    pub fn tool(tool_call_id: impl Into<String>, content: impl Into<MessageContent>) -> Self {
        Self::of("tool").tool_call_id(tool_call_id).content(content)
    }

    fn of(role: &'static str) -> Self {
        Self { role: Some(Cow::Borrowed(role)), ..Self::default() }
    }

    /// Sets what the message says: text as `message.content`, parts as `message.contents.M.*`.
    pub fn content(self, content: impl Into<MessageContent>) -> Self {
        match content.into().0 {
            Said::Nothing => self,
            Said::Text(text) => Self { content: Some(text), ..self },
            Said::Parts(contents) => Self { contents, ..self },
        }
    }

    /// Sets `message.name`: the tool, function or person that speaks.
    pub fn name(self, name: impl Into<String>) -> Self {
        Self { name: Some(name.into()), ..self }
    }

    /// Sets `message.tool_call_id`: the call that this message answers.
    pub fn tool_call_id(self, id: impl Into<String>) -> Self {
        Self { tool_call_id: Some(id.into()), ..self }
    }

    /// Adds a call that the model asks for, as `message.tool_calls.M.tool_call.*`.
    pub fn tool_call(mut self, call: impl Into<ToolCall>) -> Self {
        self.tool_calls.push(call.into());
        self
    }

    /// Adds calls that the model asks for.
    pub fn tool_calls(mut self, calls: impl IntoIterator<Item: Into<ToolCall>>) -> Self {
        self.tool_calls.extend(calls.into_iter().map(Into::into));
        self
    }

    /// Sets `message.function_call_name` and `message.function_call_arguments_json`, which OpenInference has deprecated:
    /// for providers that still answer so. A string of `arguments` is JSON text, anything else is serialised.
    pub fn function_call(self, name: impl Into<String>, arguments: impl Serialize) -> Self {
        Self { function_call: Some((name.into(), json::text(&arguments))), ..self }
    }
}

impl Listed for Message {
    const TELLING: &'static [&'static str] = &[keys::MESSAGE_ROLE];
}

impl Element for Message {
    fn write(self, at: &Indexed<'_>, out: &mut (impl FnMut(Key, Value) + ?Sized)) {
        put(out, || at.key(keys::MESSAGE_ROLE), self.role);
        put(out, || at.key(keys::MESSAGE_NAME), self.name);
        put(out, || at.key(keys::MESSAGE_TOOL_CALL_ID), self.tool_call_id);
        put(out, || at.key(keys::MESSAGE_CONTENT), self.content);
        for (index, content) in self.contents.into_iter().enumerate() {
            content.write(&at.list(keys::MESSAGE_CONTENTS, index), out);
        }
        for (index, call) in self.tool_calls.into_iter().enumerate() {
            call.write(&at.list(keys::MESSAGE_TOOL_CALLS, index), out);
        }
        if let Some((name, arguments)) = self.function_call {
            put(out, || at.key(keys::MESSAGE_FUNCTION_CALL_NAME), Some(name));
            put(out, || at.key(keys::MESSAGE_FUNCTION_CALL_ARGUMENTS_JSON), Some(arguments));
        }
    }
}

impl<R: Into<String>, C: Into<MessageContent>> From<(R, C)> for Message {
    fn from((role, content): (R, C)) -> Self {
        Self::new(role).content(content)
    }
}

macro_rules! from_text {
    ($($text:ty),+) => {
        $(impl From<$text> for MessageContent {
            fn from(text: $text) -> Self {
                Self(Said::Text(text.into()))
            }
        })+
    };
}
from_text!(&str, String, &String, Box<str>, Cow<'_, str>);

impl From<Content> for MessageContent {
    fn from(content: Content) -> Self {
        Self(Said::Parts(vec![content]))
    }
}

impl From<Vec<Content>> for MessageContent {
    fn from(contents: Vec<Content>) -> Self {
        Self(Said::Parts(contents))
    }
}

impl<const N: usize> From<[Content; N]> for MessageContent {
    fn from(contents: [Content; N]) -> Self {
        Self(Said::Parts(contents.into()))
    }
}

impl<C: Into<MessageContent>> From<Option<C>> for MessageContent {
    fn from(content: Option<C>) -> Self {
        content.map_or(Self(Said::Nothing), Into::into)
    }
}
