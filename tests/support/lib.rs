//! What the tests of the pipeline share: both ends of it, and a way to write down what came out.

pub mod collector;
pub mod phoenix;
pub mod program;
pub mod secrets;
pub mod span;
pub mod tls;

use std::time::Duration;

pub use collector::{Answer, Collector};
pub use phoenix::Phoenix;
pub use program::Program;
pub use span::span;
pub use tracing_openinference::testing::{Recorder, span_tree};

/// What may come on top of a time that is promised: on a busy machine a thread that is ready waits for a core. What
/// hangs takes longer: one attempt has ten seconds.
pub const SLACK: Duration = Duration::from_secs(4);

/// The code of the README, so that it compiles.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;
