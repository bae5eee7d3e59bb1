//! What the examples share: where the model is.

#![expect(clippy::print_stdout, reason = "it talks to whoever runs it")]

mod offline;

use std::{env, io};

use async_openai::{Client, config::OpenAIConfig};

/// A client of the OpenAI-shaped server at `OPENAI_BASE_URL`, with the key `OPENAI_API_KEY`. Without that address a
/// scripted model answers, in this process, so that the examples run anywhere.
///
/// # Errors
///
/// When the scripted model finds no port.
pub async fn openai() -> io::Result<Client<OpenAIConfig>> {
    let config = match env::var("OPENAI_BASE_URL") {
        Ok(url) if !url.is_empty() => OpenAIConfig::new().with_api_base(url),
        _ => {
            println!("OPENAI_BASE_URL is not set: a scripted model answers.");
            OpenAIConfig::new().with_api_base(offline::start().await?).with_api_key("none")
        }
    };
    Ok(Client::with_config(config))
}

/// `name` of the environment, or `default`.
#[must_use]
pub fn setting(name: &str, default: &str) -> String {
    env::var(name).ok().filter(|value| !value.is_empty()).unwrap_or_else(|| default.to_owned())
}

/// Waits for SIGTERM, with which a container is asked to end, or for Ctrl-C.
pub async fn asked_to_stop() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut terminate) => tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            },
            Err(error) => tracing::error!(%error, "SIGTERM cannot be waited for"),
        }
    }
    #[cfg(not(unix))]
    let _ = tokio::signal::ctrl_c().await;
}
