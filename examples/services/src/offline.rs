//! A server of the shape of OpenAI's that answers from a script: chat, streams, tool calls and embeddings.

use std::{convert::Infallible, io, time::Duration};

use axum::{
    Json, Router,
    response::{
        IntoResponse, Response, Sse,
        sse::{Event, KeepAlive},
    },
    routing::post,
};
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// What a real model takes for a word, or less.
const PAUSE: Duration = Duration::from_millis(20);

/// Starts it on a free port; the answer is its base URL.
pub(crate) async fn start() -> io::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/v1", listener.local_addr()?);
    let routes = Router::new().route("/v1/chat/completions", post(chat)).route("/v1/embeddings", post(embeddings));
    tokio::spawn(axum::serve(listener, routes).into_future());
    Ok(url)
}

async fn chat(Json(request): Json<Value>) -> Response {
    let last = request["messages"].as_array().and_then(|messages| messages.last()).cloned().unwrap_or_default();
    let said = last["content"].as_str().unwrap_or_default();
    let prompt = words(&request["messages"].to_string());
    let asks = last["role"] == "user" && request["tools"].as_array().is_some_and(|tools| !tools.is_empty());
    let message = match (asks, last["role"] == "tool") {
        (true, _) => tool_call(&request["tools"][0]["function"]["name"], said),
        (false, true) => json!({ "role": "assistant", "content": format!("It is {said}.") }),
        (false, false) => json!({ "role": "assistant", "content": format!("You asked: {said} Here is what I know.") }),
    };
    let reason = if asks { "tool_calls" } else { "stop" };
    let completion = words(&message.to_string());
    let usage =
        json!({ "prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion });
    if request["stream"] == true {
        return streamed(&request["model"], &message, reason, usage);
    }
    let choice = json!({ "index": 0, "message": message, "finish_reason": reason });
    let object = "chat.completion";
    Json(json!({ "id": "chatcmpl-1", "object": object, "created": 0, "model": request["model"], "choices": [choice],
        "usage": usage }))
    .into_response()
}

fn tool_call(name: &Value, question: &str) -> Value {
    let order: String = question.chars().filter(char::is_ascii_digit).collect();
    let function = json!({ "name": name, "arguments": json!({ "order": order }).to_string() });
    json!({ "role": "assistant", "content": null,
        "tool_calls": [{ "index": 0, "id": "call_1", "type": "function", "function": function }] })
}

/// The message word by word; a tool call in one piece. The last chunk has no choice but the usage.
fn streamed(model: &Value, message: &Value, reason: &str, usage: Value) -> Response {
    let mut deltas = vec![json!({ "role": "assistant", "content": "" })];
    match message["content"].as_str() {
        Some(content) => deltas.extend(content.split_inclusive(' ').map(|word| json!({ "content": word }))),
        None => deltas.push(json!({ "tool_calls": message["tool_calls"] })),
    }
    let base = json!({ "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 0, "model": model });
    let chunk = |choices: Value, usage: Value| {
        let mut chunk = base.clone();
        chunk["choices"] = choices;
        chunk["usage"] = usage;
        chunk.to_string()
    };
    let mut chunks: Vec<String> = deltas
        .into_iter()
        .map(|delta| chunk(json!([{ "index": 0, "delta": delta, "finish_reason": null }]), Value::Null))
        .collect();
    chunks.push(chunk(json!([{ "index": 0, "delta": {}, "finish_reason": reason }]), Value::Null));
    chunks.push(chunk(json!([]), usage));
    chunks.push("[DONE]".to_owned());
    let events = stream::iter(chunks).then(|chunk| async move {
        tokio::time::sleep(PAUSE).await;
        Ok::<_, Infallible>(Event::default().data(chunk))
    });
    Sse::new(events).keep_alive(KeepAlive::default()).into_response()
}

/// Vectors of eight numbers: how often which letters come. Texts that share words are near each other.
async fn embeddings(Json(request): Json<Value>) -> Json<Value> {
    let texts: Vec<&str> = match &request["input"] {
        Value::Array(texts) => texts.iter().filter_map(Value::as_str).collect(),
        text => text.as_str().into_iter().collect(),
    };
    let embedded = |(index, text): (usize, &&str)| {
        let mut vector = [0.0_f32; 8];
        text.bytes().for_each(|byte| vector[usize::from(byte) % 8] += 1.0);
        let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt().max(1.0);
        json!({ "object": "embedding", "index": index, "embedding": vector.map(|x| x / length) })
    };
    let data: Vec<Value> = texts.iter().enumerate().map(embedded).collect();
    let tokens: usize = texts.iter().map(|text| words(text)).sum();
    let usage = json!({ "prompt_tokens": tokens, "total_tokens": tokens });
    Json(json!({ "object": "list", "model": request["model"], "data": data, "usage": usage }))
}

fn words(text: &str) -> usize {
    text.split_whitespace().count()
}
