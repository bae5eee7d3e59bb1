//! What a real Phoenix makes of our spans. Runs when `PHOENIX_URL` is set:
//!
//! ```sh
//! scripts/phoenix start
//! PHOENIX_URL=http://127.0.0.1:6006 cargo test -p integration-tests --test phoenix
//! ```

#[path = "phoenix/asked.rs"]
mod asked;
#[path = "phoenix/auth.rs"]
mod auth;
#[path = "phoenix/extremes.rs"]
mod extremes;
#[path = "phoenix/hidden.rs"]
mod hidden;
#[path = "phoenix/kinds.rs"]
mod kinds;
#[path = "phoenix/large.rs"]
mod large;
#[path = "phoenix/outage.rs"]
mod outage;
#[path = "phoenix/quickstart.rs"]
mod quickstart;

use std::time::Duration;

use integration_tests::Phoenix;
use integration_tests::phoenix::Project;
use tracing_openinference::TraceConfig;
use tracing_subscriber::layer::SubscriberExt;

/// The receivers, each with its endpoint.
fn endpoints(phoenix: &Phoenix) -> [(&'static str, String); 2] {
    [("http/protobuf", phoenix.url().to_owned()), ("grpc", phoenix.grpc_url())]
}

/// Sends the spans that `work` makes to a project.
fn send(project: &Project, protocol: &str, endpoint: &str, config: TraceConfig, work: impl FnOnce()) {
    let builder = tracing_openinference::builder().project(project.name()).endpoint(endpoint).trace_config(config);
    let builder = if protocol == "grpc" { builder.grpc() } else { builder };
    let openinference = builder.build().expect("the settings are right");
    tracing::subscriber::with_default(tracing_subscriber::registry().with(openinference.layer()), work);
    let report = openinference.shutdown(Duration::from_secs(120));
    assert!(report.is_complete(), "{report}");
}
