use openinference_semconv::keys;

use super::flags::Flags;
use super::key::Parts;
use super::rule::{At, Leaf, Rule, Then, when};
use super::words::*;
use crate::attributes::RESULTS;

// What the table says most often, in short words so that a row is a line.
use At::{Bare, In, Is};
use Leaf::{Ends, IsNot};
use Then::{Drop, Keep, KeepMetadata, KeepName, KeepParameters, LimitImage, Redact};

const INPUTS: Flags = Flags::INPUTS;
const OUTPUTS: Flags = Flags::OUTPUTS;
/// Either side may be quoted.
const EITHER: Flags = INPUTS.or(OUTPUTS);
const IMAGES: Flags = Flags::INPUT_IMAGES;
const DOCUMENTS: Flags = Flags::RETRIEVAL_DOCUMENTS;
const VECTORS: Flags = Flags::EMBEDDING_VECTORS.or(Flags::EMBEDDINGS_VECTORS);
const INPUT_MESSAGE: Parts = Parts::LLM_INPUT_MESSAGES;
const OUTPUT_MESSAGE: Parts = Parts::LLM_OUTPUT_MESSAGES;
const IMAGE: Parts = Parts::MESSAGE_CONTENT_IMAGE;
const VIDEO: Parts = Parts::MESSAGE_CONTENT_VIDEO;
const AUDIO: Parts = Parts::MESSAGE_CONTENT_AUDIO;
/// What may carry messages to a model, one flag for each way to say that they are hidden.
const TO_MODEL: Flags =
    INPUTS.or(Flags::INPUT_MESSAGES).or(Flags::INPUT_TEXT).or(Flags::INPUT_IMAGES).or(Flags::INPUT_AUDIO);
const FROM_MODEL: Flags = OUTPUTS.or(Flags::OUTPUT_MESSAGES).or(Flags::OUTPUT_TEXT).or(Flags::OUTPUT_AUDIO);

/// The whole of redaction by key. The first row that fits decides.
///
/// First come the rows of `TraceConfig.mask` of Python's `openinference-instrumentation` 0.1.72, in its order, so that
/// whatever it hides is hidden in the same way. What it would keep then meets stricter rows, each with its reason.
#[rustfmt::skip]
pub(super) const RULES: &[Rule] = &[
    when(Flags::LLM_INVOCATION_PARAMETERS).at(Is(&[keys::LLM_INVOCATION_PARAMETERS])).then(Drop, ""),
    when(INPUTS.or(Flags::LLM_TOOLS)).has(Parts::LLM_TOOLS).then(Drop, ""),
    when(INPUTS).at(Is(&[keys::INPUT_VALUE])).then(Redact, ""),
    when(INPUTS).at(Is(&[keys::INPUT_MIME_TYPE])).then(Drop, ""),
    when(INPUTS).at(Is(&[keys::RERANKER_QUERY])).then(Redact, ""),
    when(INPUTS).at(In(&[keys::RERANKER_INPUT_DOCUMENTS])).then(Drop, ""),
    when(OUTPUTS).at(Is(&[keys::OUTPUT_VALUE])).then(Redact, ""),
    when(OUTPUTS).at(Is(&[keys::OUTPUT_MIME_TYPE])).then(Drop, ""),
    when(OUTPUTS).at(In(&[keys::RERANKER_OUTPUT_DOCUMENTS])).then(Drop, ""),
    when(DOCUMENTS.or(OUTPUTS)).at(In(&[keys::RETRIEVAL_DOCUMENTS]))
        .leaf(Ends(&[keys::DOCUMENT_CONTENT, keys::DOCUMENT_METADATA])).then(Redact, ""),
    when(INPUTS.or(Flags::INPUT_MESSAGES)).has(INPUT_MESSAGE).then(Drop, ""),
    when(INPUTS.or(Flags::PROMPTS)).has(Parts::LLM_PROMPTS).then(Redact, ""),
    when(OUTPUTS.or(Flags::OUTPUT_MESSAGES)).has(OUTPUT_MESSAGE).then(Drop, ""),
    when(OUTPUTS.or(Flags::CHOICES)).has(Parts::LLM_CHOICES).then(Redact, ""),
    when(Flags::INPUT_TEXT).has(INPUT_MESSAGE.and(Parts::MESSAGE_CONTENT)).lacks(Parts::MESSAGE_CONTENTS).then(Redact, ""),
    when(Flags::OUTPUT_TEXT).has(OUTPUT_MESSAGE.and(Parts::MESSAGE_CONTENT)).lacks(Parts::MESSAGE_CONTENTS).then(Redact, ""),
    when(Flags::INPUT_TEXT).has(INPUT_MESSAGE.and(Parts::MESSAGE_CONTENT_TEXT)).then(Redact, ""),
    when(Flags::OUTPUT_TEXT).has(OUTPUT_MESSAGE.and(Parts::MESSAGE_CONTENT_TEXT)).then(Redact, ""),
    when(IMAGES).has(INPUT_MESSAGE.and(IMAGE)).then(Drop, ""),
    when(INPUTS.or(IMAGES)).at(In(&[keys::INPUT_IMAGES])).then(Drop, ""),
    when(OUTPUTS).at(In(&[keys::OUTPUT_IMAGES])).then(Drop, ""),
    when(Flags::ALWAYS).has(INPUT_MESSAGE.and(IMAGE)).leaf(Ends(IMAGE_URL)).then(LimitImage, ""),
    when(Flags::ALWAYS).has(OUTPUT_MESSAGE.and(IMAGE)).leaf(Ends(IMAGE_URL)).then(LimitImage, ""),
    when(Flags::ALWAYS).at(In(&[keys::INPUT_IMAGES, keys::OUTPUT_IMAGES])).leaf(Ends(IMAGE_URL)).then(LimitImage, ""),
    when(VECTORS).has(Parts::EMBEDDING_EMBEDDINGS.and(Parts::EMBEDDING_VECTOR)).then(Redact, ""),
    when(Flags::EMBEDDINGS_TEXT).has(Parts::EMBEDDING_EMBEDDINGS.and(Parts::EMBEDDING_TEXT)).then(Redact, ""),

    // Messages.
    when(Flags::INPUT_AUDIO).has(INPUT_MESSAGE.and(AUDIO)).then(Drop, "the flag names the input's audio, wherever it is"),
    when(Flags::OUTPUT_AUDIO).has(OUTPUT_MESSAGE.and(AUDIO)).then(Drop, "the flag names the output's audio, wherever it is"),
    when(IMAGES).has(INPUT_MESSAGE.and(VIDEO)).then(Drop, "a video is images"),
    when(IMAGES.or(Flags::INPUT_AUDIO)).has(INPUT_MESSAGE).leaf(Ends(UNFLATTENED))
        .then(Drop, "messages in one JSON text hold their images and audio"),
    when(Flags::OUTPUT_AUDIO).has(OUTPUT_MESSAGE).leaf(Ends(UNFLATTENED)).then(Drop, "messages in one JSON text hold their audio"),
    when(Flags::INPUT_TEXT).has(INPUT_MESSAGE).lacks(IMAGE.and(VIDEO)).leaf(IsNot(MESSAGE_FRAME))
        .then(Redact, "tool arguments, reasoning, transcripts, documents and JSON texts say what the message says"),
    when(Flags::OUTPUT_TEXT).has(OUTPUT_MESSAGE).lacks(IMAGE.and(VIDEO)).leaf(IsNot(MESSAGE_FRAME))
        .then(Redact, "tool arguments, reasoning, transcripts, documents and JSON texts say what the message says"),
    when(OUTPUTS.or(Flags::OUTPUT_MESSAGES).or(Flags::OUTPUT_TEXT)).at(Is(&[keys::LLM_FUNCTION_CALL]))
        .then(Redact, "it is a part of the answer, by an older name"),

    // Prompts and parameters.
    when(INPUTS.or(Flags::PROMPTS)).at(In(&[keys::LLM_PROMPT_TEMPLATE_TEMPLATE, keys::LLM_PROMPT_TEMPLATE_VARIABLES]))
        .then(Redact, "template and variables together are the prompt"),
    when(INPUTS.or(Flags::PROMPTS)).at(Is(FOREIGN_TEMPLATES)).then(Redact, "the template by the name of another vocabulary"),
    when(Flags::CHOICES.or(Flags::OUTPUT_MESSAGES).or(Flags::OUTPUT_TEXT)).at(In(&[FOREIGN_COMPLETIONS]))
        .then(Redact, "the choices by the name of another vocabulary; the flags for a whole side know no such key"),
    when(Flags::LLM_INVOCATION_PARAMETERS).at(In(PARAMETERS)).then(Drop, "the same parameters, of another call or one by one"),
    when(TO_MODEL.or(Flags::PROMPTS).or(Flags::LLM_TOOLS)).at(In(PARAMETERS))
        .then(KeepParameters, "some instrumentations leave messages, prompts and tools in them"),

    // Tools.
    when(Flags::LLM_TOOLS).at(In(&[keys::TOOL_DESCRIPTION, keys::TOOL_JSON_SCHEMA]))
        .then(Redact, "the span of the call repeats the definition"),
    when(INPUTS.or(Flags::LLM_TOOLS)).at(In(&[keys::TOOL_PARAMETERS]))
        .then(Redact, "a schema by the specification, the arguments in practice"),
    when(EITHER.or(Flags::OUTPUT_MESSAGES).or(Flags::OUTPUT_TEXT)).at(In(&[TOOL_CALL]))
        .leaf(IsNot(&[keys::TOOL_CALL_ID, keys::TOOL_CALL_FUNCTION_NAME]))
        .then(Redact, "arguments are output of the model and input of the tool"),

    // What went in and came out.
    when(INPUTS.or(Flags::INPUT_AUDIO)).at(In(&[keys::INPUT_AUDIO])).then(Drop, "Python's OpenAI Agents instrumentation does so"),
    when(OUTPUTS.or(Flags::OUTPUT_AUDIO)).at(In(&[keys::OUTPUT_AUDIO])).then(Drop, "Python's OpenAI Agents instrumentation does so"),
    when(INPUTS).at(In(&[keys::INPUT_DOCUMENTS])).then(Drop, "documents are hidden as images are"),
    when(OUTPUTS).at(In(&[keys::OUTPUT_DOCUMENTS])).then(Drop, "documents are hidden as images are"),
    when(INPUTS).at(In(INPUT)).then(Redact, "the input by a misspelt name"),
    when(OUTPUTS).at(In(OUTPUT)).then(Redact, "the output by a misspelt name, or before it is named"),
    when(OUTPUTS).at(Is(&RESULTS)).then(Redact, "the output by the name that an application gave it"),
    when(TO_MODEL).at(In(FOREIGN_INPUTS)).then(Redact, "the input by the name of another vocabulary, which may be messages"),
    when(FROM_MODEL).at(In(FOREIGN_OUTPUTS)).then(Redact, "the output by the name of another vocabulary, which may be messages"),

    // Documents and embeddings.
    when(INPUTS.or(DOCUMENTS)).at(In(&[keys::RERANKER_OUTPUT_DOCUMENTS])).leaf(IsNot(DOCUMENT_FRAME))
        .then(Redact, "the same documents as the reranker's input"),
    when(DOCUMENTS).at(In(&[keys::RERANKER_INPUT_DOCUMENTS])).leaf(IsNot(DOCUMENT_FRAME))
        .then(Redact, "the same documents as were retrieved"),
    when(OUTPUTS.or(DOCUMENTS)).at(In(&[keys::RETRIEVAL_DOCUMENTS])).leaf(IsNot(DOCUMENT_FRAME))
        .then(Redact, "name and address tell which document, and a data URL is the document"),
    when(INPUTS.or(Flags::EMBEDDINGS_TEXT)).at(In(&[EMBEDDING])).has(Parts::EMBEDDING_TEXT)
        .then(Redact, "the text is the input of the embedding"),
    when(OUTPUTS.or(VECTORS)).at(In(&[EMBEDDING])).has(Parts::EMBEDDING_VECTOR)
        .then(Redact, "the vector is the output of the embedding, and can be turned back into text"),
    when(VECTORS.or(Flags::EMBEDDINGS_TEXT)).at(In(&[keys::EMBEDDING_EMBEDDINGS]))
        .lacks(Parts::EMBEDDING_TEXT.and(Parts::EMBEDDING_VECTOR))
        .then(Redact, "embeddings in one JSON text hold texts and vectors"),

    // `gen_ai.*` that was not converted. Phoenix rebuilds `llm.*` from it, so it is dropped rather than redacted.
    when(INPUTS.or(Flags::LLM_TOOLS)).at(In(GEN_AI_TOOLS)).then(Drop, "as `llm.tools`"),
    when(Flags::LLM_TOOLS).at(In(&[GEN_AI_TOOL_DESCRIPTION])).then(Drop, "as `tool.description`"),
    when(Flags::LLM_TOOLS).at(In(&[GEN_AI_TOOL_ARGUMENTS])).then(Drop, "as `tool.parameters`"),
    when(TO_MODEL).at(In(GEN_AI_TO_MODEL)).then(Drop, "as `llm.input_messages`, in one JSON text"),
    when(TO_MODEL.or(Flags::PROMPTS)).at(In(GEN_AI_PROMPTS)).then(Drop, "as `llm.input_messages` and `llm.prompts`"),
    when(FROM_MODEL).at(In(GEN_AI_FROM_MODEL)).then(Drop, "as `llm.output_messages`, in one JSON text"),
    when(FROM_MODEL.or(Flags::CHOICES)).at(In(GEN_AI_COMPLETIONS)).then(Drop, "as `llm.output_messages` and `llm.choices`"),
    when(INPUTS).at(In(GEN_AI_INPUTS)).then(Drop, "as `input.value`"),
    when(OUTPUTS).at(In(&[GEN_AI_TOOL_RESULT])).then(Drop, "as `output.value`"),
    when(OUTPUTS.or(DOCUMENTS)).at(In(&[GEN_AI_DOCUMENTS])).then(Drop, "as `retrieval.documents`"),
    when(Flags::LLM_INVOCATION_PARAMETERS).at(In(&[GEN_AI_REQUEST])).leaf(IsNot(&[GEN_AI_REQUEST_MODEL]))
        .then(Drop, "as `llm.invocation_parameters`"),

    // Text that may quote either side.
    when(EITHER).at(Is(ERROR_TYPES)).then(KeepName, "a type is a name; an application may put a text there"),
    when(EITHER).at(In(&[EXCEPTION])).leaf(IsNot(&[keys::EXCEPTION_TYPE, keys::EXCEPTION_ESCAPED]))
        .then(Redact, "messages of errors quote what they stumbled over; the type stays"),
    when(EITHER).at(Is(FOREIGN_ERRORS)).then(Redact, "messages of errors quote what they stumbled over"),
    when(EITHER).at(Is(&[LOGFIRE_MESSAGE])).then(Redact, "a sentence made of the fields of the span"),
    when(EITHER).at(In(FEEDBACK)).leaf(IsNot(FEEDBACK_FRAME))
        .then(Redact, "the specification of annotations asks for it: explanations and metadata quote both sides"),

    when(Flags::ALWAYS).at(Is(&[keys::METADATA])).then(KeepMetadata, "conversion puts attributes there that would be in the way"),
    when(Flags::ALWAYS).at(Is(HARMLESS)).then(Keep, "tells nothing, or has a row of its own above"),
    when(Flags::ALWAYS).at(In(HARMLESS_GROUPS)).then(Keep, "tells nothing, or has a row of its own above"),
    when(Flags::ALWAYS).at(Is(GEN_AI_HARMLESS)).then(Keep, "tells nothing, or has a row of its own above"),
    when(Flags::ALWAYS).at(In(GEN_AI_HARMLESS_GROUPS)).then(Keep, "tells nothing, or has a row of its own above"),

    when(TO_MODEL.without(INPUTS).or(Flags::PROMPTS).or(Flags::LLM_TOOLS)).at(In(&[GEN_AI_REQUEST]))
        .then(Drop, "a parameter that may be a text, as in `llm.invocation_parameters`"),

    // What is left of the namespaces that carry content.
    when(EITHER).at(In(OPENINFERENCE))
        .lacks(INPUT_MESSAGE.and(OUTPUT_MESSAGE).and(Parts::LLM_TOOLS).and(Parts::LLM_PROMPTS).and(Parts::LLM_CHOICES)
            .and(Parts::EMBEDDING_TEXT).and(Parts::EMBEDDING_VECTOR))
        .then(Redact, "an unknown key of a family that carries content is taken for content"),
    when(EITHER).at(In(&[GEN_AI])).then(Drop, "an unknown key of a family that carries content is taken for content"),
    when(INPUTS).at(Bare).then(Redact, "a field without a namespace is an argument of the instrumented function"),
];

/// The one thing the rows about long images look at that is cheap to ask.
pub(super) fn may_be_image(key: &str) -> bool {
    IMAGE_URL.iter().any(|ending| key.ends_with(ending))
}

#[cfg(test)]
mod tests;
