use std::borrow::Cow;

use openinference_semconv::{Provider, SpanKind, System, keys};
use opentelemetry::{Array, KeyValue, Value};
use serde_json::Value as Json;

use crate::convert::words::Words;
use crate::convert::{json, write};

/// `gen_ai.provider.name` (and `gen_ai.system` before it) as OpenInference's host and product. The names are those of
/// the specification, of OpenTelemetry's older lists, and of the providers of rig and genai.
const PROVIDERS: [(&str, Option<Provider>, Option<System>); 36] = [
    ("openai", Some(Provider::OpenAi), Some(System::OpenAi)),
    ("anthropic", Some(Provider::Anthropic), Some(System::Anthropic)),
    ("cohere", Some(Provider::Cohere), Some(System::Cohere)),
    ("mistral_ai", Some(Provider::MistralAi), Some(System::MistralAi)),
    ("mistralai", Some(Provider::MistralAi), Some(System::MistralAi)),
    ("mistral", Some(Provider::MistralAi), Some(System::MistralAi)),
    ("deepseek", Some(Provider::DeepSeek), Some(System::DeepSeek)),
    ("x_ai", Some(Provider::Xai), Some(System::Xai)),
    ("xai", Some(Provider::Xai), Some(System::Xai)),
    ("azure.ai.openai", Some(Provider::Azure), Some(System::OpenAi)),
    ("az.ai.openai", Some(Provider::Azure), Some(System::OpenAi)),
    ("azure_openai", Some(Provider::Azure), Some(System::OpenAi)),
    ("azure.openai", Some(Provider::Azure), Some(System::OpenAi)),
    ("azure.ai.inference", Some(Provider::Azure), None),
    ("az.ai.inference", Some(Provider::Azure), None),
    ("azure", Some(Provider::Azure), None),
    ("aws.bedrock", Some(Provider::Aws), None),
    ("aws_bedrock", Some(Provider::Aws), None),
    ("bedrock", Some(Provider::Aws), None),
    ("aws", Some(Provider::Aws), None),
    ("gcp.vertex_ai", Some(Provider::Google), Some(System::VertexAi)),
    ("gcp.gemini", Some(Provider::Google), Some(System::VertexAi)),
    ("gcp.gen_ai", Some(Provider::Google), Some(System::VertexAi)),
    ("vertex_ai", Some(Provider::Google), Some(System::VertexAi)),
    ("vertexai", Some(Provider::Google), Some(System::VertexAi)),
    ("gemini", Some(Provider::Google), Some(System::VertexAi)),
    ("google", Some(Provider::Google), Some(System::VertexAi)),
    ("groq", Some(Provider::Groq), None),
    ("perplexity", Some(Provider::Perplexity), None),
    ("together", Some(Provider::Together), None),
    ("together_ai", Some(Provider::Together), None),
    ("fireworks", Some(Provider::Fireworks), None),
    ("fireworks_ai", Some(Provider::Fireworks), None),
    ("cerebras", Some(Provider::Cerebras), None),
    ("moonshot", Some(Provider::Moonshot), None),
    ("openrouter", None, None),
];

/// Who was asked, for whom, and how it ended. `true` if the span says which model was asked for.
pub(super) fn write(out: &mut Vec<KeyValue>, words: &mut Words, kind: Option<SpanKind>) -> bool {
    let request = words.take_text(&["gen_ai.request.model"]);
    let response = words.take_text(&["gen_ai.response.model"]);
    let asked = request.is_some();
    // OpenInference asks for the model that answered, as JS does; Phoenix itself takes the one that was asked for.
    let model = response.as_ref().or(request.as_ref());
    write_provider(out, words, model.map(String::as_str));
    if let Some(model) = model {
        if kind == Some(SpanKind::Embedding) {
            write::add(out, keys::EMBEDDING_MODEL_NAME, model.clone());
        } else if kind == Some(SpanKind::Reranker) {
            write::add(out, keys::RERANKER_MODEL_NAME, model.clone());
        }
        write::add(out, keys::LLM_MODEL_NAME, model.clone());
    }
    for (key, name) in [(keys::LLM_REQUEST_MODEL_NAME, request), (keys::LLM_RESPONSE_MODEL_NAME, response)] {
        if let Some(name) = name {
            write::add(out, key, name);
        }
    }
    for (key, word) in [(keys::SESSION_ID, "gen_ai.conversation.id"), (keys::AGENT_NAME, "gen_ai.agent.name")] {
        if let Some(text) = words.take_text(&[word]) {
            write::add(out, key, text);
        }
    }
    let reasons = words.take_any(&["gen_ai.response.finish_reasons", "gen_ai.response.finish_reason"]);
    if let Some(reason) = reasons.and_then(finish_reason) {
        write::add(out, keys::LLM_FINISH_REASON, reason);
    }
    asked
}

fn write_provider(out: &mut Vec<KeyValue>, words: &mut Words, model: Option<&str>) {
    let (name, legacy) = (words.take_text(&["gen_ai.provider.name"]), words.take_text(&["gen_ai.system"]));
    let name = name.or(legacy).map(|name| name.to_ascii_lowercase());
    let known = name.as_ref().and_then(|name| PROVIDERS.iter().find(|(known, ..)| known == name));
    let host = || write::text(out, "server.address").and_then(Provider::from_host).map(Provider::as_str);
    let guess = || model.and_then(system).map(System::as_str);
    let (provider, system) = match (known, name) {
        (Some((name, provider, system)), _) => (
            Some(Cow::Borrowed(provider.map_or(*name, Provider::as_str))),
            system.map(System::as_str).or_else(guess).map(Cow::Borrowed),
        ),
        // Nobody knows it: it is a product of its own.
        (None, Some(name)) => (Some(Cow::Owned(name.clone())), Some(Cow::Owned(name))),
        (None, None) if model.is_some() => (host().map(Cow::Borrowed), guess().map(Cow::Borrowed)),
        (None, None) => (None, None),
    };
    for (key, value) in [(keys::LLM_SYSTEM, system), (keys::LLM_PROVIDER, provider)] {
        if let Some(value) = value {
            write::add(out, key, value.into_owned());
        }
    }
}

/// The product behind a model that somebody else hosts: `us.anthropic.claude-…` of Bedrock, `openai/gpt-4o` of routers.
pub(in crate::convert) fn system(model: &str) -> Option<System> {
    const REGIONS: [&str; 5] = ["us.", "eu.", "apac.", "jp.", "global."];
    const MAKERS: [(&str, System); 8] = [
        ("amazon", System::Amazon),
        ("nova-", System::Amazon),
        ("titan-", System::Amazon),
        ("meta", System::Meta),
        ("llama", System::Meta),
        ("ai21", System::Ai21),
        ("deepseek", System::DeepSeek),
        ("grok", System::Xai),
    ];
    let model = model.trim().to_ascii_lowercase();
    let model = REGIONS.iter().find_map(|region| model.strip_prefix(region)).unwrap_or(&model);
    let maker = || MAKERS.iter().find(|(prefix, _)| model.starts_with(prefix)).map(|(_, system)| *system);
    System::from_model_name(model).or_else(maker)
}

/// The first reason. A list may be a real one, JSON, or one reason as plain text.
fn finish_reason(reasons: Value) -> Option<String> {
    let first = match reasons {
        Value::Array(Array::String(reasons)) => String::from(reasons.first()?.as_str()),
        Value::String(text) => match json::parse(text.as_str()) {
            Some(Json::Array(reasons)) => json::plain(reasons.first()?)?,
            Some(Json::String(reason)) => reason,
            _ => String::from(text.as_str()),
        },
        _ => return None,
    };
    Some(String::from(first.trim())).filter(|reason| !reason.is_empty())
}
