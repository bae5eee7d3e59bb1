//! When did a span end?
//!
//! A span ends when its own last handle goes. But the registry also keeps a span open for its children, so a close can be
//! late: a request span whose background child outlives it closes only with that child, and must not be stretched to it.
//! A layer sees neither clones nor drops of handles, only the close. What tells the two apart is a reference of our own:
//! every recorded span holds one on its nearest recorded ancestor and gives it back, under a thread-local flag, after the
//! registry has already released the real parent. A close that happens under the flag is one that only followed from a
//! child's close. The order "parent released, then extensions dropped" is `Registry`'s own; should it change, ends become
//! "now" and nothing else breaks.

use std::cell::Cell;

use tracing::{Dispatch, dispatcher::WeakDispatch, span::Id};

thread_local! {
    static FOLLOWS_FROM_A_CHILD: Cell<bool> = const { Cell::new(false) };
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
            let before = FOLLOWS_FROM_A_CHILD.try_with(|flag| flag.replace(true));
            dispatch.try_close(self.ancestor.clone());
            if let Ok(before) = before {
                let _ = FOLLOWS_FROM_A_CHILD.try_with(|flag| flag.set(before));
            }
        }
    }
}

/// Whether the close that is being reported only follows from the close of a child.
pub(crate) fn follows_from_a_child() -> bool {
    FOLLOWS_FROM_A_CHILD.try_with(Cell::get).unwrap_or(false)
}
