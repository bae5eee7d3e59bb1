//! How a stream's items become its output.

use std::{fmt, marker::PhantomData};

use super::{
    item::{ChunkItem, StreamItem, TextItem},
    output::LlmOutput,
};
use crate::capture::failure::Failure;

/// One item into the output.
pub trait Fold<Item> {
    /// Runs code of the application: may panic.
    fn fold(&mut self, output: &mut LlmOutput, item: &Item);

    /// The error that the item is. Runs code of the application: may panic.
    fn failure(&self, item: &Item) -> Option<Failure>;
}

/// The application's closure.
pub struct ChunkFold<F, Chunk, How> {
    fold: F,
    takes: PhantomData<fn(Chunk) -> How>,
}

/// Text as it comes.
pub struct TextFold<How>(PhantomData<fn() -> How>);

/// A provider's chunks as they come.
pub struct BodyFold<How>(PhantomData<fn() -> How>);

impl<F, Chunk, How> ChunkFold<F, Chunk, How> {
    pub(super) fn new(fold: F) -> Self {
        Self { fold, takes: PhantomData }
    }
}

impl<How> TextFold<How> {
    pub(super) fn new() -> Self {
        Self(PhantomData)
    }
}

impl<How> BodyFold<How> {
    pub(super) fn new() -> Self {
        Self(PhantomData)
    }
}

impl<Item, F, Chunk, How> Fold<Item> for ChunkFold<F, Chunk, How>
where
    Item: StreamItem<Chunk, How>,
    F: FnMut(&mut LlmOutput, &Chunk),
{
    fn fold(&mut self, output: &mut LlmOutput, item: &Item) {
        if let Some(chunk) = item.chunk() {
            (self.fold)(output, chunk);
        }
    }

    fn failure(&self, item: &Item) -> Option<Failure> {
        item.failure()
    }
}

impl<Item: TextItem<How>, How> Fold<Item> for TextFold<How> {
    fn fold(&mut self, output: &mut LlmOutput, item: &Item) {
        output.push_text(item.text());
    }

    fn failure(&self, item: &Item) -> Option<Failure> {
        item.failure()
    }
}

impl<Item: ChunkItem<How>, How> Fold<Item> for BodyFold<How> {
    fn fold(&mut self, output: &mut LlmOutput, item: &Item) {
        item.push_to(output);
    }

    fn failure(&self, item: &Item) -> Option<Failure> {
        item.failure()
    }
}

impl<F, Chunk, How> fmt::Debug for ChunkFold<F, Chunk, How> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ChunkFold")
    }
}

impl<How> fmt::Debug for TextFold<How> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TextFold")
    }
}

impl<How> fmt::Debug for BodyFold<How> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BodyFold")
    }
}
