use openinference_semconv::keys;
use opentelemetry::{KeyValue, Value};
use serde_json::{Map, Value as Json};

use crate::convert::words::Words;
use crate::convert::{json, write};

const TOTAL: &[&str] = &["gen_ai.usage.total_tokens"];

/// The counts and their spellings: the specification's of today, its older ones, OpenLLMetry's, rig's, adk's, genai's.
const COUNTS: [(&str, &[&str]); 7] = [
    (keys::LLM_TOKEN_COUNT_PROMPT, &["gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens"]),
    (keys::LLM_TOKEN_COUNT_COMPLETION, &["gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens"]),
    (
        keys::LLM_TOKEN_COUNT_PROMPT_DETAILS_CACHE_READ,
        &[
            "gen_ai.usage.cache_read.input_tokens",
            "gen_ai.usage.cache_read_input_tokens",
            "gen_ai.usage.cache_read_tokens",
            "gen_ai.usage.cached_input_tokens",
            "gen_ai.usage.cache_read",
        ],
    ),
    (
        keys::LLM_TOKEN_COUNT_PROMPT_DETAILS_CACHE_WRITE,
        &[
            "gen_ai.usage.cache_creation.input_tokens",
            "gen_ai.usage.cache_creation_input_tokens",
            "gen_ai.usage.cache_creation_tokens",
            "gen_ai.usage.cache_write",
        ],
    ),
    (
        keys::LLM_TOKEN_COUNT_PROMPT_DETAILS_AUDIO,
        &[
            "gen_ai.usage.audio.input_tokens",
            "gen_ai.usage.input_audio_tokens",
            "gen_ai.usage.details.input_audio_tokens",
        ],
    ),
    (
        keys::LLM_TOKEN_COUNT_COMPLETION_DETAILS_REASONING,
        &[
            "gen_ai.usage.reasoning.output_tokens",
            "gen_ai.usage.reasoning_tokens",
            "gen_ai.usage.reasoning_output_tokens",
            "gen_ai.usage.thinking_tokens",
            "gen_ai.usage.details.reasoning_tokens",
        ],
    ),
    (
        keys::LLM_TOKEN_COUNT_COMPLETION_DETAILS_AUDIO,
        &[
            "gen_ai.usage.audio.output_tokens",
            "gen_ai.usage.output_audio_tokens",
            "gen_ai.usage.details.output_audio_tokens",
        ],
    ),
];

/// Writes the counts of tokens of one call.
pub(super) fn write(out: &mut Vec<KeyValue>, words: &mut Words) {
    let counts = COUNTS.map(|(key, spellings)| (key, words.take_any(spellings).and_then(count)));
    let total = words.take_any(TOTAL).and_then(count);
    let [prompt, completion, cache_read, cache_write, ..] = counts.map(|(_, count)| count);
    // Phoenix prices the cache as a part of the prompt. Who counts it beside the prompt, as Anthropic's API does,
    // is found out where the part is larger than the whole.
    let cached = cache_read.unwrap_or(0.0).max(0.0) + cache_write.unwrap_or(0.0).max(0.0);
    let prompt = prompt.map(|prompt| if prompt >= 0.0 && cached > prompt { prompt + cached } else { prompt });
    for (key, count) in counts {
        let count = if key == keys::LLM_TOKEN_COUNT_PROMPT { prompt } else { count };
        // Providers that do not say anything about their cache are recorded as zeros.
        let detail = key != keys::LLM_TOKEN_COUNT_PROMPT && key != keys::LLM_TOKEN_COUNT_COMPLETION;
        if let Some(count) = count.filter(|count| !detail || *count != 0.0) {
            write::add(out, key, number(count));
        }
    }
    let sum = prompt.zip(completion).filter(|(prompt, completion)| *prompt >= 0.0 && *completion >= 0.0);
    if let Some(total) = sum.map(|(prompt, completion)| prompt + completion).or(total) {
        write::add(out, keys::LLM_TOKEN_COUNT_TOTAL, number(total));
    }
}

/// The counts of a span that sums up the spans below it. Phoenix sums them up itself, so that its own would be counted
/// twice, and every level above once more.
pub(super) fn notes(words: &mut Words) -> Map<String, Json> {
    let usage = words.take_all(|key| key.starts_with("gen_ai.usage."));
    usage.into_iter().map(|word| (word.key.to_string(), json::value(&word.value))).collect()
}

fn count(value: Value) -> Option<f64> {
    let count = match value {
        Value::I64(count) => count as f64,
        Value::F64(count) => count,
        Value::String(text) => text.as_str().trim().parse().ok()?,
        _ => return None,
    };
    count.is_finite().then_some(count)
}

fn number(count: f64) -> Value {
    if count.fract() == 0.0 && count.abs() < 9e15 { Value::I64(count as i64) } else { Value::F64(count) }
}
