use openinference_semconv::keys;
use opentelemetry::{Key, KeyValue, Value};

use super::Flat;

/// How many tokens a model read and wrote: `llm.token_count.*`.
///
/// The prompt count includes cached tokens. Numbers of any integer type are taken, and `Option`s of them: what a
/// provider did not say stays absent. A missing total is filled in before export where both sides are known.
///
/// ```
/// use tracing_openinference::TokenCount;
///
/// let cached: Option<u32> = Some(64);
/// let tokens = TokenCount::new(120, 9_u64).cache_read(cached).reasoning(4);
/// assert_eq!(TokenCount::from((120, 9)), TokenCount::new(120, 9));
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[must_use = "token counts do nothing until they are set on a span"]
pub struct TokenCount(Vec<KeyValue>);

/// What a call cost, in US dollars: `llm.cost.*`. `Option`s are taken too.
#[derive(Clone, Debug, Default, PartialEq)]
#[must_use = "a cost does nothing until it is set on a span"]
pub struct Cost(Vec<KeyValue>);

/// A number of tokens: any integer, or an `Option` of one.
///
/// What exceeds [`i64::MAX`] counts as that. Not to be implemented outside this crate.
pub trait IntoTokens: sealed::Sealed {
    #[doc(hidden)]
    fn into_tokens(self) -> Option<i64>;
}

impl TokenCount {
    /// `prompt` tokens read, `completion` tokens written.
    pub fn new(prompt: impl IntoTokens, completion: impl IntoTokens) -> Self {
        Self::default().prompt(prompt).completion(completion)
    }

    /// Sets `llm.token_count.prompt`, cached tokens included.
    pub fn prompt(self, tokens: impl IntoTokens) -> Self {
        self.with(keys::LLM_TOKEN_COUNT_PROMPT, tokens)
    }

    /// Sets `llm.token_count.completion`, reasoning tokens included.
    pub fn completion(self, tokens: impl IntoTokens) -> Self {
        self.with(keys::LLM_TOKEN_COUNT_COMPLETION, tokens)
    }

    /// Sets `llm.token_count.total`.
    pub fn total(self, tokens: impl IntoTokens) -> Self {
        self.with(keys::LLM_TOKEN_COUNT_TOTAL, tokens)
    }

    /// Sets `llm.token_count.prompt_details.cache_read`.
    pub fn cache_read(self, tokens: impl IntoTokens) -> Self {
        self.with(keys::LLM_TOKEN_COUNT_PROMPT_DETAILS_CACHE_READ, tokens)
    }

    /// Sets `llm.token_count.prompt_details.cache_write`.
    pub fn cache_write(self, tokens: impl IntoTokens) -> Self {
        self.with(keys::LLM_TOKEN_COUNT_PROMPT_DETAILS_CACHE_WRITE, tokens)
    }

    /// Sets `llm.token_count.prompt_details.cache_input`.
    pub fn cache_input(self, tokens: impl IntoTokens) -> Self {
        self.with(keys::LLM_TOKEN_COUNT_PROMPT_DETAILS_CACHE_INPUT, tokens)
    }

    /// Sets `llm.token_count.prompt_details.audio`.
    pub fn prompt_audio(self, tokens: impl IntoTokens) -> Self {
        self.with(keys::LLM_TOKEN_COUNT_PROMPT_DETAILS_AUDIO, tokens)
    }

    /// Sets `llm.token_count.completion_details.reasoning`.
    pub fn reasoning(self, tokens: impl IntoTokens) -> Self {
        self.with(keys::LLM_TOKEN_COUNT_COMPLETION_DETAILS_REASONING, tokens)
    }

    /// Sets `llm.token_count.completion_details.audio`.
    pub fn completion_audio(self, tokens: impl IntoTokens) -> Self {
        self.with(keys::LLM_TOKEN_COUNT_COMPLETION_DETAILS_AUDIO, tokens)
    }

    /// Sets `llm.token_count.prompt_details.<name>`, a detail that only this provider counts.
    pub fn prompt_detail(self, name: &str, tokens: impl IntoTokens) -> Self {
        self.with(detail(keys::LLM_TOKEN_COUNT_PROMPT_DETAILS, name), tokens)
    }

    /// Sets `llm.token_count.completion_details.<name>`, a detail that only this provider counts.
    pub fn completion_detail(self, name: &str, tokens: impl IntoTokens) -> Self {
        self.with(detail(keys::LLM_TOKEN_COUNT_COMPLETION_DETAILS, name), tokens)
    }

    fn with(self, key: impl Into<Key>, tokens: impl IntoTokens) -> Self {
        Self(replaced(self.0, key, tokens.into_tokens()))
    }
}

impl Cost {
    /// What was paid for the prompt and for the completion.
    pub fn new(prompt: impl Into<Option<f64>>, completion: impl Into<Option<f64>>) -> Self {
        Self::default().prompt(prompt).completion(completion)
    }

    /// Sets `llm.cost.prompt`.
    pub fn prompt(self, usd: impl Into<Option<f64>>) -> Self {
        self.with(keys::LLM_COST_PROMPT, usd)
    }

    /// Sets `llm.cost.completion`.
    pub fn completion(self, usd: impl Into<Option<f64>>) -> Self {
        self.with(keys::LLM_COST_COMPLETION, usd)
    }

    /// Sets `llm.cost.total`.
    pub fn total(self, usd: impl Into<Option<f64>>) -> Self {
        self.with(keys::LLM_COST_TOTAL, usd)
    }

    /// Sets `llm.cost.prompt_details.<name>`: `input`, `cache_read`, `cache_write`, `cache_input`, `audio`, or another.
    pub fn prompt_detail(self, name: &str, usd: impl Into<Option<f64>>) -> Self {
        self.with(detail(keys::LLM_COST_PROMPT_DETAILS, name), usd)
    }

    /// Sets `llm.cost.completion_details.<name>`: `output`, `reasoning`, `audio`, or another.
    pub fn completion_detail(self, name: &str, usd: impl Into<Option<f64>>) -> Self {
        self.with(detail(keys::LLM_COST_COMPLETION_DETAILS, name), usd)
    }

    fn with(self, key: impl Into<Key>, usd: impl Into<Option<f64>>) -> Self {
        Self(replaced(self.0, key, usd.into()))
    }
}

fn detail(prefix: &str, name: &str) -> String {
    format!("{prefix}.{name}")
}

fn replaced(mut all: Vec<KeyValue>, key: impl Into<Key>, value: Option<impl Into<Value>>) -> Vec<KeyValue> {
    if let Some(value) = value {
        let new = KeyValue::new(key, value);
        match all.iter_mut().find(|old| old.key == new.key) {
            Some(old) => *old = new,
            None => all.push(new),
        }
    }
    all
}

impl Flat for TokenCount {
    fn into_attributes(self) -> Vec<KeyValue> {
        self.0
    }
}

impl Flat for Cost {
    fn into_attributes(self) -> Vec<KeyValue> {
        self.0
    }
}

impl<P: IntoTokens, C: IntoTokens> From<(P, C)> for TokenCount {
    fn from((prompt, completion): (P, C)) -> Self {
        Self::new(prompt, completion)
    }
}

impl From<(f64, f64)> for Cost {
    fn from((prompt, completion): (f64, f64)) -> Self {
        Self::new(prompt, completion)
    }
}

mod sealed {
    pub trait Sealed {}
}

macro_rules! into_tokens {
    ($($integer:ty),+) => {
        $(
            impl sealed::Sealed for $integer {}

            impl IntoTokens for $integer {
                fn into_tokens(self) -> Option<i64> {
                    Some(i64::try_from(self).unwrap_or(i64::MAX))
                }
            }
        )+
    };
}
into_tokens!(i8, i16, i32, i64, isize, u8, u16, u32, u64, usize);

impl<N: IntoTokens> sealed::Sealed for Option<N> {}

impl<N: IntoTokens> IntoTokens for Option<N> {
    fn into_tokens(self) -> Option<i64> {
        self.and_then(IntoTokens::into_tokens)
    }
}
