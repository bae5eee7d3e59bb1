//! What people write with rmcp: a server with a tool, a client that calls it, and a trace that goes over the wire.

use std::collections::HashMap;

use rmcp::handler::server::wrapper::Parameters;
use rmcp::model::{CallToolRequestParams, CallToolResult, ContentBlock, RequestMetaObject, RequestParamsMeta};
use rmcp::service::RunningService;
use rmcp::{ErrorData, RoleClient, ServiceExt, schemars, tool, tool_router};
use serde_json::{Value, json};
use tracing::{Instrument, Span};
use tracing_openinference::{OpenInferenceSpanExt, agent_span, chain_span, tool_span};

#[derive(Clone)]
struct Calculator;

#[derive(Debug, serde::Deserialize, schemars::JsonSchema)]
struct Numbers {
    dividend: i64,
    divisor: i64,
}

#[tool_router(server_handler)]
impl Calculator {
    #[tool(description = "Divides a number by another one.")]
    async fn divide(
        &self,
        Parameters(numbers): Parameters<Numbers>,
        meta: RequestMetaObject,
    ) -> Result<CallToolResult, ErrorData> {
        let span = served("divide", &meta);
        span.set_input(json!({ "dividend": numbers.dividend, "divisor": numbers.divisor }));
        if numbers.dividend == i64::MIN {
            span.set_error("out of range");
            return Err(ErrorData::invalid_params("out of range", None));
        }
        let Some(quotient) = numbers.dividend.checked_div(numbers.divisor) else {
            span.set_error("division by zero");
            return Ok(CallToolResult::error(vec![ContentBlock::text("division by zero")]));
        };
        span.set_output(quotient).set_ok();
        Ok(CallToolResult::success(vec![ContentBlock::text(quotient.to_string())]))
    }
}

/// A span of the server that goes on with the trace of the client.
fn served(tool: &str, meta: &RequestMetaObject) -> Span {
    let span = chain_span!("serve", otel.name = format!("serve {tool}"), otel.kind = "server");
    let parent = meta.get_traceparent().map(|parent| ("traceparent".to_owned(), parent.to_owned()));
    span.set_parent_from(&parent.into_iter().collect::<HashMap<_, _>>());
    span
}

type Connection = RunningService<RoleClient, ()>;

/// Calls a tool as an agent would.
async fn call(server: &Connection, name: &'static str, arguments: Value) {
    let span = tool_span!("call", otel.name = name, otel.kind = "client", tool.name = name);
    span.set_input(&arguments);
    let mut params = CallToolRequestParams::new(name);
    params.arguments = arguments.as_object().cloned();
    let mut headers = HashMap::new();
    span.inject_into(&mut headers);
    if let Some(parent) = headers.get("traceparent") {
        params.set_traceparent(parent);
    }
    match server.call_tool(params).instrument(span.clone()).await {
        Ok(result) => {
            let text = result.content.iter().filter_map(|part| part.as_text()).map(|part| &*part.text);
            let text = text.collect::<Vec<_>>().join("\n");
            if result.is_error == Some(true) {
                span.set_error(text);
            } else {
                span.set_output(text).set_ok();
            }
        }
        Err(error) => _ = span.record_exception(&error),
    }
}

/// Divides three times; two of them do not work.
pub(crate) async fn divide(_: String) {
    let (here, there) = tokio::io::duplex(4096);
    let serve = async {
        Calculator.serve(there).await.expect("a server").waiting().await.expect("no panic");
    };
    let server = tokio::spawn(serve);
    let client = ().serve(here).await.expect("a client");
    let agent = async {
        call(&client, "divide", json!({ "dividend": 6, "divisor": 3 })).await;
        call(&client, "divide", json!({ "dividend": 6, "divisor": 0 })).await;
        call(&client, "divide", json!({ "dividend": i64::MIN, "divisor": 1 })).await;
    };
    agent.instrument(agent_span!("mathematician")).await;
    client.cancel().await.expect("no panic");
    server.await.expect("no panic");
}
