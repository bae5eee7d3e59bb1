//! Stage 3: what is hidden never leaves.
//!
//! The words, each with one sense throughout:
//!
//! * **`TraceConfig`** is OpenInference's name for the policy, as the user states it.
//! * **hide** is the user's wish: `hide_inputs`.
//! * **redact** is to replace a value by `__REDACTED__`; the key stays, so the span keeps its shape.
//! * **drop** is to remove an attribute with its key.
//!
//! `flags.rs` has the settings, `config.rs` and `env.rs` decide their values, `rules.rs` says in one ordered table
//! which keys each of them concerns (`rule.rs`: what a row can say), `policy.rs` applies it to an attribute, `inside.rs`
//! to parts of one, and `free_text.rs` looks after what has no key: names, events, links, status. No other module
//! writes `__REDACTED__`.
//!
//! The application's own rules come after that: `redaction.rs` is one of them, `patterns.rs` applies all of them to a
//! span, and `detect.rs` has what the ready-made ones look for. `tally.rs` counts.

mod config;
mod detect;
mod env;
mod flags;
mod free_text;
mod glob;
mod hash;
mod inside;
mod key;
mod memo;
mod patterns;
mod policy;
mod redaction;
mod rule;
mod rules;
mod tally;
mod words;

use opentelemetry_sdk::trace::SpanData;

use flags::Flags;

pub use config::TraceConfig;
pub use hash::HashKey;
pub(crate) use policy::Policy;
pub use redaction::Redaction;
pub(crate) use tally::Tally;

/// What OpenInference writes in place of a hidden value.
const REDACTED: &str = "__REDACTED__";

/// Redacts a finished span as the pipeline does, before the span enters any queue: attributes, events, links, status
/// and name.
///
/// It relies on the names that [`convert`](crate::convert()) gives, so that goes first, with
/// [`Conversion::for_config`](crate::Conversion::for_config) of the same `config`: without it the last question is repeated
/// as `input.value`, which the flags that name messages do not cover.
///
/// A [`Redaction`] by key sees the names that are there now; [`TraceConfig::would_send`] applies it to those that were
/// recorded too, as the pipeline does.
///
/// This is the stage alone, for people who run a pipeline of their own, and for tests of a policy: what this leaves
/// in the span is what would be sent. Of the environment it knows what [`TraceConfig::from_env`] has read. It decides
/// the policy anew on every call; the pipeline does that once.
///
/// ```
/// # use opentelemetry::{KeyValue, trace::{SpanContext, SpanId, SpanKind, Status}};
/// # use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanLinks};
/// # let mut span = SpanData {
/// #     span_context: SpanContext::empty_context(),
/// #     parent_span_id: SpanId::INVALID,
/// #     parent_span_is_remote: false,
/// #     span_kind: SpanKind::Internal,
/// #     name: "answer".into(),
/// #     start_time: std::time::UNIX_EPOCH,
/// #     end_time: std::time::UNIX_EPOCH,
/// #     attributes: vec![
/// #         KeyValue::new("openinference.span.kind", "LLM"),
/// #         KeyValue::new("llm.input_messages", r#"[{"role":"user","content":"my card is 4111"}]"#),
/// #     ],
/// #     dropped_attributes_count: 0,
/// #     events: SpanEvents::default(),
/// #     links: SpanLinks::default(),
/// #     status: Status::Unset,
/// #     instrumentation_scope: opentelemetry::InstrumentationScope::default(),
/// # };
/// use tracing_openinference::{Conversion, TraceConfig, convert, redact};
///
/// let config = TraceConfig::new().hide_input_messages(true);
/// convert(&mut span, &Conversion::for_config(&config));
/// redact(&mut span, &config);
/// assert!(!format!("{span:?}").contains("4111"));
/// ```
pub fn redact(span: &mut SpanData, config: &TraceConfig) {
    config.policy().redact(span);
}

impl Policy {
    /// Redacts the whole span.
    pub(crate) fn redact(&self, span: &mut SpanData) {
        span.attributes.retain_mut(|attribute| self.apply(attribute));
        for event in &mut span.events.events {
            self.redact_event(event);
        }
        for link in &mut span.links.links {
            self.redact_loose_attributes(&mut link.attributes, Flags::default());
        }
        if self.hides_free_text() {
            self.redact_status(&mut span.status);
            self.redact_name(span);
        }
        self.redact_patterns(span);
    }

    /// What the application's rules about names hide under the names it recorded them with; goes before conversion.
    pub(crate) fn redact_recorded(&self, span: &mut SpanData) {
        if let Some(patterns) = &self.patterns {
            patterns.redact_recorded(span);
        }
    }

    /// The application's rules alone, for what was added since.
    pub(crate) fn redact_patterns(&self, span: &mut SpanData) {
        if let Some(patterns) = &self.patterns {
            patterns.redact(span);
        }
    }
}

#[cfg(test)]
mod tests;
