#![doc = include_str!("../README.md")]
#![no_std]

extern crate alloc;

mod indexed;
mod infer;
pub mod keys;
mod kind;
mod system;
mod word;

pub use indexed::Indexed;
pub use kind::{AnnotatorKind, MimeType, SpanKind};
pub use system::{DecisionProvider, DecisionSystem, Provider, System};
pub use word::UnknownWord;
