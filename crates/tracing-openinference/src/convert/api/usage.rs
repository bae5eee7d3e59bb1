use openinference_semconv::keys;
use serde_json::Value as Json;

use super::{Object, Written, member};

/// Writes the counts of tokens, whoever counted them.
///
/// OpenInference's prompt includes what came from the cache or went into it, its completion what was thought.
pub(super) fn write(out: &mut Written, response: &Object) {
    let usage = member(response, &["usage", "usageMetadata", "usage_metadata"]).and_then(Json::as_object);
    // Ollama counts beside the answer.
    let usage = Usage::of(usage.unwrap_or(response));
    for (key, count) in usage.counts() {
        if let Some(count) = count {
            out.put(key, count);
        }
    }
}

#[derive(Default)]
struct Usage {
    prompt: Option<i64>,
    completion: Option<i64>,
    total: Option<i64>,
    cache_read: Option<i64>,
    cache_write: Option<i64>,
    prompt_audio: Option<i64>,
    reasoning: Option<i64>,
    completion_audio: Option<i64>,
}

const PROMPT_DETAILS: [&str; 2] = ["prompt_tokens_details", "input_tokens_details"];
const COMPLETION_DETAILS: [&str; 2] = ["completion_tokens_details", "output_tokens_details"];

impl Usage {
    fn of(usage: &Object) -> Self {
        let count = |names: &[&str]| member(usage, names).and_then(number);
        let detail = |objects: &[&str], names: &[&str]| {
            let details = member(usage, objects)?.as_object()?;
            member(details, names).and_then(number)
        };
        let mut counts = Self {
            prompt: count(&[
                "prompt_tokens",
                "input_tokens",
                "promptTokenCount",
                "prompt_token_count",
                "prompt_eval_count",
                "inputTokens",
            ]),
            completion: count(&[
                "completion_tokens",
                "output_tokens",
                "candidatesTokenCount",
                "candidates_token_count",
                "eval_count",
                "outputTokens",
            ]),
            total: count(&["total_tokens", "totalTokenCount", "total_token_count", "totalTokens"]),
            cache_read: detail(&PROMPT_DETAILS, &["cached_tokens"]).or_else(|| {
                count(&[
                    "cache_read_input_tokens",
                    "cachedContentTokenCount",
                    "cached_content_token_count",
                    "prompt_cache_hit_tokens",
                    "cached_tokens",
                    "cacheReadInputTokens",
                ])
            }),
            cache_write: detail(&PROMPT_DETAILS, &["cache_write_tokens", "cache_creation_tokens"])
                .or_else(|| count(&["cache_creation_input_tokens", "cacheWriteInputTokens"])),
            prompt_audio: detail(&PROMPT_DETAILS, &["audio_tokens"])
                .or_else(|| audio(usage, &["promptTokensDetails", "prompt_tokens_details"])),
            reasoning: detail(&COMPLETION_DETAILS, &["reasoning_tokens"])
                .or_else(|| count(&["thoughtsTokenCount", "thoughts_token_count", "reasoning_tokens"])),
            completion_audio: detail(&COMPLETION_DETAILS, &["audio_tokens"])
                .or_else(|| audio(usage, &["candidatesTokensDetails", "candidates_tokens_details"])),
        };
        // Anthropic counts what the cache had and took beside the rest of the prompt, as does Bedrock's Converse.
        // LiteLLM repeats these words beside an OpenAI-like count, which includes them.
        let beside = ["input_tokens", "inputTokens"].iter().any(|name| usage.contains_key(*name));
        if beside && member(usage, &PROMPT_DETAILS).is_none() && !usage.contains_key("prompt_tokens") {
            counts.prompt = sum([counts.prompt, counts.cache_read, counts.cache_write]);
        }
        if usage.contains_key("promptTokenCount") || usage.contains_key("prompt_token_count") {
            // Gemini counts its thoughts beside the answer, and what its own tools read beside the prompt.
            let tools = count(&["toolUsePromptTokenCount", "tool_use_prompt_token_count"]);
            counts.prompt = sum([counts.prompt, tools, None]);
            counts.completion = sum([counts.completion, counts.reasoning, None]);
        } else if let Self { prompt: Some(prompt), completion: Some(answer), total: Some(total), .. } = counts {
            // So does xAI, under OpenAI's words; the total tells.
            let reasoning = counts.reasoning.unwrap_or(0);
            if reasoning > 0 && sum([Some(prompt), Some(answer), Some(reasoning)]) == Some(total) {
                counts.completion = sum([Some(answer), Some(reasoning), None]);
            }
        }
        counts
    }

    fn counts(self) -> [(&'static str, Option<i64>); 8] {
        // A provider that has no cache, or does not hear, says so with zeros.
        let detail = |count: Option<i64>| count.filter(|count| *count != 0);
        let sum = self.prompt.zip(self.completion).and_then(|(prompt, completion)| prompt.checked_add(completion));
        [
            (keys::LLM_TOKEN_COUNT_PROMPT, self.prompt),
            (keys::LLM_TOKEN_COUNT_COMPLETION, self.completion),
            (keys::LLM_TOKEN_COUNT_TOTAL, self.total.or(sum)),
            (keys::LLM_TOKEN_COUNT_PROMPT_DETAILS_CACHE_READ, detail(self.cache_read)),
            (keys::LLM_TOKEN_COUNT_PROMPT_DETAILS_CACHE_WRITE, detail(self.cache_write)),
            (keys::LLM_TOKEN_COUNT_PROMPT_DETAILS_AUDIO, detail(self.prompt_audio)),
            (keys::LLM_TOKEN_COUNT_COMPLETION_DETAILS_REASONING, detail(self.reasoning)),
            (keys::LLM_TOKEN_COUNT_COMPLETION_DETAILS_AUDIO, detail(self.completion_audio)),
        ]
    }
}

fn sum(counts: [Option<i64>; 3]) -> Option<i64> {
    counts.into_iter().flatten().reduce(i64::saturating_add)
}

/// Gemini's counts by modality.
fn audio(usage: &Object, names: &[&str]) -> Option<i64> {
    let details = member(usage, names)?.as_array()?.iter().filter_map(Json::as_object);
    let of_audio = details.filter(|detail| detail.get("modality").is_some_and(|modality| modality == "AUDIO"));
    let counts = of_audio.filter_map(|detail| member(detail, &["tokenCount", "token_count"]).and_then(number));
    counts.reduce(i64::saturating_add)
}

/// A count of tokens; no count is negative.
fn number(value: &Json) -> Option<i64> {
    let whole = |number: f64| (number.fract() == 0.0 && number < 9e15).then_some(number as i64);
    value.as_i64().or_else(|| whole(value.as_f64()?)).filter(|count| *count >= 0)
}
