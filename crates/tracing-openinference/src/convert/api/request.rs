use openinference_semconv::keys;
use serde_json::{Value as Json, json};

use super::{Body, Object, Origin, Sight, Written, items, list, member, parameters, secrets, text, value, vectors};
use crate::convert::field::Side;
use crate::convert::{documents, messages, tools};
use crate::repeated::{Contents, Repeated};

/// What a request is, by its members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    /// `messages`: chat completions, Anthropic's Messages, Ollama's chat.
    Chat,
    /// `input`: OpenAI's Responses.
    Responses,
    /// `contents`: Gemini's `generateContent`.
    Gemini,
    /// `prompt`: completions, the API before messages.
    Prompts,
    /// `prompt`, and words that only Ollama's `/api/generate` has.
    Generate,
    Embeddings,
}

/// Writes the request. `embeds` says that the span is known to stand for an embedding: OpenAI's requests for a response
/// and for an embedding may look the same.
pub(crate) fn request(mut body: Body, sight: &impl Sight, embeds: bool) -> Written {
    let mut out = Written::default();
    body.changed |= secrets::take_out(&mut body.json);
    let shape = body.json.as_object().and_then(|request| Some((request, shape(request, embeds)?)));
    let Some((request, shape)) = shape else {
        let repeated = Repeated { whole: Contents::OF_REQUEST, parts: Contents::NONE };
        value::write(&mut out, Side::Input, body, sight, repeated);
        return out;
    };
    let embeds = shape == Shape::Embeddings;
    let model = text(request, &["model"]).map(|model| model.trim_start_matches("models/").to_owned());
    out.origin(origin(request, shape), model.as_deref(), embeds);
    out.model(model, keys::LLM_REQUEST_MODEL_NAME, embeds);
    let key = if embeds { keys::EMBEDDING_INVOCATION_PARAMETERS } else { keys::LLM_INVOCATION_PARAMETERS };
    if let Some(parameters) = parameters::of(request).filter(|_| sight.sees(key)) {
        out.put(key, parameters);
    }
    write_tools(&mut out, request, sight);
    let content = write_content(&mut out, request, shape, sight);
    let repeated = Repeated { whole: content, parts: Contents::TOOLS.or(Contents::PARAMETERS) };
    value::write(&mut out, Side::Input, body, sight, repeated);
    out
}

fn shape(request: &Object, embeds: bool) -> Option<Shape> {
    let has = |name: &str| member(request, &[name]).is_some();
    if has("contents") {
        return Some(Shape::Gemini);
    }
    if list(request, &["messages"]).is_some() {
        return Some(Shape::Chat);
    }
    let part = |content: &Json| content.get("parts").is_some();
    let batch = list(request, &["requests"]).and_then(|requests| requests.first()?.get("content"));
    if batch.or_else(|| member(request, &["content"])).is_some_and(part) || list(request, &["texts"]).is_some() {
        return Some(Shape::Embeddings);
    }
    let embeds = embeds
        || ["encoding_format", "dimensions", "input_type"].into_iter().any(has)
        || text(request, &["model"]).is_some_and(|model| model.to_ascii_lowercase().contains("embed"));
    match (member(request, &["input"]), member(request, &["prompt"])) {
        // Only an embedding takes several texts, or tokens.
        (Some(Json::Array(items)), _) if items.first().is_some_and(|item| !item.is_object()) => Some(Shape::Embeddings),
        (Some(_), _) if embeds => Some(Shape::Embeddings),
        (Some(Json::String(_) | Json::Array(_)), _) => Some(Shape::Responses),
        (_, Some(Json::String(_))) if embeds => Some(Shape::Embeddings),
        (_, Some(Json::String(_))) if OLLAMA.into_iter().any(has) => Some(Shape::Generate),
        (_, Some(Json::String(_) | Json::Array(_))) => Some(Shape::Prompts),
        // A prompt that OpenAI keeps, or nothing but the answer before.
        (_, Some(Json::Object(_))) if has("model") => Some(Shape::Responses),
        _ if has("previous_response_id") => Some(Shape::Responses),
        _ => None,
    }
}

/// Words of Ollama's requests that nobody else has.
const OLLAMA: [&str; 7] = ["options", "keep_alive", "images", "system", "template", "raw", "think"];

fn origin(request: &Object, shape: Shape) -> Origin {
    let has = |name: &str| request.contains_key(name);
    match shape {
        Shape::Gemini => Origin::Gemini,
        Shape::Embeddings if !has("input") && (has("content") || has("requests")) => Origin::Gemini,
        Shape::Generate => Origin::Ollama,
        Shape::Chat if has("options") || has("keep_alive") => Origin::Ollama,
        // The system prompt beside the messages is Anthropic's way.
        Shape::Chat if has("system") || has("anthropic_version") => Origin::Anthropic,
        _ => Origin::Any,
    }
}

fn write_tools(out: &mut Written, request: &Object, sight: &impl Sight) {
    let Some(offered) = list(request, &["tools", "functions"]) else { return };
    if !sight.sees(&value::first(keys::LLM_TOOLS, keys::TOOL_NAME)) {
        return;
    }
    out.replaces.push(keys::LLM_TOOLS);
    // Gemini has its functions one level below.
    fn functions(tool: &Json) -> Option<&[Json]> {
        list(tool.as_object()?, &["functionDeclarations", "function_declarations"])
    }
    let offered = offered.iter().flat_map(|tool| functions(tool).unwrap_or(std::slice::from_ref(tool)));
    tools::write(&mut out.attributes, keys::LLM_TOOLS, offered);
}

/// Writes what goes to the model. Returns what that is.
fn write_content(out: &mut Written, request: &Object, shape: Shape, sight: &impl Sight) -> Contents {
    match shape {
        Shape::Embeddings => {
            let key = value::first(keys::EMBEDDING_EMBEDDINGS, keys::EMBEDDING_TEXT);
            let texts = if sight.sees(&key) { vectors::texts(request) } else { Vec::new() };
            if !texts.is_empty() {
                out.replaces.push(keys::EMBEDDING_EMBEDDINGS);
                vectors::write_texts(&mut out.attributes, texts);
            }
            Contents::EMBEDDING_TEXT
        }
        Shape::Prompts => {
            let key = value::first(keys::LLM_PROMPTS, keys::PROMPT_TEXT);
            if let Some(prompt) = member(request, &["prompt"]).filter(|_| sight.sees(&key)) {
                out.replaces.push(keys::LLM_PROMPTS);
                // Tokens are one prompt.
                let tokens = items(prompt).first().is_some_and(Json::is_number);
                let prompts = if tokens { std::slice::from_ref(prompt) } else { items(prompt) };
                documents::write_prompts(&mut out.attributes, keys::LLM_PROMPTS, prompts);
            }
            Contents::PROMPTS
        }
        Shape::Chat | Shape::Responses | Shape::Gemini | Shape::Generate => {
            write_messages(out, request, shape, sight);
            match shape {
                Shape::Generate => Contents::INPUT_MESSAGES.or(Contents::PROMPTS),
                _ => Contents::INPUT_MESSAGES,
            }
        }
    }
}

fn write_messages(out: &mut Written, request: &Object, shape: Shape, sight: &impl Sight) {
    if !sight.sees(&value::first(keys::LLM_INPUT_MESSAGES, keys::MESSAGE_ROLE)) {
        return;
    }
    out.replaces.push(keys::LLM_INPUT_MESSAGES);
    let system = member(request, &["system", "systemInstruction", "system_instruction", "instructions"]);
    let system = system.map(|system| match system {
        Json::Object(content) => json!({ "role": "system", "parts": content.get("parts") }),
        content => json!({ "role": "system", "content": content }),
    });
    let prompt = (shape == Shape::Generate)
        .then(|| json!({ "role": "user", "content": request.get("prompt"), "images": request.get("images") }));
    let conversation = member(request, &["messages", "contents", "input"]).filter(|_| prompt.is_none());
    let conversation = conversation.map_or(&[][..], items);
    let all = system.iter().chain(conversation).chain(&prompt);
    messages::write(&mut out.attributes, keys::LLM_INPUT_MESSAGES, all, "user");
}
