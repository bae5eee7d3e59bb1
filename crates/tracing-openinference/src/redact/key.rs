use openinference_semconv::keys;

/// Which of the words that rules look for *anywhere* in a key are in it; one bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Parts(u16);

impl Parts {
    pub(super) const NONE: Self = Self(0);
    pub(super) const LLM_TOOLS: Self = Self(1);
    pub(super) const LLM_INPUT_MESSAGES: Self = Self(1 << 1);
    pub(super) const LLM_OUTPUT_MESSAGES: Self = Self(1 << 2);
    pub(super) const LLM_PROMPTS: Self = Self(1 << 3);
    pub(super) const LLM_CHOICES: Self = Self(1 << 4);
    pub(super) const MESSAGE_CONTENT: Self = Self(1 << 5);
    pub(super) const MESSAGE_CONTENTS: Self = Self(1 << 6);
    pub(super) const MESSAGE_CONTENT_TEXT: Self = Self(1 << 7);
    pub(super) const MESSAGE_CONTENT_IMAGE: Self = Self(1 << 8);
    pub(super) const MESSAGE_CONTENT_AUDIO: Self = Self(1 << 9);
    pub(super) const MESSAGE_CONTENT_VIDEO: Self = Self(1 << 10);
    pub(super) const EMBEDDING_EMBEDDINGS: Self = Self(1 << 11);
    pub(super) const EMBEDDING_VECTOR: Self = Self(1 << 12);
    pub(super) const EMBEDDING_TEXT: Self = Self(1 << 13);

    pub(super) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    pub(super) const fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

/// An attribute key, searched once for every word of every rule.
#[derive(Clone, Copy, Debug)]
pub(super) struct Key<'a> {
    pub(super) text: &'a str,
    pub(super) parts: Parts,
}

impl<'a> Key<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let bytes = text.as_bytes();
        let mut parts = Parts::NONE;
        for dot in (1..bytes.len()).filter(|at| bytes[*at] == b'.') {
            for word in WORDS {
                // The byte before the dot rules out all words but a few, and most dots altogether.
                if word.before_dot == bytes[dot - 1]
                    && dot >= word.dot
                    && bytes[dot - word.dot..].starts_with(word.text.as_bytes())
                {
                    parts = parts.and(word.part);
                }
            }
        }
        Self { text, parts }
    }

    /// The key is `name`, or lies below it.
    pub(super) fn is_within(self, name: &str) -> bool {
        self.text.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    }

    /// The key is `name`, or its last segments are.
    pub(super) fn has_leaf(self, name: &str) -> bool {
        self.text.strip_suffix(name).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    }
}

struct Word {
    text: &'static str,
    dot: usize,
    before_dot: u8,
    part: Parts,
}

/// Every word has exactly one dot, so a search need only stop at the dots of a key.
const fn word(text: &'static str, part: Parts) -> Word {
    let mut dot = 0;
    while text.as_bytes()[dot] != b'.' {
        dot += 1;
    }
    Word { text, dot, before_dot: text.as_bytes()[dot - 1], part }
}

const WORDS: &[Word] = &[
    word(keys::LLM_TOOLS, Parts::LLM_TOOLS),
    word(keys::LLM_INPUT_MESSAGES, Parts::LLM_INPUT_MESSAGES),
    word(keys::LLM_OUTPUT_MESSAGES, Parts::LLM_OUTPUT_MESSAGES),
    word(keys::LLM_PROMPTS, Parts::LLM_PROMPTS),
    word(keys::LLM_CHOICES, Parts::LLM_CHOICES),
    word(keys::MESSAGE_CONTENT, Parts::MESSAGE_CONTENT),
    word(keys::MESSAGE_CONTENTS, Parts::MESSAGE_CONTENTS),
    word(keys::MESSAGE_CONTENT_TEXT, Parts::MESSAGE_CONTENT_TEXT),
    word(keys::MESSAGE_CONTENT_IMAGE, Parts::MESSAGE_CONTENT_IMAGE),
    word(keys::MESSAGE_CONTENT_AUDIO, Parts::MESSAGE_CONTENT_AUDIO),
    word(keys::MESSAGE_CONTENT_VIDEO, Parts::MESSAGE_CONTENT_VIDEO),
    word(keys::EMBEDDING_EMBEDDINGS, Parts::EMBEDDING_EMBEDDINGS),
    word(keys::EMBEDDING_VECTOR, Parts::EMBEDDING_VECTOR),
    word(keys::EMBEDDING_TEXT, Parts::EMBEDDING_TEXT),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_found_exactly_where_the_word_is() {
        for text in [
            "llm.input_messages.10.message.contents.3.message_content.image.image.url",
            "llm.output_messages.0.message.content",
            "app.xllm.toolsx.llm.prompts",
            "embedding.embeddings.0.embedding.vector",
            "embedding.text",
            "llm.choice",
            "llm.tool.tools",
            "lm.tools",
            ".llm.choices2.",
            "message_content.audio.message_content.video",
            "xmessage.content",
            "日本語.キー",
            "",
            ".",
            "metadata",
        ] {
            let found = Key::new(text).parts;
            for word in WORDS {
                assert_eq!(found.contains(word.part), text.contains(word.text), "{} in {text:?}", word.text);
            }
        }
    }

    #[test]
    fn segments_are_whole() {
        assert!(Key::new("input.images.0").is_within("input.images"));
        assert!(Key::new("input.images").is_within("input.images"));
        assert!(!Key::new("input.imagesx").is_within("input.images"));
        assert!(Key::new("a.message.role").has_leaf("message.role"));
        assert!(Key::new("message.role").has_leaf("message.role"));
        assert!(!Key::new("a.xmessage.role").has_leaf("message.role"));
    }
}
