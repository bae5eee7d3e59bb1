//! The words of [OpenInference](https://github.com/Arize-ai/openinference/tree/main/spec).

mod indexed;
pub mod keys;
mod kind;

pub use indexed::Indexed;
pub use kind::{MimeType, SpanKind};
