//! The scopes that are entered on this thread.

use std::{cell::RefCell, sync::Arc};

use super::node::Node;

/// Which scope of this thread to leave.
#[derive(Debug)]
pub(super) struct Ticket(u64);

#[derive(Default)]
struct Stack {
    entries: Vec<Entry>,
    next: u64,
}

struct Entry {
    number: u64,
    /// The scope inside all that were entered before.
    node: Arc<Node>,
}

thread_local! {
    static STACK: RefCell<Stack> = const { RefCell::new(Stack { entries: Vec::new(), next: 0 }) };
}

impl Stack {
    fn current(&self) -> Option<&Arc<Node>> {
        self.entries.last().map(|entry| &entry.node)
    }

    fn push(&mut self, node: Arc<Node>) -> Ticket {
        let number = self.next;
        self.next += 1;
        self.entries.push(Entry { number, node });
        Ticket(number)
    }

    fn place(&self, ticket: &Ticket) -> Option<usize> {
        self.entries.iter().rposition(|entry| entry.number == ticket.0)
    }
}

/// `None` while the thread ends.
fn with<T>(f: impl FnOnce(&mut Stack) -> T) -> Option<T> {
    STACK.try_with(|stack| f(&mut stack.borrow_mut())).ok()
}

/// Enters `node` inside what is entered already.
pub(super) fn enter(node: &Arc<Node>) -> Option<Ticket> {
    with(|stack| {
        let node = Node::combine(stack.current(), node);
        stack.push(node)
    })
}

/// Leaves one scope, whatever was entered after it: guards may go in any order.
#[expect(clippy::needless_pass_by_value, reason = "a scope is left once")]
pub(super) fn leave(ticket: Ticket) {
    // Dropped outside of the borrow.
    let left = with(|stack| stack.place(&ticket).map(|place| stack.entries.remove(place)));
    drop(left);
}

/// What is entered now.
pub(super) fn current() -> Option<Arc<Node>> {
    with(|stack| stack.current().cloned()).flatten()
}

/// Runs `f` with `node` in place of what is entered. Scopes that `f` entered and did not leave, because it holds a guard
/// across an `.await`, are left with it: the thread goes on to other tasks.
pub(super) fn inside<T>(node: Arc<Node>, f: impl FnOnce() -> T) -> T {
    let _inside = Inside(with(|stack| stack.push(node)));
    f()
}

struct Inside(Option<Ticket>);

impl Drop for Inside {
    fn drop(&mut self) {
        let Some(ticket) = self.0.take() else { return };
        let left = with(|stack| stack.place(&ticket).map(|place| stack.entries.split_off(place)));
        drop(left);
    }
}

/// What a new span inherits.
pub(in crate::capture) fn inherited(parent: Option<&Arc<Node>>) -> Option<Arc<Node>> {
    with(|stack| match (parent, stack.current()) {
        (None, None) => None,
        (Some(parent), None) => Some(Arc::clone(parent)),
        (outer, Some(inner)) => Some(Node::combine(outer, inner)),
    })
    .unwrap_or_else(|| parent.cloned())
}

#[cfg(test)]
mod tests {
    use super::super::Scope;
    use super::*;

    fn user() -> Option<String> {
        let mut attributes = Vec::new();
        current()?.fill(&mut attributes);
        attributes.first().map(|attribute| attribute.value.to_string())
    }

    #[test]
    fn guards_that_go_in_the_wrong_order_leave_nothing_behind() {
        let (first, second) = (Scope::new().user("first").enter(), Scope::new().user("second").enter());
        drop(first);
        assert_eq!(user().as_deref(), Some("second"));
        drop(second);
        assert_eq!(user(), None);
    }

    #[test]
    fn a_guard_that_is_kept_across_polls_stays_inside() {
        let node = Node::new(vec![opentelemetry::KeyValue::new("user.id", "task")]);
        let kept = inside(node, || Scope::new().user("kept").enter());
        assert_eq!(user(), None);
        let _other = Scope::new().user("other").enter();
        drop(kept);
        assert_eq!(user().as_deref(), Some("other"));
    }

    #[test]
    fn a_panic_leaves_the_scope() {
        let result = std::panic::catch_unwind(|| Scope::new().user("u").in_scope(|| panic!("boom")));
        assert!(result.is_err());
        assert_eq!(user(), None);
    }
}
