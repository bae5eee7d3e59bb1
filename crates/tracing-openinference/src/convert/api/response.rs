use openinference_semconv::keys;
use serde_json::{Value as Json, json};

use super::{Body, Object, Origin, Refusal, Sight, Written, items, list, member, secrets, text, usage, value, vectors};
use crate::convert::field::Side;
use crate::convert::{documents, json, messages};
use crate::repeated::{Contents, Repeated};

/// What a response is, by its members.
enum Shape {
    /// `choices` with messages: chat completions.
    Chat,
    /// `choices` with texts: completions.
    Completions,
    /// `output`: OpenAI's Responses.
    Responses,
    /// `candidates`: Gemini.
    Gemini,
    /// The response is the message: Anthropic.
    Anthropic,
    /// `message`: Ollama's chat, and Cohere's.
    Message,
    /// `response`: Ollama's `/api/generate`.
    Generate,
    Embeddings(Vec<Vec<f64>>),
}

/// Writes the response. One that says that there was an error is a failure.
pub(crate) fn response(mut body: Body, sight: &impl Sight) -> Written {
    let mut out = Written { failure: refusal(&body.json), ..Written::default() };
    body.changed |= secrets::take_out(&mut body.json);
    let Some((response, shape)) = body.json.as_object().and_then(|response| Some((response, shape(response)?))) else {
        // Messages of errors quote what they stumbled over.
        let quoted = if out.failure.is_some() { Contents::EXCEPTION } else { Contents::OF_RESPONSE };
        if let Some(response) = body.json.as_object().filter(|_| out.failure.is_none()) {
            usage::write(&mut out, response);
        }
        let repeated = Repeated { whole: quoted, parts: Contents::REPEATED_BY_RESPONSE };
        value::write(&mut out, Side::Output, body, sight, repeated);
        return out;
    };
    let embeds = matches!(shape, Shape::Embeddings(_));
    let model = text(response, &["model", "modelVersion", "model_version"]);
    let model = model.map(|model| model.trim_start_matches("models/").to_owned());
    out.origin(origin(response, &shape), model.as_deref(), embeds);
    out.model(model, keys::LLM_RESPONSE_MODEL_NAME, embeds);
    if let Some(reason) = finish_reason(response) {
        out.put(keys::LLM_FINISH_REASON, reason);
    }
    usage::write(&mut out, response);
    if let Shape::Embeddings(vectors) = shape {
        // Vectors say nothing to anybody as the text of an `output.value`.
        if sight.sees(&value::first(keys::EMBEDDING_EMBEDDINGS, keys::EMBEDDING_VECTOR)) {
            vectors::write(&mut out.attributes, vectors);
        }
        return out;
    }
    let content = write_content(&mut out, response, &body.json, &shape, sight);
    let quoted = if out.failure.is_some() { Contents::EXCEPTION } else { Contents::NONE };
    let repeated = Repeated { whole: content.or(quoted), parts: Contents::REPEATED_BY_RESPONSE };
    value::write(&mut out, Side::Output, body, sight, repeated);
    out
}

fn shape(response: &Object) -> Option<Shape> {
    let has = |name: &str| member(response, &[name]).is_some();
    if let Some(choices) = list(response, &["choices"]) {
        let is_text = |choice: &Json| choice.get("text").is_some_and(Json::is_string);
        return Some(if choices.first().is_some_and(is_text) { Shape::Completions } else { Shape::Chat });
    }
    if list(response, &["candidates"]).is_some() || has("promptFeedback") || has("usageMetadata") {
        return Some(Shape::Gemini);
    }
    if list(response, &["output"]).is_some() {
        return Some(Shape::Responses);
    }
    if list(response, &["content"]).is_some() && (has("role") || has("stop_reason")) {
        return Some(Shape::Anthropic);
    }
    if response.get("message").is_some_and(|message| message.get("content").or(message.get("tool_calls")).is_some()) {
        return Some(Shape::Message);
    }
    if response.get("response").is_some_and(Json::is_string) && (has("done") || has("model")) {
        return Some(Shape::Generate);
    }
    vectors::of(response).map(Shape::Embeddings)
}

fn origin(response: &Object, shape: &Shape) -> Origin {
    match shape {
        Shape::Gemini => Origin::Gemini,
        Shape::Anthropic => Origin::Anthropic,
        Shape::Generate => Origin::Ollama,
        Shape::Message if response.contains_key("done") => Origin::Ollama,
        _ => Origin::Any,
    }
}

/// Writes the answer. Returns what that is.
fn write_content(out: &mut Written, response: &Object, whole: &Json, shape: &Shape, sight: &impl Sight) -> Contents {
    if let Shape::Completions = shape {
        let key = value::first(keys::LLM_CHOICES, keys::COMPLETION_TEXT);
        if sight.sees(&key) {
            out.replaces.push(keys::LLM_CHOICES);
            let choices = list(response, &["choices"]).unwrap_or_default();
            let texts: Vec<Json> = choices.iter().filter_map(|choice| choice.get("text").cloned()).collect();
            documents::write_choices(&mut out.attributes, keys::LLM_CHOICES, &texts);
        }
        return Contents::CHOICES;
    }
    if sight.sees(&value::first(keys::LLM_OUTPUT_MESSAGES, keys::MESSAGE_ROLE)) {
        out.replaces.push(keys::LLM_OUTPUT_MESSAGES);
        let generated;
        let answers = |member: &str| response.get(member).map_or(&[][..], items).iter();
        let messages: Vec<&Json> = match shape {
            Shape::Chat => answers("choices").filter_map(|choice| choice.get("message")).collect(),
            Shape::Gemini => answers("candidates").filter_map(|candidate| candidate.get("content")).collect(),
            Shape::Responses => answers("output").collect(),
            Shape::Message => answers("message").collect(),
            Shape::Generate => {
                generated = json!({ "content": response.get("response"), "thinking": response.get("thinking") });
                vec![&generated]
            }
            // The response is the message.
            Shape::Anthropic | Shape::Completions | Shape::Embeddings(_) => vec![whole],
        };
        messages::write(&mut out.attributes, keys::LLM_OUTPUT_MESSAGES, messages, "assistant");
    }
    Contents::OUTPUT_MESSAGES
}

/// Why the model stopped; of several answers, the first.
fn finish_reason(response: &Object) -> Option<String> {
    let answer = list(response, &["choices", "candidates"]).and_then(|answers| answers.first()?.as_object());
    if let Some(answer) = answer {
        return text(answer, &["finish_reason", "finishReason"]);
    }
    let incomplete = response.get("incomplete_details").and_then(Json::as_object);
    incomplete
        .and_then(|details| text(details, &["reason"]))
        .or_else(|| text(response, &["stop_reason", "finish_reason", "done_reason", "status"]))
        .or_else(|| text(response.get("promptFeedback")?.as_object()?, &["blockReason"]))
}

/// The error in a response: an object in everybody's words, or the text of Ollama.
pub(super) fn refusal(response: &Json) -> Option<Refusal> {
    // Gemini answers a stream that is not one of events with a list.
    let response = items(response).first().filter(|_| items(response).len() == 1)?.as_object()?;
    let error = member(response, &["error"]).or_else(|| {
        // A message of a stream, `{"type": "error", "code": .., "message": ..}`.
        response.get("type").filter(|kind| *kind == "error").and_then(|_| response.get("message"))
    })?;
    let (kind, message) = match error {
        Json::Object(object) => (text(object, &["type", "status", "code"]), text(object, &["message"])),
        Json::String(message) if message.trim().is_empty() => return None,
        Json::Bool(false) => return None,
        _ => (text(response, &["code"]), None),
    };
    let message = message.or_else(|| json::plain(error)).unwrap_or_default();
    Some(Refusal { kind: kind.unwrap_or_else(|| String::from("error")), message })
}

/// Takes out what a response repeats of its request: OpenAI's Responses all of it, Ollama's the tokens, vLLM's the
/// tokens and their probabilities. Says whether there was any.
pub(super) fn take_out_repeated(response: &mut Object) -> bool {
    const OWN: [&str; 27] = [
        "id",
        "object",
        "type",
        "role",
        "created",
        "created_at",
        "status",
        "model",
        "modelVersion",
        "model_version",
        "choices",
        "candidates",
        "output",
        "content",
        "message",
        "response",
        "thinking",
        "stop_reason",
        "stop_sequence",
        "usage",
        "usageMetadata",
        "usage_metadata",
        "done",
        "done_reason",
        "finish_reason",
        "error",
        "incomplete_details",
    ];
    let before = response.len();
    response.retain(|name, _| OWN.contains(&name.as_str()));
    let mut changed = response.len() < before;
    if let Some(Json::Array(choices)) = response.get_mut("choices") {
        for choice in choices.iter_mut().filter_map(Json::as_object_mut) {
            let before = choice.len();
            choice.retain(|name, _| !name.starts_with("prompt_"));
            changed |= choice.len() < before;
        }
    }
    changed
}
