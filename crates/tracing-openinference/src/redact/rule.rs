use super::flags::Flags;
use super::key::{Key, Parts};

/// One row of the table: under one of the flags `when`, a key that fits has this done to it.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) when: Flags,
    has: Parts,
    lacks: Parts,
    at: At,
    leaf: Leaf,
    pub(super) then: Then,
    /// Why we are stricter than Python; empty in the rows that are Python's.
    #[cfg_attr(not(test), expect(dead_code, reason = "it is there to be read, by people and by a test"))]
    pub(super) why: &'static str,
}

/// Where a key has to be.
#[derive(Clone, Copy, Debug)]
pub(super) enum At {
    Anywhere,
    /// It has no namespace, that is, no dot.
    Bare,
    Is(&'static [&'static str]),
    /// It is one of these, or below one.
    In(&'static [&'static str]),
}

/// How a key has to end.
#[derive(Clone, Copy, Debug)]
pub(super) enum Leaf {
    Any,
    /// With one of these characters by character, as Python looks.
    Ends(&'static [&'static str]),
    /// With none of these names.
    IsNot(&'static [&'static str]),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Then {
    Drop,
    Redact,
    /// The attribute tells nothing, or what it tells has a flag of its own.
    Keep,
    /// A base64 image over the limit is redacted; another value meets the rows that follow.
    LimitImage,
    /// The value is kept if it looks like a name, not like a text.
    KeepName,
    /// Of a JSON object every member is kept that would be kept as an attribute.
    KeepMetadata,
    /// Of a JSON object only numbers and well-known words are kept; any other text is redacted.
    KeepParameters,
}

impl Rule {
    pub(super) fn applies(&self, flags: Flags) -> bool {
        self.when.intersects(flags | Flags::ALWAYS)
    }

    pub(super) fn matches(&self, key: Key<'_>) -> bool {
        key.parts.contains(self.has)
            && !key.parts.intersects(self.lacks)
            && match self.at {
                At::Anywhere => true,
                At::Bare => !key.text.contains('.'),
                At::Is(names) => names.contains(&key.text),
                At::In(names) => names.iter().any(|name| key.is_within(name)),
            }
            && match self.leaf {
                Leaf::Any => true,
                Leaf::Ends(names) => names.iter().any(|name| key.text.ends_with(name)),
                Leaf::IsNot(names) => !names.iter().any(|name| key.has_leaf(name)),
            }
    }

    pub(super) fn is_about_bare_keys(&self) -> bool {
        matches!(self.at, At::Bare)
    }

    /// The first letters of the keys that can match; `None` for any.
    pub(super) fn first_letters(&self) -> Option<impl Iterator<Item = u8>> {
        match self.at {
            At::Is(names) | At::In(names) => Some(names.iter().filter_map(|name| name.bytes().next())),
            At::Anywhere | At::Bare => None,
        }
    }

    pub(super) const fn has(self, parts: Parts) -> Self {
        Self { has: parts, ..self }
    }

    pub(super) const fn lacks(self, parts: Parts) -> Self {
        Self { lacks: parts, ..self }
    }

    pub(super) const fn at(self, at: At) -> Self {
        Self { at, ..self }
    }

    pub(super) const fn leaf(self, leaf: Leaf) -> Self {
        Self { leaf, ..self }
    }

    pub(super) const fn then(self, then: Then, why: &'static str) -> Self {
        Self { then, why, ..self }
    }
}

/// The beginning of a row.
pub(super) const fn when(flags: Flags) -> Rule {
    Rule {
        when: flags,
        has: Parts::NONE,
        lacks: Parts::NONE,
        at: At::Anywhere,
        leaf: Leaf::Any,
        then: Then::Keep,
        why: "",
    }
}
