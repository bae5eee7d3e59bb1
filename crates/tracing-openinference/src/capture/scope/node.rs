use std::{collections::HashSet, sync::Arc};

use opentelemetry::KeyValue;

use super::LINEAR;

/// Beyond, the scopes behind an inner one become one. A task that spawns its successor inside a scope of its own would
/// otherwise keep the scopes of all who went before.
const MOST_LAYERS: u32 = 32;

/// The attributes of a scope and of those around it, inner first.
#[derive(Debug)]
pub(in crate::capture) struct Node {
    /// Shared by all nodes that have this scope in them, so that it is known again.
    layer: Arc<[KeyValue]>,
    outer: Option<Arc<Node>>,
    layers: u32,
    /// How many attributes there are, those that an inner scope replaces among them.
    attributes: usize,
}

impl Node {
    pub(super) fn new(attributes: Vec<KeyValue>) -> Arc<Self> {
        Self::over(None, attributes.into())
    }

    fn over(outer: Option<Arc<Self>>, layer: Arc<[KeyValue]>) -> Arc<Self> {
        let outer = outer.map(|outer| if outer.layers < MOST_LAYERS { outer } else { outer.flattened() });
        let (layers, attributes) = outer.as_ref().map_or((0, 0), |outer| (outer.layers, outer.attributes));
        Arc::new(Self { layers: layers + 1, attributes: attributes + layer.len(), layer, outer })
    }

    /// `inner` over `outer`. A scope that is on both sides was entered once and stays where `outer` has it: what `outer` has
    /// over it was entered inside of it.
    pub(super) fn combine(outer: Option<&Arc<Self>>, inner: &Arc<Self>) -> Arc<Self> {
        let Some(outer) = outer else { return Arc::clone(inner) };
        if inner.chain().any(|node| std::ptr::eq(node, &**outer)) {
            return Arc::clone(inner);
        }
        let new: Vec<_> = inner.chain().map(|node| &node.layer).filter(|layer| !outer.has(layer)).collect();
        new.into_iter().rev().fold(Arc::clone(outer), |outer, layer| Self::over(Some(outer), Arc::clone(layer)))
    }

    /// Adds what the span did not set itself.
    pub(in crate::capture) fn fill(&self, attributes: &mut Vec<KeyValue>) {
        if attributes.len() + self.attributes <= LINEAR {
            for attribute in self.chain().flat_map(|node| &*node.layer) {
                if !attributes.iter().any(|other| other.key == attribute.key) {
                    attributes.push(attribute.clone());
                }
            }
        } else {
            let mut known: HashSet<&str> = attributes.iter().map(|attribute| attribute.key.as_str()).collect();
            let all = self.chain().flat_map(|node| &*node.layer);
            let new: Vec<_> = all.filter(|attribute| known.insert(attribute.key.as_str())).cloned().collect();
            attributes.extend(new);
        }
    }

    fn chain(&self) -> impl Iterator<Item = &Self> {
        std::iter::successors(Some(self), |node| node.outer.as_deref())
    }

    fn has(&self, layer: &Arc<[KeyValue]>) -> bool {
        self.chain().any(|node| Arc::ptr_eq(&node.layer, layer))
    }

    fn flattened(&self) -> Arc<Self> {
        let mut attributes = Vec::new();
        self.fill(&mut attributes);
        Self::new(attributes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(list: &[(&'static str, i64)]) -> Arc<Node> {
        Node::new(list.iter().map(|(key, value)| KeyValue::new(*key, *value)).collect())
    }

    fn value(node: &Node, key: &str) -> String {
        let mut attributes = Vec::new();
        node.fill(&mut attributes);
        attributes.iter().find(|attribute| attribute.key.as_str() == key).unwrap().value.to_string()
    }

    #[test]
    fn what_was_entered_inside_stays_inside_when_its_surroundings_come_again() {
        let around = node(&[("k", 1)]);
        let inside = Node::combine(Some(&around), &node(&[("k", 2)]));
        assert_eq!(value(&inside, "k"), "2");
        // A span of `inside` gets a child on a thread where only `around` is entered.
        assert!(Arc::ptr_eq(&Node::combine(Some(&inside), &around), &inside));
        assert!(Arc::ptr_eq(&Node::combine(Some(&around), &inside), &inside));
    }

    #[test]
    fn children_of_children_do_not_pile_up_the_same_scope() {
        let (parent, current) = (node(&[("p", 1)]), node(&[("c", 1)]));
        let child = Node::combine(Some(&parent), &current);
        assert!(Arc::ptr_eq(&Node::combine(Some(&child), &current), &child));
    }

    #[test]
    fn a_chain_of_successors_stays_short() {
        let chain = (0..10_000).fold(node(&[("first", 7), ("last", -1)]), |outer, number| {
            Node::combine(Some(&outer), &node(&[("last", number)]))
        });
        assert!(chain.layers <= MOST_LAYERS + 1 && chain.attributes < 100);
        assert_eq!((value(&chain, "first"), value(&chain, "last")), ("7".to_owned(), "9999".to_owned()));
    }

    #[test]
    fn many_attributes_are_filled_in_as_few_are() {
        let many: Vec<_> = (0..1_000).map(|number| KeyValue::new(format!("key.{number}"), number)).collect();
        let scope = Node::combine(Some(&Node::new(many)), &node(&[("key.5", -5)]));
        let mut attributes = vec![KeyValue::new("key.7", "own")];
        scope.fill(&mut attributes);
        assert_eq!(attributes.len(), 1_000);
        assert_eq!(attributes[0].value.to_string(), "own");
        assert_eq!(value(&scope, "key.5"), "-5");
    }
}
