//! Whatever an application gives for the request or response of a model.

use std::pin::{Pin, pin};
use std::sync::OnceLock;
use std::task::{Context, Poll, Waker};

use futures_core::Stream;
use integration_tests::Recorder;
use openinference_semconv::keys;
use proptest::prelude::*;
use serde_json::{Map, Value as Json};
use tracing::Dispatch;
use tracing_openinference::{OpenInference, OpenInferenceSpanExt, OpenInferenceStreamExt, attribute, llm_span};
use tracing_subscriber::layer::SubscriberExt;

use crate::{indices, json, keys_of};

/// Members by which requests, responses and their chunks are known.
const MEMBERS: &[&str] = &[
    "model",
    "messages",
    "input",
    "prompt",
    "contents",
    "content",
    "system",
    "instructions",
    "tools",
    "functions",
    "requests",
    "options",
    "generationConfig",
    "choices",
    "candidates",
    "output",
    "message",
    "response",
    "data",
    "embedding",
    "embeddings",
    "usage",
    "usageMetadata",
    "error",
    "role",
    "type",
    "delta",
    "content_block",
    "index",
    "output_index",
    "item",
    "done",
    "images",
    "api_key",
];
const EVENT_TYPES: &[&str] = &[
    "message",
    "message_start",
    "content_block_start",
    "content_block_delta",
    "message_delta",
    "response.created",
    "response.output_item.added",
    "response.output_text.delta",
    "response.reasoning_summary_text.delta",
    "response.completed",
    "error",
];

fn body() -> impl Strategy<Value = Json> {
    let member = (prop::sample::select(MEMBERS).prop_map(String::from), json());
    let kind = prop::option::of(prop::sample::select(EVENT_TYPES));
    (prop::collection::vec(member, 0..6), kind).prop_map(|(members, kind)| {
        let mut body = Map::from_iter(members);
        body.extend(kind.map(|kind| (String::from("type"), Json::from(kind))));
        Json::Object(body)
    })
}

/// Items that are all there.
struct Ready(std::vec::IntoIter<Json>);

impl Stream for Ready {
    type Item = Json;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Json>> {
        Poll::Ready(self.0.next())
    }
}

/// Of the one test here: what it records, and under which subscriber.
static PIPELINE: OnceLock<(Recorder, Dispatch, OpenInference)> = OnceLock::new();

fn pipeline() -> (Recorder, Dispatch, OpenInference) {
    let recorder = Recorder::new();
    let openinference = tracing_openinference::builder().span_processor(recorder.clone()).build();
    let openinference = openinference.expect("the settings are right");
    let dispatch = Dispatch::new(tracing_subscriber::registry().with(openinference.layer()));
    (recorder, dispatch, openinference)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn bodies_of_any_shape_are_stored_without_gaps(bodies in prop::collection::vec(body(), 1..5)) {
        let (recorder, dispatch, _) = PIPELINE.get_or_init(pipeline);
        recorder.clear();
        tracing::dispatcher::with_default(dispatch, || {
            for body in &bodies {
                llm_span!("whole").set_llm_request(body).set_llm_response(body);
            }
            let mut chunks = Ready(bodies.clone().into_iter()).trace_llm_chunks(llm_span!("chunks"));
            while let Poll::Ready(Some(_)) = pin!(&mut chunks).poll_next(&mut Context::from_waker(Waker::noop())) {}
        });
        let spans = recorder.spans();
        prop_assert_eq!(spans.len(), bodies.len() + 1);
        for span in &spans {
            prop_assert_eq!(attribute(span, "tracing_openinference.failed"), None);
            prop_assert!(!span.attributes.iter().any(|kv| kv.key.as_str() == "tracing_openinference.stream.fold_panicked"));
            for list in [keys::LLM_INPUT_MESSAGES, keys::LLM_OUTPUT_MESSAGES, keys::LLM_TOOLS, keys::LLM_PROMPTS, keys::LLM_CHOICES] {
                let indices = indices(&keys_of(span), list);
                prop_assert!(indices.iter().copied().eq(0..indices.len()), "{}: {:?}", list, indices);
            }
            prop_assert!(!format!("{:?}", span.attributes).contains("undefined"), "{:?}", span.attributes);
        }
    }
}
