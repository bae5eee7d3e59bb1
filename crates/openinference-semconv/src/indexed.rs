use alloc::string::String;

/// One element of a flattened list: `llm.input_messages.0`, or a list inside it.
///
/// OpenInference writes lists of objects as `<list>.<index>.<field>`. A key costs one allocation of its exact
/// size; the path itself lives on the stack.
///
/// ```
/// use openinference_semconv::{Indexed, keys};
///
/// let message = Indexed::new(keys::LLM_INPUT_MESSAGES, 0);
/// assert_eq!(message.key(keys::MESSAGE_ROLE), "llm.input_messages.0.message.role");
/// let call = message.list(keys::MESSAGE_TOOL_CALLS, 1);
/// assert_eq!(call.key(keys::TOOL_CALL_ID), "llm.input_messages.0.message.tool_calls.1.tool_call.id");
/// let part = message.list(keys::MESSAGE_CONTENTS, 0);
/// assert_eq!(
///     part.key_in(keys::MESSAGE_CONTENT_IMAGE, keys::IMAGE_URL),
///     "llm.input_messages.0.message.contents.0.message_content.image.image.url",
/// );
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Indexed<'a> {
    parent: Option<&'a Indexed<'a>>,
    list: &'a str,
    index: usize,
}

impl<'a> Indexed<'a> {
    /// Element `index` of `list`.
    #[must_use]
    pub const fn new(list: &'a str, index: usize) -> Self {
        Self { parent: None, list, index }
    }

    /// Element `index` of `list` inside this element.
    #[must_use]
    pub const fn list(&'a self, list: &'a str, index: usize) -> Indexed<'a> {
        Indexed { parent: Some(self), list, index }
    }

    /// The key of `field` of this element.
    #[must_use]
    pub fn key(&self, field: &str) -> String {
        self.write_all(&[field])
    }

    /// The key of `field` of `object` of this element.
    #[must_use]
    pub fn key_in(&self, object: &str, field: &str) -> String {
        self.write_all(&[object, field])
    }

    fn write_all(&self, fields: &[&str]) -> String {
        let mut key = String::with_capacity(self.len() + fields.iter().map(|field| 1 + field.len()).sum::<usize>());
        self.write(&mut key);
        for field in fields {
            key.push('.');
            key.push_str(field);
        }
        key
    }

    fn len(&self) -> usize {
        let digits = self.index.checked_ilog10().unwrap_or(0) as usize + 1;
        self.parent.map_or(0, |parent| parent.len() + 1) + self.list.len() + 1 + digits
    }

    fn write(&self, key: &mut String) {
        if let Some(parent) = self.parent {
            parent.write(key);
            key.push('.');
        }
        key.push_str(self.list);
        key.push('.');
        let mut digits = [0_u8; 20];
        let mut at = digits.len();
        let mut rest = self.index;
        loop {
            at -= 1;
            digits[at] = b'0' + (rest % 10) as u8;
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        key.extend(digits[at..].iter().map(|digit| char::from(*digit)));
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;

    const INDEXES: [usize; 9] = [0, 1, 9, 10, 11, 99, 100, 1_000_000, usize::MAX];

    /// A `String` that grows at least doubles, so one that is exactly full was never moved.
    fn assert_exact(key: String, expected: &str) {
        assert_eq!(key, expected);
        assert_eq!(key.capacity(), expected.len(), "{expected}");
    }

    #[test]
    fn a_key_is_allocated_once_at_its_exact_size() {
        for outer in INDEXES {
            let message = Indexed::new("list", outer);
            assert_exact(message.key("field"), &format!("list.{outer}.field"));
            for inner in INDEXES {
                let part = message.list("inner", inner);
                assert_exact(part.key_in("object", "field"), &format!("list.{outer}.inner.{inner}.object.field"));
            }
        }
    }

    #[test]
    fn lists_nest_to_any_depth() {
        let one = Indexed::new("a", 1);
        let two = one.list("b", 2);
        let three = two.list("c", usize::MAX);
        assert_eq!(three.key("d"), format!("a.1.b.2.c.{}.d", usize::MAX));
        assert_eq!(one.key("d"), "a.1.d", "a list leaves its parent as it was");
    }
}
