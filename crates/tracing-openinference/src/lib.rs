//! See what your LLM application does: `tracing` spans as OpenInference traces.

mod builder;
mod capture;
mod convert;
mod error;
mod model;
mod redact;
mod select;
mod ship;

pub use error::BuildError;
