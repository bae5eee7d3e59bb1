//! Guesses of system and provider, by the tables of `openinference-instrumentation` for Python.

use crate::{Provider, System};

/// The first match wins. An entry stands for the host and everything below it.
const HOSTS: &[(&str, Provider)] = &[
    ("api.openai.com", Provider::OpenAi),
    ("openai.azure.com", Provider::Azure),
    ("services.ai.azure.com", Provider::Azure),
    ("cognitiveservices.azure.com", Provider::Azure),
    ("api.anthropic.com", Provider::Anthropic),
    ("api.cohere.com", Provider::Cohere),
    ("api.cohere.ai", Provider::Cohere),
    ("api.mistral.ai", Provider::MistralAi),
    ("generativelanguage.googleapis.com", Provider::Google),
    ("aiplatform.googleapis.com", Provider::Google),
    ("amazonaws.com", Provider::Aws),
    ("api.x.ai", Provider::Xai),
    ("api.deepseek.com", Provider::DeepSeek),
    ("api.groq.com", Provider::Groq),
    ("api.fireworks.ai", Provider::Fireworks),
    ("api.moonshot.cn", Provider::Moonshot),
    ("api.cerebras.ai", Provider::Cerebras),
    ("api.perplexity.ai", Provider::Perplexity),
    ("api.together.ai", Provider::Together),
    ("api.together.xyz", Provider::Together),
    ("ollama.com", Provider::Ollama),
    ("api.meta.ai", Provider::Meta),
    ("api.z.ai", Provider::Zai),
    ("api.minimax.io", Provider::MiniMax),
    ("api.minimaxi.com", Provider::MiniMax),
    ("api.minimax.chat", Provider::MiniMax),
    ("oci.oraclecloud.com", Provider::Oracle),
    ("api.typesafe.ai", Provider::Typesafe),
];

/// The first match wins.
const MODEL_PREFIXES: &[(&str, System)] = &[
    ("google_anthropic_vertex", System::Anthropic),
    ("anthropic", System::Anthropic),
    ("claude", System::Anthropic),
    ("gpt", System::OpenAi),
    ("o1", System::OpenAi),
    ("o3", System::OpenAi),
    ("o4", System::OpenAi),
    ("text-embedding", System::OpenAi),
    ("davinci", System::OpenAi),
    ("curie", System::OpenAi),
    ("babbage", System::OpenAi),
    ("ada", System::OpenAi),
    ("azure", System::OpenAi),
    ("openai", System::OpenAi),
    ("cohere", System::Cohere),
    ("command", System::Cohere),
    ("mistral", System::MistralAi),
    ("mixtral", System::MistralAi),
    ("pixtral", System::MistralAi),
    ("gemini", System::VertexAi),
    ("vertex", System::VertexAi),
    ("google", System::VertexAi),
    ("jev", System::Typesafe),
    ("typesafe", System::Typesafe),
];

impl Provider {
    /// Guesses the provider from the host a model was reached at, in any case, with or without a port.
    ///
    /// A host is known by its own name or by that of a domain above it: `eu.api.openai.com`, not `xapi.openai.com`.
    /// Regional Vertex AI hosts (`us-central1-aiplatform.googleapis.com`) are not known, as in Python. Unlike Python,
    /// a port is ignored.
    ///
    /// ```
    /// use openinference_semconv::Provider;
    ///
    /// assert_eq!(Provider::from_host("my.openai.azure.com:443"), Some(Provider::Azure));
    /// assert_eq!(Provider::from_host("localhost:11434"), None);
    /// ```
    #[must_use]
    pub fn from_host(host: &str) -> Option<Self> {
        let host = without_port(host.trim()).as_bytes();
        HOSTS.iter().find(|(domain, _)| is_within(host, domain.as_bytes())).map(|(_, provider)| *provider)
    }
}

impl System {
    /// Guesses the system from the beginning of a model's name, in any case.
    ///
    /// The table is Python's: coarse (`adam` is taken for the model `ada`) and far from complete (`llama3`,
    /// `us.anthropic.claude`, `chatgpt-4o` are unknown). A system the caller knows is always better.
    ///
    /// ```
    /// use openinference_semconv::System;
    ///
    /// assert_eq!(System::from_model_name("claude-sonnet-4-5"), Some(System::Anthropic));
    /// assert_eq!(System::from_model_name("llama3"), None);
    /// ```
    #[must_use]
    pub fn from_model_name(model: &str) -> Option<Self> {
        let model = model.trim().as_bytes();
        let begins_with =
            |prefix: &[u8]| model.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix));
        MODEL_PREFIXES.iter().find(|(prefix, _)| begins_with(prefix.as_bytes())).map(|(_, system)| *system)
    }
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => host,
    }
}

fn is_within(host: &[u8], domain: &[u8]) -> bool {
    let Some(cut) = host.len().checked_sub(domain.len()) else { return false };
    let (below, end) = host.split_at(cut);
    end.eq_ignore_ascii_case(domain) && matches!(below.last(), None | Some(b'.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_does_not_hide_the_host() {
        for host in ["api.openai.com", "API.OpenAI.com ", "api.openai.com:443", " eu.api.openai.com:8443 "] {
            assert_eq!(Provider::from_host(host), Some(Provider::OpenAi), "{host}");
        }
        assert_eq!(Provider::from_host("[::1]:443"), None);
        assert_eq!(Provider::from_host("localhost:api.openai.com"), None);
    }

    #[test]
    fn a_domain_matches_at_a_label_only() {
        for host in ["", ".", ":443", "xapi.openai.com", "openai.com", "api.openai.com.evil.test", "smollama.com"] {
            assert_eq!(Provider::from_host(host), None, "{host}");
        }
    }

    #[test]
    fn a_model_is_known_by_its_beginning() {
        assert_eq!(System::from_model_name(" GPT-4o "), Some(System::OpenAi));
        assert_eq!(System::from_model_name("google/gemini-2.5-pro"), Some(System::VertexAi));
        assert_eq!(System::from_model_name("google_anthropic_vertex/claude"), Some(System::Anthropic));
        for model in ["", "g", "ü", "my-gpt-4o", "o5"] {
            assert_eq!(System::from_model_name(model), None, "{model}");
        }
    }
}
