//! Filters on one layer or on both: the layers see different spans and still agree about those they share.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use opentelemetry_sdk::trace::SpanData;
use tracing::field::{Field, Visit};
use tracing::{Dispatch, Event, Span, Subscriber, info_span};
use tracing_openinference::OpenInferenceSpanExt;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

use crate::pair::{BOTH, First, Pair, Setup};

/// Trace and span id of a span that both export.
#[track_caller]
fn assert_same_span(pair: &Pair, name: &str) {
    assert_eq!(pair.ours.span(name).span_context, pair.their_span(name).span_context, "{name}");
}

#[track_caller]
fn assert_child_of(child: &SpanData, parent: &SpanData) {
    assert_eq!(child.parent_span_id, parent.span_context.span_id(), "{} of {}", child.name, parent.name);
    assert_eq!(child.span_context.trace_id(), parent.span_context.trace_id());
}

#[test]
fn a_span_that_only_we_refuse_changes_no_ids_and_its_child_goes_to_its_parent() {
    for first in BOTH {
        let pair = Setup::new().filter("info,hidden=off").in_order(first);
        pair.run(|| {
            info_span!("root").in_scope(|| {
                let middle = info_span!(target: "hidden", "middle");
                middle.in_scope(|| info_span!("contextual").in_scope(|| {}));
                info_span!(parent: &middle, "explicit").in_scope(|| {});
            });
        });
        assert_eq!(pair.ours.spans().len(), 3, "{first:?}");
        for name in ["root", "contextual", "explicit"] {
            assert_same_span(&pair, name);
        }
        let root = pair.ours.span("root");
        assert_child_of(&pair.ours.span("contextual"), &root);
        assert_child_of(&pair.ours.span("explicit"), &root);
    }
}

#[test]
fn a_span_that_only_they_refuse_cuts_their_trace_and_not_ours() {
    for first in BOTH {
        let pair = Setup::new().their_filter("info,hidden=off").in_order(first);
        pair.run(|| {
            info_span!("root").in_scope(|| {
                let middle = info_span!(target: "hidden", "middle");
                middle.in_scope(|| info_span!("contextual").in_scope(|| {}));
                info_span!(parent: &middle, "explicit").in_scope(|| {});
            });
        });
        let middle = pair.ours.span("middle");
        assert_same_span(&pair, "root");
        assert_same_span(&pair, "contextual");
        assert_child_of(&middle, &pair.ours.span("root"));
        assert_child_of(&pair.ours.span("contextual"), &middle);
        assert_child_of(&pair.ours.span("explicit"), &middle);
        // The trace id is the tree's, the span id is theirs.
        let (ours, theirs) = (pair.ours.span("explicit"), pair.their_span("explicit"));
        assert_eq!(ours.span_context.span_id(), theirs.span_context.span_id(), "{first:?}");
        assert_ne!(ours.span_context.trace_id(), theirs.span_context.trace_id());
    }
}

#[test]
fn with_filters_on_both_the_shared_spans_are_the_same() {
    for first in BOTH {
        let pair = Setup::new().filter("info,mine=off").their_filter("info,yours=off").in_order(first);
        pair.run(|| {
            info_span!("root").in_scope(|| {
                info_span!(target: "mine", "refused_here").in_scope(|| info_span!("a").in_scope(|| {}));
                info_span!(target: "yours", "refused_there").in_scope(|| info_span!("b").in_scope(|| {}));
            });
        });
        for name in ["root", "a", "b"] {
            assert_same_span(&pair, name);
        }
        assert_child_of(&pair.ours.span("a"), &pair.ours.span("root"));
        assert_child_of(&pair.ours.span("b"), &pair.ours.span("refused_there"));
    }
}

#[test]
fn a_root_that_they_never_saw_takes_the_trace_of_the_first_span_below_that_they_know() {
    for first in BOTH {
        let pair = Setup::new().their_filter("info,hidden=off").in_order(first);
        pair.run(|| {
            let root = info_span!(target: "hidden", "root");
            // Nobody is told by this, nor by entering it again.
            root.in_scope(|| {});
            root.in_scope(|| {
                let open = info_span!(target: "hidden", "open");
                open.in_scope(|| {});
                info_span!(target: "hidden", "middle").in_scope(|| info_span!("known").in_scope(|| {}));
                info_span!("also_known").in_scope(|| {});
                drop(open);
            });
        });
        assert_same_span(&pair, "known");
        let trace = pair.their_span("known").span_context.trace_id();
        assert_eq!(pair.ours.spans().len(), 5);
        for span in pair.ours.spans() {
            assert_eq!(span.span_context.trace_id(), trace, "{} with {first:?}", span.name);
        }
        let also = pair.ours.span("also_known").span_context;
        assert_eq!(also.span_id(), pair.their_span("also_known").span_context.span_id());
    }
}

#[test]
fn a_trace_id_that_somebody_was_told_stays() {
    for first in BOTH {
        // By a request that went out.
        let pair = Setup::new().their_filter("info,hidden=off").in_order(first);
        let mut headers = HashMap::new();
        pair.run(|| {
            let root = info_span!(target: "hidden", "root");
            root.inject_into(&mut headers);
            root.in_scope(|| info_span!("known").in_scope(|| {}));
        });
        let (root, known) = (pair.ours.span("root"), pair.ours.span("known"));
        assert!(headers["traceparent"].contains(&root.span_context.trace_id().to_string()), "{first:?}");
        assert_child_of(&known, &root);
        assert_eq!(known.span_context.span_id(), pair.their_span("known").span_context.span_id());

        // By a span that was handed on.
        let pair = Setup::new().their_filter("info,hidden=off").in_order(first);
        pair.run(|| {
            info_span!(target: "hidden", "root").in_scope(|| {
                info_span!(target: "hidden", "ended").in_scope(|| {});
                info_span!("known").in_scope(|| {});
            });
        });
        let root = pair.ours.span("root");
        assert_child_of(&pair.ours.span("ended"), &root);
        assert_child_of(&pair.ours.span("known"), &root);
    }
}

#[test]
fn nothing_of_ours_becomes_the_parent_of_a_span_of_theirs() {
    for first in BOTH {
        let pair = Setup::new().their_filter("info,hidden=off").in_order(first);
        pair.run(|| info_span!(target: "hidden", "root").in_scope(|| info_span!("known").in_scope(|| {})));
        let known = pair.their_span("known");
        assert_eq!(known.parent_span_id, opentelemetry::trace::SpanId::INVALID, "{first:?}");
    }
}

/// Keeps what is said to the user.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<String>>>);

impl<S: Subscriber> Layer<S> for Heard {
    fn on_event(&self, event: &Event<'_>, _ctx: Context<'_, S>) {
        struct Message<'a>(&'a mut Vec<String>);
        impl Visit for Message<'_> {
            fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
                if field.name() == "message" {
                    self.0.push(format!("{value:?}"));
                }
            }
        }
        if event.metadata().target() == "tracing_openinference" {
            event.record(&mut Message(&mut self.0.lock().expect("nobody panics with it")));
        }
    }
}

#[test]
fn that_ours_comes_last_is_said_once_and_that_it_comes_first_is_not_said() {
    for (first, said) in [(First::Ours, 0), (First::Theirs, 1)] {
        let heard = Heard::default();
        let pair = Setup::new().innermost(heard.clone()).in_order(first);
        pair.run(|| {
            for _ in 0..3 {
                info_span!("root").in_scope(|| info_span!("child").in_scope(|| {}));
            }
            drop(info_span!("never_entered"));
        });
        let heard = heard.0.lock().unwrap();
        assert_eq!(heard.len(), said, "{heard:?}");
        assert!(heard.iter().all(|text| text.contains("first")), "{heard:?}");
        let events = pair.their_spans().iter().map(|span| span.events.len()).sum::<usize>();
        assert_eq!(events, 0, "it is not an event of the application's spans");
    }
}

#[test]
fn without_their_layer_nothing_is_said_about_order() {
    let heard = Heard::default();
    let handle = tracing_openinference::builder().span_processor(integration_tests::Recorder::new()).build().unwrap();
    let dispatch = Dispatch::new(tracing_subscriber::registry().with(heard.clone()).with(handle.layer()));
    tracing::dispatcher::with_default(&dispatch, || info_span!("root").in_scope(|| drop(Span::current())));
    assert!(heard.0.lock().unwrap().is_empty());
}
