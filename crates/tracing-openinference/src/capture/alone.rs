//! Stands for [`bridge`](super::bridge) without the feature `tracing-opentelemetry`: there is nobody to agree with.

use opentelemetry::Context;
use tracing::{Dispatch, Span, span::Id};

use super::{
    Core,
    open::{Open, Settled},
};

pub(super) fn asking() -> bool {
    false
}

#[derive(Debug, Default)]
pub(crate) struct Neighbour(());

impl Neighbour {
    #[expect(clippy::unused_self, reason = "the bridge looks at it")]
    pub(super) fn is_absent(&self) -> bool {
        true
    }

    #[expect(clippy::unused_self, reason = "the bridge looks at it")]
    pub(super) fn is_present(&self) -> bool {
        false
    }
}

#[derive(Debug)]
pub(super) struct Answer;

pub(super) fn ask(_core: &Core, _id: &Id, _dispatch: &Dispatch) -> Option<Answer> {
    None
}

pub(super) fn settle(open: &mut Open, _core: &Core, _answer: Option<&Answer>) {
    open.settled = Settled::Yes;
}

impl Core {
    pub(super) fn notice_place(&self, _id: &Id) {}
}

pub(super) fn set_parent(_span: &Span, _context: &Context) -> bool {
    true
}
