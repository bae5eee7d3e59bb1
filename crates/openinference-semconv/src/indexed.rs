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
        let mut key = String::with_capacity(self.len() + 1 + field.len());
        self.write(&mut key);
        key.push('.');
        key.push_str(field);
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
