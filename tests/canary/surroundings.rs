//! What is not written on the span itself: scopes, streams, neighbours, and what is still open at the end.

use std::collections::{BTreeMap, VecDeque};
use std::convert::Infallible;
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use futures_core::Stream;
use serde_json::json;
use tracing::info_span;
use tracing_openinference::{
    LlmOutput, OpenInferenceSpanExt, OpenInferenceStreamExt, PromptTemplate, Scope, agent_span, llm_span,
};

use crate::carrier::{Carrier, EITHER, IN, OUT, OUT_TEXT, PROMPTS, carrier};

pub(crate) const CARRIERS: &[&[Carrier]] = &[SCOPES, STREAMS, ENDINGS];

const SCOPES: &[Carrier] = &[
    carrier("Scope: prompt template", PROMPTS, |s| {
        let template = PromptTemplate::new(s.text.as_str()).variables(json!({ "a": s.integer }));
        Scope::new().prompt_template(template).in_scope(|| drop(info_span!("inside")));
    }),
    carrier("Scope: the variables of a prompt", PROMPTS, |s| {
        let template = PromptTemplate::new("-").variables(json!({ "a": [s.text] }));
        Scope::new().prompt_template(template).in_scope(|| drop(info_span!("inside")));
    }),
    carrier("Scope: attribute", IN, |s| {
        Scope::new().attribute("input.value", s.text.as_str()).in_scope(|| drop(info_span!("inside")));
    }),
    carrier("Scope: attribute with another key", OUT_TEXT, |s| {
        let scope = Scope::new().attribute("llm.output_messages.0.message.content", s.text.as_str());
        scope.in_scope(|| info_span!("inside").in_scope(|| drop(info_span!("further inside"))));
    }),
    carrier("Scope: member of metadata", OUT, |s| {
        Scope::new().metadata(json!({ "output.value": s.text })).in_scope(|| drop(info_span!("inside")));
    }),
];

/// Reads a stream that is always ready.
pub(crate) fn read<S: Stream>(stream: S, most: usize) {
    let mut stream = pin!(stream);
    for _ in 0..most {
        match stream.as_mut().poll_next(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(Some(_)) => {}
            Poll::Ready(None) => return,
            Poll::Pending => panic!("it is always ready"),
        }
    }
}

pub(crate) struct Chunks<T>(VecDeque<T>);

impl<T: Unpin> Stream for Chunks<T> {
    type Item = T;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<T>> {
        Poll::Ready(self.0.pop_front())
    }
}

pub(crate) fn chunks<T>(chunks: impl IntoIterator<Item = T>) -> Chunks<T> {
    Chunks(chunks.into_iter().collect())
}

fn fold(text: &str, fold: impl Fn(&mut LlmOutput, &str)) {
    let chunks = chunks([Ok::<_, Infallible>(text.to_owned())]);
    read(chunks.trace_llm(llm_span!("stream"), |output, chunk: &String| fold(output, chunk)), 10);
}

const STREAMS: &[Carrier] = &[
    carrier("stream: text", OUT_TEXT, |s| {
        // In two pieces, neither of which is the secret.
        let (first, second) = s.word.split_at(8);
        read(chunks([first.to_owned(), second.to_owned()]).trace_llm_text(llm_span!("stream")), 10);
    }),
    carrier("stream: text of a fold", OUT_TEXT, |s| fold(&s.text, |output, chunk| output.push_text(chunk))),
    carrier("stream: reasoning", OUT_TEXT, |s| fold(&s.text, |output, chunk| output.push_reasoning(chunk))),
    carrier("stream: tool arguments", OUT_TEXT, |s| {
        fold(&s.text, |output, chunk| _ = output.tool_call(0_u64).name("tool").push_arguments(chunk));
    }),
    carrier("stream: a whole tool call", OUT_TEXT, |s| {
        fold(&s.text, |output, chunk| output.add_tool_call(("tool", json!({ "a": chunk }))));
    }),
    carrier("stream: a second answer", OUT_TEXT, |s| {
        fold(&s.text, |output, chunk| output.message(1_u64).push_text(chunk));
    }),
    carrier("stream: the output", OUT, |s| {
        fold(&s.text, |output, chunk| output.set_output(|| format!("<{chunk}>")));
    }),
    carrier("stream: dropped early", OUT_TEXT, |s| {
        read(chunks([s.text.clone(), "-".to_owned()]).trace_llm_text(llm_span!("stream")), 1);
    }),
    carrier("stream: its error", EITHER, |s| {
        let failure = io::Error::other(s.text.clone());
        read(chunks([Ok("-".to_owned()), Err(failure)]).trace_llm_text(llm_span!("stream")), 10);
    }),
    carrier("stream: an error in a chunk", EITHER, |s| {
        fold(&s.text, |output, chunk| output.record_error(&io::Error::other(chunk.to_owned())));
    }),
];

const ENDINGS: &[Carrier] = &[
    carrier("a span with a child", IN, |s| {
        let parent = agent_span!("parent", input.value = s.text);
        parent.in_scope(|| drop(info_span!("child")));
    }),
    carrier("a span with a remote parent", IN, |s| {
        let headers = BTreeMap::from([(
            "traceparent".to_owned(),
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned(),
        )]);
        _ = agent_span!("served", input.value = s.text).set_parent_from(&headers);
    }),
    carrier("a span closed on another thread", OUT, |s| {
        let span = agent_span!("sent", output.value = s.text);
        std::thread::scope(|scope| _ = scope.spawn(|| drop(span)));
    }),
    carrier("a span that ends in a panic", IN, |s| {
        let span = agent_span!("panics", input.value = s.text);
        let panics = || span.in_scope(|| std::panic::resume_unwind(Box::new("on purpose")));
        let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(panics));
    }),
    carrier("a span that is never closed", IN, |s| std::mem::forget(agent_span!("open", question = s.text))),
    carrier("the error of a span that is never closed", EITHER, |s| {
        let span = agent_span!("open");
        span.set_error(s.text.clone());
        std::mem::forget(span);
    }),
];
