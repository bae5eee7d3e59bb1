//! Errors and status.

use std::fmt;

use opentelemetry::trace::Status;
use tracing::Span;
use tracing_openinference::{
    Document, Embedding, Message, OpenInferenceSpanExt, TraceConfig, chain_span, embedding_span, reranker_span,
    retriever_span, tool_span,
};

use crate::{Scenario, run};

pub(crate) const SCENARIOS: &[Scenario] = &[
    ("chain_raises", || {
        _ = chain_span!("step").set_input("my-secret").record_exception(&ValueError("bad input: my-secret"))
    }),
    ("manual_raises", manual_raises),
    ("handled_exception", handled_exception),
    ("not_recorded_exceptions", || _ = chain_span!("n")),
];

macro_rules! errors {
    ($($name:ident)+) => {
        $(
            #[derive(Debug)]
            pub(crate) struct $name(pub(crate) &'static str);

            impl fmt::Display for $name {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.write_str(self.0)
                }
            }

            impl std::error::Error for $name {}
        )+
    };
}
errors! { RuntimeError ValueError KeyError MyErr }

fn manual_raises() {
    let outer = chain_span!("outer");
    outer.in_scope(|| tool_span!("inner").record_exception(&MyErr("x")).clone());
    outer.record_exception(&MyErr("x"));
}

fn handled_exception() {
    chain_span!("a").record_exception(&KeyError("'k'")).set_error("handled");
    chain_span!("b").set_input(1).set_error("on the way").set_output(1).set_ok();
    chain_span!("ok-then-error").set_ok().set_error("too late");
    drop(chain_span!("never set"));
}

/// What came out is evidence that the work was done, what went in is none: in each kind of span, hidden or not.
#[test]
fn an_output_of_any_kind_is_a_success() {
    let text = || Embedding::default().text("said");
    let outputs: [fn(&Span); 6] = [
        |span| _ = span.set_output("said"),
        |span| _ = span.set_output_messages([Message::assistant("said")]),
        |span| _ = span.set_documents([Document::new("said")]),
        |span| _ = span.set_reranker_output_documents([Document::new("said")]),
        |span| _ = span.set_output_documents([Document::new("said")]),
        |span| _ = span.set_embeddings([Embedding::new("said", [0.5])]),
    ];
    for config in [TraceConfig::new(), TraceConfig::new().hide_inputs(true).hide_outputs(true)] {
        let spans = run(config.clone(), || {
            for output in outputs {
                output(&retriever_span!("done"));
            }
            let tried = [chain_span!("tried"), reranker_span!("tried"), embedding_span!("tried")];
            tried[0].set_input("said");
            tried[1].set_reranker_input_documents([Document::new("said")]);
            tried[2].set_embeddings([text()]);
        });
        assert_eq!(spans.len(), 9);
        for span in spans {
            let status = if span.name == "done" { Status::Ok } else { Status::Unset };
            assert_eq!(span.status, status, "{config:?}: {:?}", span.attributes);
        }
    }
}
