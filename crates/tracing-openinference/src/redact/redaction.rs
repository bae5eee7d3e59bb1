use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use regex::{Regex, RegexBuilder};

use super::REDACTED;
use super::detect::{self, BuiltIn};
use super::glob::Glob;
use super::hash::{self, HashKey};
use crate::BuildError;

/// A rule of your own about what must not leave the process, for [`TraceConfig::redact`](crate::TraceConfig::redact).
///
/// Where a rule looks, when, and what no rule finds is in the [guide](crate::guide::redaction).
///
/// What it finds becomes `__REDACTED__`, or what [`replacement`](Self::replacement) or [`hashed`](Self::hashed) say; the
/// rest of a text stays.
///
/// ```
/// use tracing_openinference::{Redaction, TraceConfig};
///
/// # fn main() -> Result<(), tracing_openinference::BuildError> {
/// let config = TraceConfig::from_env()
///     .redact(Redaction::key("*.password"))
///     .redact(Redaction::json_key("ssn"))
///     .redact(Redaction::pattern(r"ACME-\d{6}")?.named("customer number"))
///     .redact(Redaction::email().replacement("[e-mail]"));
/// # let _ = config;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq, Eq)]
#[must_use = "a rule does nothing until it is given to a `TraceConfig`"]
pub struct Redaction {
    pub(super) name: Cow<'static, str>,
    pub(super) what: What,
    pub(super) with: With,
}

#[derive(Clone, PartialEq, Eq)]
pub(super) enum What {
    Key(Glob),
    JsonKey(Glob),
    BuiltIn(&'static BuiltIn),
    Pattern(Pattern),
    Closure(Closure),
}

#[derive(Clone)]
pub(super) struct Pattern {
    pub(super) regex: Regex,
    /// The group that is replaced; the whole match without one.
    pub(super) group: usize,
}

#[derive(Clone)]
pub(super) struct Closure(Arc<Rewrite>);

type Rewrite = dyn Fn(&str, &str) -> Option<String> + Send + Sync;

/// What stands for a value that was found.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum With {
    Text(Cow<'static, str>),
    Hash(HashKey),
}

/// Of the compiled pattern, in bytes, and of the cache it may use while it runs.
const LARGEST: usize = 1 << 20;

impl Redaction {
    /// Replaces the value of every attribute whose key is like `glob`, in which `*` stands for any characters, dots
    /// included, and `?` for one. Case does not matter.
    ///
    /// Messages and other lists are one attribute for each part: `llm.input_messages.*`. It looks at the key that was recorded and at the one that conversion gives, of attributes of spans, events and
    /// links. The value is replaced whatever type it has, and is not built if nobody else needs it.
    pub fn key(glob: impl Into<String>) -> Self {
        let glob = Glob::new(glob);
        Self::new(format!("key {}", glob.text()), What::Key(glob))
    }

    /// Replaces the value of every member of a JSON object whose name is like `glob`, wherever in a text it is: nested, in
    /// JSON that is a string of other JSON, in a text that is no JSON but has some in it.
    ///
    /// The value may be of any type; an object is replaced whole. A name that is there twice is replaced twice.
    ///
    /// The glob is a name, not a way: `password` means `{"user": {"password": …}}` too, and `user.password` does not. Of a name
    /// with dots, `{"user.password": …}`, the whole counts, and its last part. As conversion makes members of arguments and
    /// attributes of members, attributes are meant as well: by the last part of their key, so that `ssn` also means `user.ssn`,
    /// or by all of it if the glob has a dot.
    pub fn json_key(glob: impl Into<String>) -> Self {
        let glob = Glob::new(glob);
        Self::new(format!("json_key {}", glob.text()), What::JsonKey(glob))
    }

    /// Replaces what a regular expression finds in any text, in the syntax of the [`regex`] crate.
    ///
    /// If it has a group named `secret`, only that is replaced. Strings inside JSON are looked at one by one, without their
    /// escapes, and the JSON as a whole once more; if a match across its punctuation would leave something that is no
    /// JSON, the whole of it is replaced. A whole number counts as its digits.
    ///
    /// # Errors
    ///
    /// When the expression cannot be read, or would take more than a megabyte of memory.
    pub fn pattern(regex: &str) -> Result<Self, BuildError> {
        let built = RegexBuilder::new(regex).size_limit(LARGEST).dfa_size_limit(LARGEST).build();
        let regex = built.map_err(|error| BuildError::Setting {
            setting: "Redaction::pattern".into(),
            value: regex.into(),
            problem: match error {
                regex::Error::CompiledTooBig(_) => format!("it would take more than {LARGEST} bytes; make it simpler"),
                error => error.to_string(),
            },
        })?;
        let group = regex.capture_names().position(|name| name == Some("secret")).unwrap_or(0);
        Ok(Self::new(format!("pattern {regex}"), What::Pattern(Pattern { regex, group })))
    }

    /// Replaces e-mail addresses, international ones too.
    pub fn email() -> Self {
        Self::built_in(&detect::EMAIL)
    }

    /// Replaces numbers of payment cards: 13 to 19 digits, together or in groups of three and more with spaces or
    /// hyphens between, that begin as those of a card network do and whose check digit is right.
    pub fn card() -> Self {
        Self::built_in(&detect::CARD)
    }

    /// Replaces telephone numbers: international ones after `+`, or after `00` with separators, and national ones in the forms
    /// `(555) 123-4567`, `555-123-4567`, `555.123.4567` and, after a 0, in groups: `030/123456`, `020 7946 0958`.
    ///
    /// Digits without any of that are not taken for one, as ids and times would be.
    pub fn phone() -> Self {
        Self::built_in(&detect::PHONE)
    }

    /// Replaces international bank account numbers, with or without spaces, of the length that their country has and
    /// whose check digits are right.
    pub fn iban() -> Self {
        Self::built_in(&detect::IBAN)
    }

    /// Replaces the credential after `Bearer`, and the one after `Authorization:`, whatever its scheme. The scheme stays.
    pub fn bearer() -> Self {
        Self::built_in(&detect::BEARER)
    }

    /// Replaces API keys that can be told by their beginning: those of OpenAI, Anthropic and others (`sk-`), AWS, GitHub, GitLab,
    /// Google, Groq, Hugging Face, npm, `PyPI`, Perplexity, Replicate, `SendGrid`, Slack, Stripe, Tavily, xAI; private
    /// keys in PEM; and the password in `scheme://user:password@host`.
    pub fn api_keys() -> Self {
        Self::built_in(&detect::API_KEYS)
    }

    /// Replaces JSON Web Tokens, signed or encrypted.
    pub fn jwt() -> Self {
        Self::built_in(&detect::JWT)
    }

    /// Gives every text to a closure, with the key of its attribute, and puts what it returns in place of it.
    ///
    /// The texts are those that a [`pattern`](Self::pattern) would see, but for keys; the key is empty where there is none:
    /// for names and descriptions. `None` keeps the text. When the closure panics, the text is replaced whole.
    ///
    /// ```
    /// use tracing_openinference::Redaction;
    ///
    /// let internal = Redaction::closure("internal ids", |_key, text| {
    ///     text.starts_with("int:").then(|| String::from("int:…"))
    /// });
    /// # let _ = internal;
    /// ```
    pub fn closure<F>(name: impl Into<Cow<'static, str>>, rewrite: F) -> Self
    where
        F: Fn(&str, &str) -> Option<String> + Send + Sync + 'static,
    {
        Self::new(name, What::Closure(Closure(Arc::new(rewrite))))
    }

    /// Sets what stands in place of what was found. Of a [`closure`](Self::closure), what stands there after a panic.
    ///
    /// Defaults to `__REDACTED__`.
    pub fn replacement(self, text: impl Into<Cow<'static, str>>) -> Self {
        Self { with: With::Text(text.into()), ..self }
    }

    /// Puts a keyed hash in place of what was found, `hash:` and 16 letters, so that equal values can still be told to be
    /// equal.
    ///
    /// Numbers of cards, accounts and telephones are compared without their separators, e-mail addresses and accounts
    /// without regard to case.
    pub fn hashed(self, key: &HashKey) -> Self {
        Self { with: With::Hash(key.clone()), ..self }
    }

    /// Sets the name under which [`Stats::redacted`](crate::Stats::redacted) counts it.
    ///
    /// Defaults to the method that made the rule and what it was given: `email`, `key *.password`.
    pub fn named(self, name: impl Into<Cow<'static, str>>) -> Self {
        Self { name: name.into(), ..self }
    }

    fn built_in(built_in: &'static BuiltIn) -> Self {
        Self::new(built_in.name, What::BuiltIn(built_in))
    }

    fn new(name: impl Into<Cow<'static, str>>, what: What) -> Self {
        Self { name: name.into(), what, with: With::Text(Cow::Borrowed(REDACTED)) }
    }
}

impl With {
    pub(super) fn of(&self, found: &str) -> Cow<'static, str> {
        match self {
            Self::Text(text) => text.clone(),
            Self::Hash(key) => Cow::Owned(key.hash(found)),
        }
    }

    /// A value that was replaced before, under the name it then had, is not replaced again.
    pub(super) fn is_done(&self, text: &str) -> bool {
        match self {
            Self::Text(replacement) => text == replacement,
            Self::Hash(_) => hash::is_hash(text),
        }
    }
}

impl Closure {
    pub(super) fn call(&self, key: &str, text: &str) -> Option<String> {
        (self.0)(key, text)
    }
}

impl PartialEq for Closure {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Closure {}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.regex.as_str() == other.regex.as_str()
    }
}

impl Eq for Pattern {}

/// Shows what the rule looks for and what it writes, never a key of a hash.
impl fmt::Debug for Redaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, looks_for) = match &self.what {
            What::Key(glob) => ("key", glob.text()),
            What::JsonKey(glob) => ("json_key", glob.text()),
            What::BuiltIn(built_in) => ("built_in", built_in.name),
            What::Pattern(pattern) => ("pattern", pattern.regex.as_str()),
            What::Closure(_) => ("closure", ".."),
        };
        let mut fields = f.debug_struct("Redaction");
        fields.field("name", &self.name).field(kind, &looks_for);
        match &self.with {
            With::Text(text) => fields.field("replacement", text),
            With::Hash(key) => fields.field("hashed", key),
        };
        fields.finish()
    }
}
