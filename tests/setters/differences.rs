//! Where we differ from Python on purpose.

use serde_json::Value;

/// One way in which our spans differ.
#[derive(Debug)]
pub(crate) struct Difference {
    /// The scenarios that show it; empty for any.
    scenarios: &'static [&'static str],
    /// The policies that show it; empty for any.
    policies: &'static [&'static str],
    /// A fact, with `*` for anything.
    fact: &'static str,
    ours: Ours,
    #[expect(dead_code, reason = "for readers of this table, and of the message about a stale row")]
    why: &'static str,
}

/// What we have instead.
#[derive(Debug)]
enum Ours {
    Redacted,
    Nothing,
    /// Text of this form, with `*` for anything.
    Text(&'static str),
}

impl Difference {
    pub(crate) fn explains(&self, scenario: &str, policy: &str, fact: &str, ours: Option<&Value>) -> bool {
        let listed = |list: &[&str], name| list.is_empty() || list.contains(&name);
        let text = ours.and_then(Value::as_str);
        listed(self.scenarios, scenario)
            && listed(self.policies, policy)
            && matches(self.fact, fact)
            && match self.ours {
                Ours::Redacted => text == Some("__REDACTED__"),
                Ours::Nothing => ours.is_none(),
                Ours::Text(form) => text.is_some_and(|text| matches(form, text)),
            }
    }
}

fn matches(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(text) = text.strip_prefix(start) else { return false };
    rest.is_empty() || text.char_indices().any(|(at, _)| matches(rest, &text[at..]))
}

const ANY: &[&str] = &[];
const INPUTS: &[&str] = &["hide_inputs", "hide_inputs_and_outputs", "hide_all"];
const OUTPUTS: &[&str] = &["hide_outputs", "hide_inputs_and_outputs", "hide_all"];
const EITHER: &[&str] = &["hide_inputs", "hide_outputs", "hide_inputs_and_outputs", "hide_all"];
const PROMPTS: &[&str] = &["hide_inputs", "hide_inputs_and_outputs", "hide_completions", "hide_all"];
const TOOLS: &[&str] = &["hide_llm_request", "hide_all"];
const TEXT: &[&str] = &["hide_text"];
const ANSWERS: &[&str] = &["hide_outputs", "hide_inputs_and_outputs", "hide_output_messages", "hide_text", "hide_all"];

const fn row(
    scenarios: &'static [&'static str],
    policies: &'static [&'static str],
    fact: &'static str,
    ours: Ours,
    why: &'static str,
) -> Difference {
    Difference { scenarios, policies, fact, ours, why }
}

#[rustfmt::skip]
pub(crate) const DIFFERENCES: &[Difference] = &[
    // Other languages, other errors.
    row(ANY, ANY, "@event.*.exception.escaped", Ours::Nothing, "whether an error leaves a Rust span is not known"),
    row(ANY, ANY, "@event.*.exception.stacktrace", Ours::Nothing, "a Rust error has causes, and these have none"),
    row(ANY, ANY, "@event.*.exception.type", Ours::Text("setters::errors::*"), "the path of a Rust type"),
    row(&["tool_manual"], ANY, "output.value", Ours::Text("true"), "the spelling of a Rust boolean"),

    // Other means.
    row(&["llm_streaming_first_token_event"], ANY, "@event.0", Ours::Nothing, "the stream combinator says it, no setter"),
    row(ANY, ANY, "@status", Ours::Text("OK"), "an output is evidence that the work succeeded; Python's manual spans stay unset"),
    row(&["context_span_created_before"], INPUTS, "k", Ours::Redacted, "no namespace tells that it is not an argument"),
    row(&["suppress_open_span"], INPUTS, "inside", Ours::Redacted, "no namespace tells that it is not an argument"),

    row(&["llm_multimodal"], ANY, "input.value", Ours::Text("What is this?"), "Phoenix lists it; the last question"),
    row(&["llm_multimodal"], ANY, "output.value", Ours::Text("A cat."), "Phoenix lists it; the answer"),
    row(&["llm_multimodal"], ANY, "*put.mime_type", Ours::Text("text/plain"), "that of the values above"),

    // What Python shows although the flag's name says that it is hidden.
    row(ANY, EITHER, "@event.*.exception.message", Ours::Redacted, "errors quote what they stumbled over"),
    row(ANY, EITHER, "@status.description", Ours::Redacted, "errors quote what they stumbled over"),
    row(ANY, EITHER, "*.explanation", Ours::Redacted, "judgements quote both sides"),
    row(ANY, EITHER, "*evaluation.metadata", Ours::Redacted, "judgements quote both sides"),
    row(ANY, EITHER, "*annotation.metadata", Ours::Redacted, "judgements quote both sides"),
    row(ANY, PROMPTS, "llm.prompt_template.template", Ours::Redacted, "template and variables are the prompt"),
    row(ANY, PROMPTS, "llm.prompt_template.variables", Ours::Redacted, "template and variables are the prompt"),
    row(ANY, INPUTS, "embedding.embeddings.*.embedding.text", Ours::Redacted, "the input of the embedding"),
    row(ANY, OUTPUTS, "embedding.embeddings.*.embedding.vector", Ours::Redacted, "the output of the embedding"),
    row(ANY, TOOLS, "embedding.invocation_parameters", Ours::Nothing, "the same parameters, of another call"),
    row(ANY, ANY, "llm.invocation_parameters", Ours::Text("*__REDACTED__*"), "parameters may hold messages and tools"),
    row(ANY, INPUTS, "input.documents.*", Ours::Nothing, "documents are hidden as images are"),
    row(ANY, OUTPUTS, "output.documents.*", Ours::Nothing, "documents are hidden as images are"),
    row(ANY, &["hide_retrieval_documents"], "reranker.*_documents.*", Ours::Redacted, "the documents that were retrieved"),
    row(ANY, &["hide_inputs"], "reranker.output_documents.*", Ours::Redacted, "the documents that went in"),
    row(ANY, ANSWERS, "llm.function_call", Ours::Redacted, "a part of the answer, by an older name"),
    row(ANY, TEXT, "llm.*_messages.*.tool_call.*", Ours::Redacted, "arguments say what the message says"),
    row(ANY, TEXT, "llm.*_messages.*.message_content.*", Ours::Redacted, "transcripts and reasoning say what the message says"),
    row(ANY, INPUTS, "tool.parameters", Ours::Redacted, "often the arguments"),
    row(ANY, TOOLS, "tool.parameters", Ours::Redacted, "the span of the call repeats the definition"),
    row(ANY, TOOLS, "tool.description", Ours::Redacted, "the span of the call repeats the definition"),
];
