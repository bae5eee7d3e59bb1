//! The examples, run as their users run them: against a collector of the tests, and against a real LiteLLM and a real Phoenix
//! where these are named:
//!
//! ```sh
//! scripts/phoenix start && export PHOENIX_URL=http://127.0.0.1:6006
//! export $(scripts/litellm start | grep -E '^(LITELLM_URL|OPENAI_API_KEY)=')
//! cargo test -p service-examples
//! ```

#[path = "services/async_openai.rs"]
mod async_openai;
#[path = "services/axum_chat.rs"]
mod axum_chat;
#[path = "services/chat_client.rs"]
mod chat_client;
#[path = "services/distributed.rs"]
mod distributed;
#[path = "services/existing_otel.rs"]
mod existing_otel;
#[path = "services/real.rs"]
mod real;
#[path = "services/sent.rs"]
mod sent;
#[path = "services/service.rs"]
mod service;
