//! What the items of a stream may be: chunks, or results of chunks.

use serde::Serialize;

use super::{delta::TextDelta, output::LlmOutput};
use crate::capture::failure::{AnyError, Failure};

/// The item of a stream, as a fold sees it: a `Chunk`, or a `Result` of one.
///
/// `How` tells the compiler which of these it is; it is never written out.
#[diagnostic::on_unimplemented(
    message = "a stream of `{Self}` cannot be folded by chunks of `{Chunk}`",
    note = "the closure's second argument is a reference to the item, or to what is in its `Ok`",
    note = "in the second case the `Err` must be an error: `std::error::Error`, `anyhow::Error`, `Box<dyn Error>`, text"
)]
pub trait StreamItem<Chunk, How> {
    #[doc(hidden)]
    fn chunk(&self) -> Option<&Chunk>;

    #[doc(hidden)]
    fn failure(&self) -> Option<Failure>;
}

/// The item of a stream of text: text, or a `Result` of it.
///
/// `How` tells the compiler which of these it is; it is never written out.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is neither text nor a `Result` of text",
    note = "fold other chunks with `trace_llm`"
)]
pub trait TextItem<How> {
    #[doc(hidden)]
    fn text(&self) -> Option<&str>;

    #[doc(hidden)]
    fn failure(&self) -> Option<Failure>;
}

/// The item of a stream of a provider's chunks: something that serialises to the chunk, or a `Result` of it.
///
/// `How` tells the compiler which of these it is; it is never written out.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is neither something that serialises nor a `Result` of it",
    note = "a chunk must be `serde::Serialize`; fold other chunks with `trace_llm`",
    note = "an `Err` must be an error: `std::error::Error`, `anyhow::Error`, `Box<dyn Error>`, text"
)]
pub trait ChunkItem<How> {
    #[doc(hidden)]
    fn push_to(&self, output: &mut LlmOutput);

    #[doc(hidden)]
    fn failure(&self) -> Option<Failure>;
}

mod how {
    #[derive(Debug)]
    pub struct Whole;
    #[derive(Debug)]
    pub struct InResult<Error>(Error);
}

impl<T> StreamItem<T, how::Whole> for T {
    fn chunk(&self) -> Option<&T> {
        Some(self)
    }

    fn failure(&self) -> Option<Failure> {
        None
    }
}

impl<T, E: AnyError<How>, How> StreamItem<T, how::InResult<How>> for Result<T, E> {
    fn chunk(&self) -> Option<&T> {
        self.as_ref().ok()
    }

    fn failure(&self) -> Option<Failure> {
        self.as_ref().err().map(AnyError::failure)
    }
}

impl<T: TextDelta> TextItem<how::Whole> for T {
    fn text(&self) -> Option<&str> {
        self.delta()
    }

    fn failure(&self) -> Option<Failure> {
        None
    }
}

impl<T: TextDelta, E: AnyError<How>, How> TextItem<how::InResult<How>> for Result<T, E> {
    fn text(&self) -> Option<&str> {
        self.as_ref().ok().and_then(TextDelta::delta)
    }

    fn failure(&self) -> Option<Failure> {
        self.as_ref().err().map(AnyError::failure)
    }
}

impl<T: Serialize> ChunkItem<how::Whole> for T {
    fn push_to(&self, output: &mut LlmOutput) {
        output.push_chunk(self);
    }

    fn failure(&self) -> Option<Failure> {
        None
    }
}

impl<T: Serialize, E: AnyError<How>, How> ChunkItem<how::InResult<How>> for Result<T, E> {
    fn push_to(&self, output: &mut LlmOutput) {
        if let Ok(chunk) = self {
            output.push_chunk(chunk);
        }
    }

    fn failure(&self) -> Option<Failure> {
        self.as_ref().err().map(AnyError::failure)
    }
}
