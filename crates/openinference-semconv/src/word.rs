use alloc::string::String;
use core::fmt;

/// Declares a closed list of words: an enum with its spelling on the wire, in both directions.
macro_rules! words {
    (
        $(#[$doc:meta])+
        pub enum $name:ident, $what:literal {
            $($(#[$word_doc:meta])+ $word:ident = $text:literal,)+
        }
    ) => {
        $(#[$doc])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$word_doc])+ $word,)+
        }

        impl $name {
            /// Every word of this list.
            pub const ALL: &'static [Self] = &[$(Self::$word),+];

            /// The spelling on the wire.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$word => $text,)+
                }
            }

            /// Reads a word in any case; `None` if it is not of this list.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|word| word.as_str().eq_ignore_ascii_case(text))
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl From<$name> for &'static str {
            fn from(word: $name) -> Self {
                word.as_str()
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl core::str::FromStr for $name {
            type Err = $crate::UnknownWord;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::parse(text).ok_or_else(|| $crate::UnknownWord::new($what, text))
            }
        }
    };
}
pub(crate) use words;

/// A word that is not of the list it was looked up in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownWord {
    what: &'static str,
    text: String,
}

impl UnknownWord {
    pub(crate) fn new(what: &'static str, text: &str) -> Self {
        Self { what, text: text.into() }
    }
}

impl fmt::Display for UnknownWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no {} is called `{}`", self.what, self.text)
    }
}

impl core::error::Error for UnknownWord {}

#[cfg(test)]
mod tests {
    use alloc::{format, string::ToString};

    use crate::{MimeType, SpanKind};

    #[test]
    fn a_word_is_read_in_any_case_and_written_in_one() {
        for text in ["LLM", "llm", "Llm"] {
            assert_eq!(SpanKind::parse(text), Some(SpanKind::Llm));
        }
        assert_eq!("Application/JSON".parse(), Ok(MimeType::Json));
        assert_eq!(SpanKind::Llm.to_string(), "LLM");
        assert_eq!(format!("{:>5}", SpanKind::Llm), "  LLM");
        assert_eq!(<&str>::from(SpanKind::Reranker), SpanKind::Reranker.as_ref());
    }

    #[test]
    fn an_unknown_word_is_named_in_the_error() {
        for text in ["", " LLM", "LLMS", "USER"] {
            assert_eq!(SpanKind::parse(text), None);
        }
        let error = "USER".parse::<SpanKind>().expect_err("it is not a span kind");
        assert_eq!(error.to_string(), "no span kind is called `USER`");
    }
}
