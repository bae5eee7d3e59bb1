use openinference_semconv::{Indexed, keys};
use serde_json::Value as Json;

use super::{Body, Object, Sight, Written, media};
use crate::convert::field::Side;

/// Writes the whole of a request or response as `input.value` or `output.value`.
///
/// Nothing goes in that somebody who sees it must not see: where `content` is hidden there is no value at all, and
/// `trim` takes out what else is hidden. Of a value that is hidden itself a trace is left, as the setters leave it.
/// The bytes of media stand in the messages alone.
pub(super) fn write(
    out: &mut Written,
    side: Side,
    mut body: Body,
    sight: &impl Sight,
    content: &[String],
    trim: impl FnOnce(&mut Object) -> bool,
) {
    if !sight.sees(side.value()) {
        out.put(side.value(), "");
        return;
    }
    if !sight.may_repeat(side.value(), content) {
        return;
    }
    match &mut body.json {
        Json::Null => return,
        Json::String(text) => {
            out.put(side.value(), std::mem::take(text));
            return;
        }
        Json::Object(object) => body.changed |= trim(object),
        _ => {}
    }
    body.changed |= media::take_out(&mut body.json);
    out.json_value(side.value(), side.mime_type(), body.into_text());
}

/// The parts of the messages in `list`, each of which may be hidden by itself.
pub(super) fn messages(list: &str) -> Vec<String> {
    let first = Indexed::new(list, 0);
    let part = first.list(keys::MESSAGE_CONTENTS, 0);
    vec![
        first.key(keys::MESSAGE_ROLE),
        first.key(keys::MESSAGE_CONTENT),
        part.key_in(keys::MESSAGE_CONTENT_IMAGE, keys::IMAGE_URL),
        part.key_in(keys::MESSAGE_CONTENT_AUDIO, keys::AUDIO_URL),
    ]
}

/// The field of the first element of a list whose elements have no other content.
pub(super) fn first(list: &str, field: &str) -> String {
    Indexed::new(list, 0).key(field)
}

/// The parameters, and what redaction by name expects among them: there texts are hidden with these.
pub(super) fn parameters() -> Vec<String> {
    let prompts = first(keys::LLM_PROMPTS, keys::PROMPT_TEXT);
    vec![keys::LLM_INVOCATION_PARAMETERS.into(), keys::EMBEDDING_INVOCATION_PARAMETERS.into(), prompts]
}

/// Everything that a request may hold.
pub(super) fn all_inputs() -> Vec<String> {
    let mut all = messages(keys::LLM_INPUT_MESSAGES);
    all.extend(parameters());
    all.push(first(keys::LLM_TOOLS, keys::TOOL_JSON_SCHEMA));
    all.push(first(keys::EMBEDDING_EMBEDDINGS, keys::EMBEDDING_TEXT));
    all
}

/// Everything that a response may hold. Some repeat the request.
pub(super) fn all_outputs() -> Vec<String> {
    let mut all = messages(keys::LLM_OUTPUT_MESSAGES);
    all.push(first(keys::LLM_CHOICES, keys::COMPLETION_TEXT));
    all.push(first(keys::EMBEDDING_EMBEDDINGS, keys::EMBEDDING_VECTOR));
    all.push(keys::INPUT_VALUE.into());
    all.extend(all_inputs());
    all
}
