//! A stand-in for a model, so that the examples run anywhere. No part of what one copies from them.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

/// Serves on loopback, shaped like OpenAI, until the program ends. Returns the base URL.
///
/// # Errors
///
/// When there is no port.
pub fn scripted_model() -> io::Result<String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let url = format!("http://{}/v1", listener.local_addr()?);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // A connection that breaks is the client's.
            thread::spawn(move || serve(&stream));
        }
    });
    Ok(url)
}

fn serve(mut stream: &TcpStream) -> io::Result<()> {
    let mut reader = BufReader::new(stream);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
        let mut length = 0;
        while !line.trim().is_empty() {
            line.clear();
            reader.read_line(&mut line)?;
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().unwrap_or(0);
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        let request = serde_json::from_slice(&body).unwrap_or_default();
        // Models take their time.
        thread::sleep(Duration::from_millis(20));
        let answer = if path.ends_with("/embeddings") { embed(&request) } else { chat(&request) }.to_string();
        write!(stream, "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n")?;
        write!(stream, "content-length: {}\r\n\r\n{answer}", answer.len())?;
    }
}

/// Texts that share one of these words are alike.
fn embed(request: &Value) -> Value {
    let texts = request["input"].as_array().cloned().unwrap_or_else(|| vec![request["input"].clone()]);
    let vector = |text: &Value| {
        let text = text.as_str().unwrap_or_default().to_lowercase();
        ["refund", "parcel", "order"].map(|word| text.matches(word).count() as f64 + 0.1)
    };
    let data = texts.iter().enumerate();
    let data: Vec<_> =
        data.map(|(index, text)| json!({ "object": "embedding", "index": index, "embedding": vector(text) })).collect();
    let tokens = 7 * texts.len();
    let usage = json!({ "prompt_tokens": tokens, "total_tokens": tokens });
    json!({ "object": "list", "model": request["model"], "data": data, "usage": usage })
}

/// Calls the first tool with the number in the question, says what the tool said, or else what the documents say.
fn chat(request: &Value) -> Value {
    let messages = request["messages"].as_array().map(Vec::as_slice).unwrap_or_default();
    let asked = messages.iter().rfind(|message| message["role"] == "user").map(texts).unwrap_or_default();
    let number: String =
        asked.last().map(|text| text.chars().filter(char::is_ascii_digit).collect()).unwrap_or_default();
    let last = messages.last().unwrap_or(&Value::Null);
    let message = if last["role"] == "tool" {
        json!({ "role": "assistant", "content": format!("I looked: {}.", texts(last).join(" ")) })
    } else if let (false, Some(tool)) = (number.is_empty(), request["tools"][0]["function"]["name"].as_str()) {
        let function = json!({ "name": tool, "arguments": json!({ "order": number }).to_string() });
        let call = json!({ "id": format!("call_{number}"), "type": "function", "function": function });
        json!({ "role": "assistant", "content": null, "tool_calls": [call] })
    } else {
        let known =
            asked.iter().rev().skip(1).map(|document| document.lines().nth(1).unwrap_or_default().trim_matches('"'));
        json!({ "role": "assistant", "content": format!("I read: {}", known.collect::<Vec<_>>().join(" ")) })
    };
    let reason = if message["content"].is_null() { "tool_calls" } else { "stop" };
    let (prompt, completion) = (40 * messages.len(), 12);
    json!({
        "id": "chatcmpl-scripted",
        "object": "chat.completion",
        "created": 1,
        "model": request["model"],
        "choices": [{ "index": 0, "message": message, "finish_reason": reason }],
        "usage": { "prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion },
    })
}

/// The texts of a message, which is one or has a list of them.
fn texts(message: &Value) -> Vec<String> {
    let text = |text: &Value| text.as_str().map(str::to_owned);
    match &message["content"] {
        Value::Array(parts) => parts.iter().filter_map(|part| text(&part["text"])).collect(),
        content => text(content).into_iter().collect(),
    }
}
