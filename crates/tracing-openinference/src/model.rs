//! What an LLM application says about its work, typed, and how each family becomes attributes.
//!
//! A family that is a list (messages, documents, …) writes its elements under `<list>.<index>`; a flat family
//! (token counts, a prompt template, …) already is the attributes its builder collected.

mod content;
mod document;
mod embedding;
mod feedback;
mod flat;
mod io;
mod json;
mod lazy;
mod message;
mod tool;
mod usage;
mod value;

use openinference_semconv::Indexed;
use opentelemetry::{Key, KeyValue, Value};

pub use content::{Audio, Content};
pub use document::Document;
pub use embedding::Embedding;
pub use feedback::{Annotation, Evaluation, Verdict};
pub use flat::{Decision, GraphNode, Prompt, PromptTemplate, Reranker};
pub use io::{IoValue, Json};
pub use json::JsonText;
pub use lazy::{IntoContent, IntoContentList};
pub use message::{Message, MessageContent};
pub use tool::{Tool, ToolCall};
pub use usage::{Cost, IntoTokens, TokenCount};
pub use value::AttributeValue;

pub(crate) use feedback::{Feedback, FeedbackList};

/// One object of a flattened list.
pub(crate) trait Element {
    /// Gives `out` the attributes of this object, which stands at `at`. Empty objects give none, so that their index
    /// stays a gap, as in the Python helpers.
    fn write(self, at: &Indexed<'_>, out: &mut (impl FnMut(Key, Value) + ?Sized));
}

/// One object of a list that has a setter.
pub(crate) trait Listed: Element {
    /// Fields of which at least one stays as long as a policy shows anything of such an object.
    const TELLING: &'static [&'static str];
}

/// A family of attributes that has one place on a span.
pub(crate) trait Flat {
    fn into_attributes(self) -> Vec<KeyValue>;
}

/// Gives `out` the attribute `key()`, where there is a value. The key is not built where there is none.
fn put(out: &mut (impl FnMut(Key, Value) + ?Sized), key: impl FnOnce() -> String, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        out(Key::from(key()), value.into());
    }
}
