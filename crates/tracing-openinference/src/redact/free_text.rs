//! What has no key to go by: names, events, links, status.
//!
//! A `Cow::Borrowed` name or description is a literal of the source code (`tracing`'s metadata is nothing else) and
//! tells nothing about a request. An owned one was put together at run time.

use std::borrow::Cow;

use opentelemetry::trace::{Event, Status};
use opentelemetry::{KeyValue, Value};
use opentelemetry_sdk::trace::SpanData;

use super::REDACTED;
use super::flags::Flags;
use super::inside;
use super::policy::{Policy, Verdict, redact_value};

/// Events of the `gen_ai` conventions that carry a message, with the flags that hide messages of their side. What the
/// assistant said before is sent to the model again, so it is on both sides.
const MESSAGE_EVENTS: &[(&str, Flags)] = &[
    ("gen_ai.system.message", INPUT),
    ("gen_ai.user.message", INPUT),
    ("gen_ai.tool.message", INPUT),
    ("gen_ai.assistant.message", INPUT.or(OUTPUT)),
    ("gen_ai.choice", OUTPUT),
    ("gen_ai.content.prompt", INPUT.or(Flags::PROMPTS)),
    ("gen_ai.content.completion", OUTPUT.or(Flags::CHOICES)),
];
const INPUT: Flags = Flags::INPUT_MESSAGES.or(Flags::INPUT_TEXT).or(Flags::INPUT_IMAGES).or(Flags::INPUT_AUDIO);
const OUTPUT: Flags = Flags::OUTPUT_MESSAGES.or(Flags::OUTPUT_TEXT).or(Flags::OUTPUT_AUDIO);

/// Text that may quote either side.
pub(super) const FREE_TEXT: Flags = Flags::INPUTS.or(Flags::OUTPUTS);

/// Other names of events that conventions fix.
const EVENT_NAMES: &[&str] =
    &["exception", "event", "gen_ai.client.inference.operation.details", "gen_ai.evaluation.result"];

/// What a log line says about itself, in names and numbers.
const EVENT_FRAME: &[&str] = &["level", "target", "log.level", "log.target", "log.module_path", "log.file", "log.line"];
const CODE: &str = "code.";

/// Words of the span names that the `gen_ai` conventions make: `{operation} {model}`.
const OPERATIONS: &[&str] = &[
    "chat",
    "create_agent",
    "embeddings",
    "execute_tool",
    "generate_content",
    "invoke_agent",
    "invoke_workflow",
    "rerank",
    "retrieval",
    "text_completion",
];

impl Policy {
    pub(super) fn redact_event(&self, event: &mut Event) {
        let message = MESSAGE_EVENTS.iter().find(|(name, _)| *name == event.name);
        let content = message.map_or(Flags::default(), |(_, flags)| *flags);
        self.redact_loose_attributes(&mut event.attributes, content);
        if self.hides_free_text() && message.is_none() && !EVENT_NAMES.contains(&event.name.as_ref()) {
            self.redact_text(&mut event.name);
        }
    }

    /// Attributes of events and links, whose keys follow no vocabulary: a log line inside an LLM library may carry a
    /// whole request. Under a flag for free text, or one of those by which all of them are `content`, only those stay that a
    /// rule calls harmless.
    pub(super) fn redact_loose_attributes(&self, attributes: &mut Vec<KeyValue>, content: Flags) {
        let flags = content | FREE_TEXT;
        let free = self.hides_any(flags);
        attributes.retain_mut(|attribute| {
            let key = attribute.key.as_str();
            if free && (EVENT_FRAME.contains(&key) || key.starts_with(CODE)) {
                if inside::keep_name(&attribute.value) == Verdict::Redact {
                    self.count(flags);
                    redact_value(attribute);
                }
                return true;
            }
            match self.judge(attribute) {
                Verdict::Drop => return false,
                Verdict::Redact => redact_value(attribute),
                Verdict::Unknown if free => {
                    self.count(flags);
                    redact_value(attribute);
                }
                Verdict::Unknown | Verdict::Harmless | Verdict::Reduced => {}
            }
            true
        });
    }

    /// Whether a span failed stays; why may quote what it failed on.
    pub(super) fn redact_status(&self, status: &mut Status) {
        if let Status::Error { description } = status {
            self.redact_text(description);
        }
    }

    /// A name made at run time stays if each of its words is said by an attribute that is left, or is an operation:
    /// `chat gpt-4o`, `execute_tool search`, `GET /orders/{id}`.
    pub(super) fn redact_name(&self, span: &mut SpanData) {
        let said = |word: &str| {
            OPERATIONS.contains(&word)
                || span.attributes.iter().any(|attribute| match &attribute.value {
                    Value::String(text) => text.as_str().split_whitespace().any(|other| other == word),
                    _ => false,
                })
        };
        if matches!(span.name, Cow::Owned(_)) && !span.name.split_whitespace().all(said) {
            self.redact_text(&mut span.name);
        }
    }

    fn redact_text(&self, text: &mut Cow<'static, str>) {
        if matches!(text, Cow::Owned(owned) if !owned.is_empty()) {
            self.count(FREE_TEXT);
            *text = Cow::Borrowed(REDACTED);
        }
    }
}
