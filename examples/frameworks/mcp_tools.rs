//! An MCP server with a tool and a client that calls it, in one trace.
//!
//! ```sh
//! cargo run -p framework-examples --bin mcp_tools
//! ```
//!
//! Both are in this process and talk over a pipe. The trace goes along in the `_meta` of a request, as MCP has it
//! ([SEP-414]), so it is one trace as well when the server is a program of its own.
//!
//! Where a Phoenix listens (`PHOENIX_COLLECTOR_ENDPOINT`, or `http://localhost:6006`) the trace goes there; where none does
//! it is printed as a tree.
//!
//! [SEP-414]: https://github.com/modelcontextprotocol/modelcontextprotocol/pull/414

#![expect(clippy::print_stdout, reason = "it talks to whoever runs it")]

use std::collections::HashMap;
use std::error::Error;
use std::time::Duration;

use rmcp::handler::server::wrapper::Parameters;
use rmcp::model::{
    CallToolRequestParams, CallToolResult, ContentBlock, JsonObject, RequestMetaObject, RequestParamsMeta,
};
use rmcp::service::{RunningService, ServiceError};
use rmcp::{RoleClient, ServiceExt, schemars, tool, tool_router};
use serde_json::{Value, json};
use tokio::io::duplex;
use tracing::{Instrument, Span};
use tracing_openinference::{OpenInferenceSpanExt, agent_span, builder, chain_span, tool_span};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // rmcp's own spans live as long as a connection and say nothing.
    let openinference = builder().filter("info,rmcp=off").console_when_unreachable().init()?;

    let (here, there) = duplex(4096);
    let server = tokio::spawn(async move {
        match Orders.serve(there).await {
            Ok(server) => _ = server.waiting().await,
            Err(error) => tracing::error!(%error, "the server did not start"),
        }
    });
    let orders = ().serve(here).await?;
    agent(&orders).instrument(agent_span!("assistant")).await?;
    orders.cancel().await?;
    server.await?;

    println!("\n{}", openinference.shutdown(Duration::from_secs(5)));
    if openinference.endpoint().is_none() {
        println!("No Phoenix listens. Start one with `scripts/phoenix start` and run this again.");
    }
    Ok(())
}

/// What an agent does with a server. A real one asks a model which tool to call.
async fn agent(orders: &RunningService<RoleClient, ()>) -> Result<(), ServiceError> {
    let tools = orders.list_all_tools().await?;
    println!("tools: {}", tools.iter().map(|tool| &*tool.name).collect::<Vec<_>>().join(", "));
    for order in ["1042", "9999"] {
        let said = call(orders, "look_up_order", &json!({ "order": order })).await?;
        println!("{order}: {said}");
    }
    Span::current().set_input("1042, 9999").set_ok();
    Ok(())
}

// The client.

/// Calls a tool of the server in a span that the server goes on with.
async fn call(
    server: &RunningService<RoleClient, ()>,
    name: &'static str,
    arguments: &Value,
) -> Result<String, ServiceError> {
    let span = tool_span!("call_tool", otel.name = name, otel.kind = "client", tool.name = name);
    span.set_input(arguments);
    let arguments: JsonObject = arguments.as_object().cloned().unwrap_or_default();
    let mut params = CallToolRequestParams::new(name).with_arguments(arguments);
    let mut headers = HashMap::new();
    span.inject_into(&mut headers);
    if let Some(parent) = headers.get("traceparent") {
        params.set_traceparent(parent);
    }
    let result = server.call_tool(params).instrument(span.clone()).await.inspect_err(|error| {
        span.record_exception(error);
    })?;
    let texts = result.content.iter().filter_map(|part| part.as_text()).map(|part| part.text.as_str());
    let said = texts.collect::<Vec<_>>().join("\n");
    span.set_output(said.as_str());
    // A tool that failed has answered all the same.
    if result.is_error == Some(true) {
        span.set_error(said.clone())
    } else {
        span.set_ok()
    };
    Ok(said)
}

// The server.

#[derive(Clone)]
struct Orders;

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Order {
    /// The number of the order.
    order: String,
}

#[tool_router(server_handler)]
impl Orders {
    #[tool(description = "Where an order is")]
    async fn look_up_order(&self, Parameters(wanted): Parameters<Order>, meta: RequestMetaObject) -> CallToolResult {
        let span = served("look_up_order", &meta);
        span.set_input(wanted.order.as_str());
        match find(&wanted.order).instrument(span.clone()).await {
            Ok(place) => {
                span.set_output(place).set_ok();
                CallToolResult::success(vec![ContentBlock::text(place)])
            }
            Err(problem) => {
                span.set_error(problem.clone());
                CallToolResult::error(vec![ContentBlock::text(problem)])
            }
        }
    }
}

/// A span of the server that belongs to the trace of the client.
fn served(tool: &str, meta: &RequestMetaObject) -> Span {
    let span = chain_span!("serve_tool", otel.name = format!("serve {tool}"), otel.kind = "server");
    let parent = meta.get_traceparent().map(|parent| (String::from("traceparent"), parent.to_owned()));
    span.set_parent_from(&parent.into_iter().collect::<HashMap<_, _>>());
    span
}

/// Whatever the tool does has spans below that one.
#[tracing::instrument]
async fn find(order: &str) -> Result<&'static str, String> {
    match order {
        "1042" => Ok("on its way"),
        other => Err(format!("there is no order {other}")),
    }
}
