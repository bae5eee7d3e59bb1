//! When did a span end?
//!
//! A span ends when its own last handle goes. But the registry also keeps a span open for its children, so a close can be
//! late: a request span whose background child outlives it closes only with that child, and must not be stretched to it.
//! A layer sees neither clones nor drops of handles, only the close. What tells the two apart is a reference of our own:
//! every recorded span holds one on its nearest recorded ancestor and gives it back, with its id in a thread-local, after the
//! registry has already released the real parent. A close of that very id is then one that only followed from a
//! child's close. The order "parent released, then extensions dropped" is `Registry`'s own; should it change, ends become
//! "now" and nothing else breaks.

use std::cell::Cell;

use tracing::{Dispatch, dispatcher::WeakDispatch, span::Id};

thread_local! {
    /// The ancestor whose reference is being given back, or 0.
    static GIVEN_BACK: Cell<u64> = const { Cell::new(0) };
}

/// A reference on the nearest recorded ancestor.
pub(crate) struct Hold {
    ancestor: Id,
    dispatch: WeakDispatch,
}

impl Hold {
    pub(crate) fn new(ancestor: &Id, dispatch: &Dispatch) -> Self {
        Self { ancestor: dispatch.clone_span(ancestor), dispatch: dispatch.downgrade() }
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        if let Some(dispatch) = self.dispatch.upgrade() {
            let _reset = Reset(GIVEN_BACK.try_with(|id| id.replace(self.ancestor.into_u64())).unwrap_or(0));
            dispatch.try_close(self.ancestor.clone());
        }
    }
}

/// Puts back what was in the cell, also when a layer panics.
struct Reset(u64);

impl Drop for Reset {
    fn drop(&mut self) {
        let _ = GIVEN_BACK.try_with(|id| id.set(self.0));
    }
}

/// Whether the close of `id` that is being reported only follows from the close of a child. What the later stages close
/// meanwhile is none of that.
pub(crate) fn follows_from_a_child(id: &Id) -> bool {
    GIVEN_BACK.try_with(Cell::get).is_ok_and(|given_back| given_back == id.into_u64())
}
