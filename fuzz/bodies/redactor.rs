//! Whatever an application records under whatever policy: redaction does not panic, what is hidden is gone, and doing it
//! twice is doing it once.

use std::borrow::Cow;
use std::time::UNIX_EPOCH;

use opentelemetry::trace::{Event, Link, SpanContext, Status};
use tracing_openinference::{Conversion, Redaction, TraceConfig, convert, redact};

use super::input;

/// What `$` stands for in a value that has to go.
const SECRET: &str = "S3cr3t S3cr3t";

type Flag = fn(TraceConfig, bool) -> TraceConfig;

/// One bit of the policy each.
#[expect(deprecated, reason = "the older name still has to hide")]
const FLAGS: &[(&str, Flag)] = &[
    ("hide_llm_invocation_parameters", TraceConfig::hide_llm_invocation_parameters),
    ("hide_llm_tools", TraceConfig::hide_llm_tools),
    ("hide_inputs", TraceConfig::hide_inputs),
    ("hide_outputs", TraceConfig::hide_outputs),
    ("hide_input_messages", TraceConfig::hide_input_messages),
    ("hide_output_messages", TraceConfig::hide_output_messages),
    ("hide_input_images", TraceConfig::hide_input_images),
    ("hide_input_text", TraceConfig::hide_input_text),
    ("hide_output_text", TraceConfig::hide_output_text),
    ("hide_embedding_vectors", TraceConfig::hide_embedding_vectors),
    ("hide_embeddings_vectors", TraceConfig::hide_embeddings_vectors),
    ("hide_embeddings_text", TraceConfig::hide_embeddings_text),
    ("hide_prompts", TraceConfig::hide_prompts),
    ("hide_choices", TraceConfig::hide_choices),
    ("hide_retrieval_documents", TraceConfig::hide_retrieval_documents),
    ("hide_input_audio", TraceConfig::hide_input_audio),
    ("hide_output_audio", TraceConfig::hide_output_audio),
];

/// Rules of an application, one bit each after those of the flags.
const RULES: &[fn() -> Redaction] = &[
    Redaction::email,
    Redaction::card,
    || Redaction::json_key("*t*"),
    || Redaction::key("*.n?me"),
    || Redaction::pattern("[a-z]{3}[0-9]|\"(?<secret>[^\"]+)\":").expect("the expression is right"),
    || Redaction::phone().replacement("+49 30 123456"),
    || Redaction::closure("marks", |key, text| (key.len() > 3 && text.contains('!')).then(|| text.replace('!', "{"))),
];

/// Keys whose values a flag hides as a whole, whatever they are.
const HIDDEN: &[(&str, &str)] = &[
    ("input.value", "hide_inputs"),
    ("input.text", "hide_inputs"),
    ("question", "hide_inputs"),
    ("llm.input_messages", "hide_inputs"),
    ("llm.input_messages", "hide_input_messages"),
    ("gen_ai.input.messages", "hide_inputs"),
    ("gen_ai.input.messages", "hide_input_messages"),
    ("gen_ai.system_instructions", "hide_input_messages"),
    ("gen_ai.prompt", "hide_input_messages"),
    ("gen_ai.prompt.0.content", "hide_prompts"),
    ("llm.prompts", "hide_prompts"),
    ("llm.prompt_template.template", "hide_prompts"),
    ("llm.tools", "hide_llm_tools"),
    ("gen_ai.tool.definitions", "hide_llm_tools"),
    ("llm.invocation_parameters", "hide_llm_invocation_parameters"),
    ("output.value", "hide_outputs"),
    ("return", "hide_outputs"),
    ("llm.output_messages", "hide_outputs"),
    ("llm.output_messages", "hide_output_messages"),
    ("gen_ai.output.messages", "hide_outputs"),
    ("gen_ai.output.messages", "hide_output_messages"),
    ("gen_ai.completion", "hide_output_messages"),
    ("llm.choices", "hide_choices"),
    ("reranker.input_documents", "hide_inputs"),
    ("reranker.output_documents", "hide_outputs"),
    ("llm.something.new", "hide_inputs"),
    ("llm.something.new", "hide_outputs"),
    ("exception.message", "hide_outputs"),
];

/// Three bytes say the policy, flags and rules, one the limit of images and whether it is converted first; the name of the span and its attributes
/// follow, a line each. From an empty line on they belong to an event.
pub(crate) fn check(bytes: &[u8]) {
    let [low, middle, high, rest, text @ ..] = bytes else { return };
    let chosen = u32::from_le_bytes([*low, *middle, *high, 0]);
    let flags: Vec<_> =
        FLAGS.iter().enumerate().filter(|(bit, _)| chosen & (1 << bit) != 0).map(|(_, flag)| flag).collect();
    let config = flags.iter().fold(TraceConfig::new(), |config, (_, set)| set(config, true));
    let rules: Vec<_> = RULES.iter().enumerate().filter(|(bit, _)| chosen & (1 << (FLAGS.len() + bit)) != 0).collect();
    let config = rules.iter().fold(config, |config, (_, rule)| config.redact(rule()));
    let config = if rest & 1 == 0 { config } else { config.base64_image_max_length(i64::from(rest >> 2) - 8) };
    let is_set = |name: &str| flags.iter().any(|(set, _)| *set == name);

    let text = String::from_utf8_lossy(text).replace(SECRET, "");
    let (head, told) = text.split_once("\n\n").unwrap_or((&text, ""));
    let (name, lines) = head.split_once('\n').unwrap_or((head, ""));
    let lines: Vec<_> = lines.split('\n').map(|line| with_secret(line, is_set)).collect();
    let mut span = input::span(name.to_owned(), input::attributes(&lines.join("\n"), |_| false));
    // Free text goes under either of two flags.
    let free = is_set("hide_inputs") || is_set("hide_outputs");
    let told = if free { told.replace('$', SECRET) } else { told.to_owned() };
    if !told.is_empty() {
        let attributes = input::attributes(&told, |key| free && (is_frame(key) || key.contains(SECRET)));
        span.links.links = vec![Link::new(SpanContext::empty_context(), attributes.clone(), 0)];
        span.events.events = vec![Event::new(Cow::Owned(format!("said {told}")), UNIX_EPOCH, attributes, 0)];
        span.status = Status::error(told);
    }

    if rest & 2 == 0 {
        convert(&mut span, &Conversion::for_config(&config));
    }
    redact(&mut span, &config);
    let once = format!("{span:?}");
    assert!(!once.contains(SECRET), "under {:?}: {once}", flags.iter().map(|(name, _)| name).collect::<Vec<_>>());
    redact(&mut span, &config);
    // What a rule puts there it may find again.
    assert!(!rules.is_empty() || once == format!("{span:?}"), "twice is not once: {once}");
}

/// Puts the secret for every `$` of a value that has to go.
fn with_secret(line: &str, is_set: impl Fn(&str) -> bool) -> String {
    match line.split_once('=') {
        Some((key, value)) if HIDDEN.iter().any(|(hidden, flag)| *hidden == key && is_set(flag)) => {
            format!("{key}={}", value.replace('$', SECRET))
        }
        _ => line.to_owned(),
    }
}

/// What an event or a link keeps: names, numbers, and what has a flag of its own.
fn is_frame(key: &str) -> bool {
    !key.starts_with("app.")
}
