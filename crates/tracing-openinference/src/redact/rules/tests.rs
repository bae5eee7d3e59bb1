use openinference_semconv::keys;

use super::RULES;
use crate::redact::flags::Flags;
use crate::redact::key::Key;
use crate::redact::rule::{Rule, Then};

const NONE: Flags = Flags::NONE;
const IN: Flags = Flags::INPUTS;
const OUT: Flags = Flags::OUTPUTS;
const IN_MSG: Flags = Flags::INPUT_MESSAGES;
const OUT_MSG: Flags = Flags::OUTPUT_MESSAGES;
const IN_TEXT: Flags = Flags::INPUT_TEXT;
const OUT_TEXT: Flags = Flags::OUTPUT_TEXT;
const IMAGES: Flags = Flags::INPUT_IMAGES;
const IN_AUDIO: Flags = Flags::INPUT_AUDIO;
const OUT_AUDIO: Flags = Flags::OUTPUT_AUDIO;
const TOOLS: Flags = Flags::LLM_TOOLS;
const PARAMS: Flags = Flags::LLM_INVOCATION_PARAMETERS;
const VECTORS: Flags = Flags::EMBEDDINGS_VECTORS;
const VECTORS_OLD: Flags = Flags::EMBEDDING_VECTORS;
const TEXTS: Flags = Flags::EMBEDDINGS_TEXT;
const PROMPTS: Flags = Flags::PROMPTS;
const CHOICES: Flags = Flags::CHOICES;
const DOCS: Flags = Flags::RETRIEVAL_DOCUMENTS;

const DROP: Option<Then> = Some(Then::Drop);
const REDACT: Option<Then> = Some(Then::Redact);
const KEEP: Option<Then> = Some(Then::Keep);
const LIMIT: Option<Then> = Some(Then::LimitImage);
const NAME: Option<Then> = Some(Then::KeepName);
const MEMBERS: Option<Then> = Some(Then::KeepMetadata);
const PARTLY: Option<Then> = Some(Then::KeepParameters);

/// One flag, a key, what must happen.
#[rustfmt::skip]
const EXAMPLES: &[(Flags, &str, Option<Then>)] = &[
    (PARAMS, "llm.invocation_parameters", DROP),
    (PARAMS, "embedding.invocation_parameters", DROP),
    (PARAMS, "llm.invocation_parameters.temperature", DROP),
    (PARAMS, "gen_ai.request.temperature", DROP),
    (PARAMS, "gen_ai.request.model", KEEP),
    (PARAMS, "app.llm.invocation_parameters", None),
    (TOOLS, "llm.tools.0.tool.json_schema", DROP),
    (IN, "llm.tools.0.tool.json_schema", DROP),
    (OUT, "llm.tools.0.tool.json_schema", None),
    (TOOLS, "app.llm.toolsx", DROP),
    (TOOLS, "tool.json_schema", REDACT),
    (TOOLS, "tool.description", REDACT),
    (TOOLS, "tool.name", KEEP),
    (TOOLS, "tool.parameters", REDACT),
    (TOOLS, "gen_ai.tool.definitions", DROP),
    (TOOLS, "gen_ai.request.tools", DROP),
    (TOOLS, "gen_ai.tool.description", DROP),
    (TOOLS, "gen_ai.tool.call.arguments", DROP),
    (TOOLS, "gen_ai.tool.call.result", KEEP),
    (TOOLS, "llm.invocation_parameters", PARTLY),

    (IN, "input.value", REDACT),
    (OUT, "input.value", None),
    (IN, "input.mime_type", DROP),
    (OUT, "output.value", REDACT),
    (OUT, "answer", REDACT),
    (OUT, "completion", REDACT),
    (OUT, "prompt", REDACT),
    (OUT, "question", None),
    (IN, "output.value", None),
    (OUT, "output.mime_type", DROP),
    (IN, "input", REDACT),
    (IN, "input.valuex", REDACT),
    (OUT, "output.values", REDACT),
    (OUT, "return", REDACT),
    (IN, "return", KEEP),
    (IN, "traceloop.entity.input", REDACT),
    (OUT, "traceloop.entity.output", REDACT),
    (IN, "langfuse.input", REDACT),
    (IN_MSG, "langfuse.observation.input", REDACT),
    (IN_TEXT, "langfuse.trace.input", REDACT),
    (IMAGES, "langfuse.input", REDACT),
    (IN_AUDIO, "langfuse.input", REDACT),
    (OUT, "langfuse.output", REDACT),
    (OUT_MSG, "langfuse.observation.output", REDACT),
    (OUT_TEXT, "langfuse.trace.output", REDACT),
    (OUT_AUDIO, "langfuse.output", REDACT),
    (PARAMS, "langfuse.observation.model.parameters", DROP),

    (IN, "input.images.0.image.url", DROP),
    (IMAGES, "input.images.0.image.url", DROP),
    (OUT, "output.images.0.image.url", DROP),
    (IN, "output.images.0.image.url", LIMIT),
    (NONE, "input.images.0.image.url", LIMIT),
    (NONE, "output.images.0.image.url", LIMIT),
    (NONE, "llm.input_messages.0.message.contents.0.message_content.image.image.url", LIMIT),
    (NONE, "llm.output_messages.0.message.contents.0.message_content.image.image.url", LIMIT),
    (IN_TEXT, "llm.input_messages.0.message.contents.0.message_content.image.image.url", LIMIT),
    (IMAGES, "llm.input_messages.0.message.contents.0.message_content.image.image.url", DROP),
    (IMAGES, "llm.input_messages.0.message.contents.0.message_content.video.video.url", DROP),
    (IMAGES, "llm.output_messages.0.message.contents.0.message_content.video.video.url", None),
    (IMAGES, "llm.input_messages", DROP),
    (IMAGES, "llm.input_messages.0.message.contents", DROP),
    (IMAGES, "llm.input_messages.0.message.content", None),
    (IN, "input.audio.transcript", DROP),
    (IN_AUDIO, "input.audio.url", DROP),
    (OUT, "output.audio.url", DROP),
    (OUT_AUDIO, "output.audio.transcript", DROP),
    (IN_AUDIO, "llm.input_messages.0.message.contents.0.message_content.audio.audio.url", DROP),
    (OUT_AUDIO, "llm.output_messages.0.message.contents.0.message_content.audio.audio.transcript", DROP),
    (IN_AUDIO, "llm.input_messages", DROP),
    (OUT_AUDIO, "llm.output_messages", DROP),
    (IN_AUDIO, "gen_ai.input.messages", DROP),
    (OUT_AUDIO, "gen_ai.output.messages", DROP),
    (IN, "input.documents.0.document.url", DROP),
    (OUT, "output.documents.0.document.content", DROP),

    (IN, "llm.input_messages.0.message.role", DROP),
    (IN_MSG, "llm.input_messages.0.message.role", DROP),
    (OUT, "llm.input_messages.0.message.role", None),
    (OUT, "llm.output_messages.0.message.role", DROP),
    (OUT_MSG, "app.llm.output_messagesx", DROP),
    (IN, "llm.output_messages.0.message.content", None),
    (IN_TEXT, "llm.input_messages.0.message.content", REDACT),
    (OUT_TEXT, "llm.output_messages.0.message.content", REDACT),
    (OUT_TEXT, "llm.input_messages.0.message.content", None),
    (IN_TEXT, "llm.input_messages.0.message.contents.0.message_content.text", REDACT),
    (OUT_TEXT, "llm.output_messages.0.message.contents.0.message_content.text", REDACT),
    (IN_TEXT, "llm.input_messages.0.message.role", None),
    (IN_TEXT, "llm.input_messages.0.message.contents.0.message_content.type", None),
    (IN_TEXT, "llm.input_messages.0.message.tool_calls.0.tool_call.id", None),
    (IN_TEXT, "llm.input_messages.0.message.tool_calls.0.tool_call.function.arguments", REDACT),
    (OUT_TEXT, "llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments", REDACT),
    (OUT_TEXT, "llm.output_messages.0.message.function_call_arguments_json", REDACT),
    (OUT_TEXT, "llm.output_messages.0.message.contents.0.message_content.signature", REDACT),
    (OUT_TEXT, "llm.output_messages.0.message.contents.0.message_content.data", REDACT),
    (OUT_TEXT, "llm.output_messages.0.message.contents.0.message_content.encrypted_content", REDACT),
    (OUT_TEXT, "llm.output_messages.0.message.contents.0.message_content.audio.audio.transcript", REDACT),
    (IN_TEXT, "llm.input_messages.0.message.contents.0.message_content.audio.audio.url", REDACT),
    (IN_TEXT, "llm.input_messages.0.message.contents.0.message_content.document.document.content", REDACT),
    (IN_TEXT, "llm.input_messages", REDACT),
    (OUT_TEXT, "llm.output_messages.0.message.contents", REDACT),
    (IN_TEXT, "gen_ai.input.messages", DROP),
    (OUT_TEXT, "gen_ai.output.messages", DROP),

    (OUT, "llm.function_call", REDACT),
    (OUT_MSG, "llm.function_call", REDACT),
    (OUT_TEXT, "llm.function_call", REDACT),
    (IN, "llm.function_call", KEEP),
    (IN, "llm.prompts.0.prompt.text", REDACT),
    (PROMPTS, "llm.prompts.0.prompt.text", REDACT),
    (OUT, "llm.prompts.0.prompt.text", None),
    (CHOICES, "llm.choices.0.completion.text", REDACT),
    (OUT, "llm.choices.0.completion.text", REDACT),
    (IN, "llm.choices.0.completion.text", None),
    (IN, "llm.prompt_template.variables", REDACT),
    (PROMPTS, "llm.prompt_template.template", REDACT),
    (IN, "llm.prompt_template.version", KEEP),
    (OUT, "llm.prompt_template.variables", KEEP),
    (IN, "traceloop.prompt.template", REDACT),
    (PROMPTS, "traceloop.prompt.template_variables", REDACT),
    (OUT, "traceloop.prompt.template", None),
    (CHOICES, "llm.completions.0.content", REDACT),
    (OUT_MSG, "llm.completions.0.content", REDACT),
    (OUT_TEXT, "llm.completions", REDACT),
    (IN, "llm.invocation_parameters", PARTLY),
    (PROMPTS, "embedding.invocation_parameters", PARTLY),
    (IN_MSG, "llm.invocation_parameters", PARTLY),
    (IN_TEXT, "llm.invocation_parameters", PARTLY),
    (IMAGES, "llm.invocation_parameters", PARTLY),
    (IN_AUDIO, "llm.invocation_parameters", PARTLY),
    (OUT, "llm.invocation_parameters", KEEP),

    (IN, "tool.parameters", REDACT),
    (OUT, "tool.parameters", KEEP),
    (IN, "tool.description", KEEP),
    (OUT, "tool.result", REDACT),
    (IN, "tool_call.function.arguments", REDACT),
    (OUT, "tool_call.function.arguments", REDACT),
    (OUT_MSG, "tool_call.function.arguments", REDACT),
    (OUT_TEXT, "tool_call.function.arguments", REDACT),
    (OUT, "tool_call.id", KEEP),

    (IN, "reranker.query", REDACT),
    (OUT, "reranker.query", KEEP),
    (IN, "reranker.queryx", REDACT),
    (IN, "reranker.input_documents.0.document.id", DROP),
    (OUT, "reranker.input_documents.0.document.content", KEEP),
    (DOCS, "reranker.input_documents.0.document.content", REDACT),
    (DOCS, "reranker.input_documents.0.document.score", KEEP),
    (OUT, "reranker.output_documents.0.document.id", DROP),
    (IN, "reranker.output_documents.0.document.content", REDACT),
    (DOCS, "reranker.output_documents.0.document.content", REDACT),
    (DOCS, "retrieval.documents.0.document.content", REDACT),
    (OUT, "retrieval.documents.0.document.metadata", REDACT),
    (DOCS, "retrieval.documents.0.my_document.content", REDACT),
    (DOCS, "retrieval.documents.0.document.url", REDACT),
    (OUT, "retrieval.documents.0.document.name", REDACT),
    (DOCS, "retrieval.documents", REDACT),
    (DOCS, "retrieval.documents.0.document.score", KEEP),
    (IN, "retrieval.documents.0.document.content", KEEP),
    (DOCS, "gen_ai.retrieval.documents", DROP),

    (VECTORS, "embedding.embeddings.0.embedding.vector", REDACT),
    (VECTORS_OLD, "embedding.embeddings.0.embedding.vector", REDACT),
    (VECTORS, "app.embedding.embeddings.0.embedding.vector", REDACT),
    (OUT, "embedding.embeddings.0.embedding.vector", REDACT),
    (IN, "embedding.embeddings.0.embedding.vector", None),
    (TEXTS, "embedding.embeddings.0.embedding.text", REDACT),
    (TEXTS, "app.embedding.embeddings.0.embedding.text", REDACT),
    (IN, "embedding.embeddings.0.embedding.text", REDACT),
    (OUT, "embedding.embeddings.0.embedding.text", None),
    (VECTORS, "embedding.vector", REDACT),
    (TEXTS, "embedding.text", REDACT),
    (VECTORS_OLD, "embedding.vector", REDACT),
    (VECTORS, "embedding.embeddings", REDACT),
    (VECTORS_OLD, "embedding.embeddings", REDACT),
    (TEXTS, "embedding.embeddings.0", REDACT),

    (IN, "gen_ai.input.messages", DROP),
    (OUT, "gen_ai.input.messages", KEEP),
    (IN_MSG, "gen_ai.system_instructions", DROP),
    (PROMPTS, "gen_ai.prompt.0.content", DROP),
    (IN, "gen_ai.prompt", DROP),
    (IN_MSG, "gen_ai.content.prompt", DROP),
    (IN_TEXT, "gen_ai.prompt", DROP),
    (IMAGES, "gen_ai.prompt", DROP),
    (IN_AUDIO, "gen_ai.prompt", DROP),
    (IN, "gen_ai.tool.definitions", DROP),
    (IN, "gen_ai.tool.description", KEEP),
    (IN, "gen_ai.tool.call.arguments", DROP),
    (IN, "gen_ai.retrieval.query.text", DROP),
    (OUT, "gen_ai.tool.call.result", DROP),
    (OUT, "gen_ai.tool.call.arguments", KEEP),
    (IMAGES, "gen_ai.input.messages", DROP),
    (OUT, "gen_ai.output.messages", DROP),
    (OUT_MSG, "gen_ai.output.messages", DROP),
    (IN, "gen_ai.output.messages", KEEP),
    (CHOICES, "gen_ai.completion.0.content", DROP),
    (OUT, "gen_ai.content.completion", DROP),
    (OUT_MSG, "gen_ai.completion", DROP),
    (OUT_TEXT, "gen_ai.completion", DROP),
    (OUT_AUDIO, "gen_ai.completion", DROP),
    (OUT, "gen_ai.retrieval.documents", DROP),
    (OUT, "gen_ai.evaluation.explanation", DROP),
    (IN, "gen_ai.anything.new", DROP),
    (IN, "gen_ai.usage.input_tokens", KEEP),
    (IN, "gen_ai.request.stop_sequences", DROP),
    (IN_MSG, "gen_ai.request.stop_sequences", DROP),
    (IN_TEXT, "gen_ai.request.stop_sequences", DROP),
    (IMAGES, "gen_ai.request.stop_sequences", DROP),
    (IN_AUDIO, "gen_ai.request.stop_sequences", DROP),
    (PROMPTS, "gen_ai.request.stop_sequences", DROP),
    (TOOLS, "gen_ai.request.stop_sequences", DROP),
    (TOOLS, "gen_ai.request.temperature", KEEP),

    (IN, "exception.message", REDACT),
    (OUT, "exception.stacktrace", REDACT),
    (IN, "exception.type", NAME),
    (OUT, "gen_ai.tool.error.type", NAME),
    (IN, "error", REDACT),
    (OUT, "error", REDACT),
    (IN, "error.message", REDACT),
    (IN, "logfire.msg", REDACT),
    (OUT, "logfire.msg", REDACT),
    (OUT, "otel.status_description", REDACT),
    (IN, "langfuse.observation.status_message", REDACT),
    (IN, "error.type", NAME),
    (OUT, "session.annotations.0.annotation.explanation", REDACT),
    (IN, "evaluations.0.evaluation.metadata", REDACT),
    (IN, "evaluations.0.evaluation.label", None),

    (IN, "llm.model_name", KEEP),
    (IN, "llm.token_count.prompt_details.cache_read", KEEP),
    (IN, "llm.prompt", REDACT),
    (OUT, "llm.request.functions", REDACT),
    (IN, "message.content", REDACT),
    (IN, "metadata", MEMBERS),
    (IN, "question", REDACT),
    (OUT, "question", None),
    (IN, "tools", REDACT),
    (IN, "busy_ns", KEEP),
    (IN, "app.custom", None),
    (IN, "INPUT.VALUE", None),
];

/// What Python's rows have to do by themselves, where rows of ours would do the same.
const PYTHON: &[(Flags, &str, Option<Then>)] = &[
    (PARAMS, "llm.invocation_parameters", DROP),
    (IN, "input.value", REDACT),
    (OUT, "output.value", REDACT),
    (OUT, "retrieval.documents.0.document.content", REDACT),
    (DOCS, "retrieval.documents.0.document.metadata", REDACT),
    (IN_TEXT, "llm.input_messages.0.message.content", REDACT),
    (OUT_TEXT, "llm.output_messages.0.message.content", REDACT),
    (IN_TEXT, "llm.input_messages.0.message.contents.0.message_content.text", REDACT),
    (OUT_TEXT, "llm.output_messages.0.message.contents.0.message_content.text", REDACT),
    (VECTORS_OLD, "embedding.embeddings.0.embedding.vector", REDACT),
    (VECTORS, "embedding.embeddings.0.embedding.vector", REDACT),
    (TEXTS, "embedding.embeddings.0.embedding.text", REDACT),
];
/// Its 23, with the one on long images written as three and the one on images as two.
const ROWS_OF_PYTHON: usize = 26;
const FLAGS: u32 = 17;

fn decide(flags: Flags, key: &str) -> Option<Then> {
    let key = Key::new(key);
    RULES.iter().filter(|rule| rule.applies(flags)).find(|rule| rule.matches(key)).map(|rule| rule.then)
}

#[test]
fn each_flag_does_to_each_key_what_it_says() {
    for (flags, key, then) in EXAMPLES {
        assert_eq!(decide(*flags, key), *then, "{key} under {flags:?}");
    }
}

/// Stricter rows further down must not be what makes them right.
#[test]
fn the_rows_of_python_do_by_themselves_what_they_say() {
    for (flags, key, then) in PYTHON {
        let mut rows = RULES.iter().filter(|rule| rule.why.is_empty() && rule.applies(*flags));
        let found = rows.find(|rule| rule.matches(Key::new(key))).map(|rule| rule.then);
        assert_eq!(found, *then, "{key} under {flags:?}");
    }
}

/// Fails if `changed`, the table with one thing gone, still gives every answer asked for here.
fn goes_unnoticed(changed: impl Fn(usize, &Rule, Flags) -> bool) -> bool {
    let gives = |rows: &'static [Rule], (flags, key, then): &(Flags, &str, Option<Then>)| {
        let rows = rows.iter().enumerate().filter(|(at, rule)| changed(*at, rule, *flags)).map(|(_, rule)| rule);
        let key = Key::new(key);
        rows.into_iter().find(|rule| rule.matches(key)).map(|rule| rule.then) == *then
    };
    EXAMPLES.iter().all(|example| gives(RULES, example))
        && PYTHON.iter().all(|example| gives(&RULES[..ROWS_OF_PYTHON], example))
}

#[test]
fn no_rule_can_be_removed_unnoticed() {
    let unnoticed =
        (0..RULES.len()).filter(|removed| goes_unnoticed(|at, rule, flags| at != *removed && rule.applies(flags)));
    assert_eq!(unnoticed.collect::<Vec<_>>(), [0; 0], "rows that no example needs");
}

#[test]
fn no_flag_can_be_taken_from_a_rule_unnoticed() {
    let mut unnoticed = Vec::new();
    for (changed, rule) in RULES.iter().enumerate() {
        for flag in (0..FLAGS).map(Flags::bit).filter(|flag| rule.when.intersects(*flag)) {
            let rest = rule.when.without(flag);
            if goes_unnoticed(
                |at, rule, flags| if at == changed { rest.intersects(flags) } else { rule.applies(flags) },
            ) {
                unnoticed.push((changed, flag));
            }
        }
    }
    assert_eq!(unnoticed, [], "flags of rows that no example needs");
}

#[test]
fn every_row_of_ours_gives_its_reason() {
    let (pythons, ours) = RULES.split_at(ROWS_OF_PYTHON);
    assert!(pythons.iter().all(|rule| rule.why.is_empty()));
    for rule in ours {
        assert!(!rule.why.is_empty(), "{rule:?}");
    }
}

/// Whoever adds a key to the vocabulary has to decide here whether it tells anything.
#[test]
fn with_everything_hidden_only_these_keys_of_the_vocabulary_stay() {
    let everything = (0..FLAGS).map(Flags::bit).fold(Flags::NONE, Flags::or);
    let stays = |key: &&&str| !matches!(decide(everything, key), Some(Then::Drop | Then::Redact));
    let mut left: Vec<_> = keys::ALL.iter().filter(stays).copied().collect();
    left.sort_unstable();
    assert_eq!(left.join("\n"), STAYS.trim());
}

/// What tells which model, tool, session or error it was, how much it took, and what the program itself says.
const STAYS: &str = "
agent.name
decision.model_name
decision.provider
decision.request.model_name
decision.response.model_name
decision.system
decision.token_count.input
decision.token_count.output
embedding.model_name
exception.escaped
exception.type
graph.node.id
graph.node.name
graph.node.parent_id
llm.cost
llm.cost.completion
llm.cost.completion_details
llm.cost.completion_details.audio
llm.cost.completion_details.output
llm.cost.completion_details.reasoning
llm.cost.prompt
llm.cost.prompt_details
llm.cost.prompt_details.audio
llm.cost.prompt_details.cache_input
llm.cost.prompt_details.cache_read
llm.cost.prompt_details.cache_write
llm.cost.prompt_details.input
llm.cost.total
llm.finish_reason
llm.model_name
llm.prompt_template.version
llm.provider
llm.request.model_name
llm.response.model_name
llm.system
llm.token_count.completion
llm.token_count.completion_details
llm.token_count.completion_details.audio
llm.token_count.completion_details.reasoning
llm.token_count.prompt
llm.token_count.prompt_details
llm.token_count.prompt_details.audio
llm.token_count.prompt_details.cache_input
llm.token_count.prompt_details.cache_read
llm.token_count.prompt_details.cache_write
llm.token_count.total
metadata
openinference.project.name
openinference.span.kind
prompt.id
prompt.url
prompt.vendor
reranker.model_name
reranker.top_k
session.id
tag.tags
tool.id
tool.name
tool_call.function.name
tool_call.id
user.id
";
