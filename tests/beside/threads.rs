//! Spans that are opened, cloned, handed to other threads, entered and dropped in any order.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};

use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry_sdk::trace::SpanData;
use tracing::{Dispatch, Span, info_span};

use crate::pair::{BOTH, First, Pair, Setup};
use crate::without_hanging;

const THREADS: u64 = 4;
const STEPS: usize = 3_000;

/// A generator that is the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

fn open(dice: &mut Dice, held: &[Span]) -> Span {
    let parent = held.get(dice.roll(8) as usize);
    match (dice.roll(6), parent) {
        (0, Some(parent)) => info_span!(target: "mine", parent: parent, "span", extra = 1),
        (1, Some(parent)) => info_span!(target: "yours", parent: parent, "span", extra = 1),
        (2, _) => info_span!(target: "mine", "span"),
        (3, _) => info_span!(target: "yours", "span"),
        (4, Some(parent)) => info_span!(parent: parent, "span"),
        _ => info_span!("span"),
    }
}

fn play(seed: u64, shared: &Mutex<Vec<Span>>) {
    let mut dice = Dice(seed);
    let mut held: Vec<Span> = Vec::new();
    for step in 0..STEPS {
        match dice.roll(8) {
            0..3 => held.push(open(&mut dice, &held)),
            3 => {
                let span = held.get(dice.roll(8) as usize).cloned().unwrap_or_else(Span::none);
                span.in_scope(|| info_span!("inside").in_scope(|| drop(open(&mut dice, &held))));
            }
            4 => held.extend(held.first().cloned()),
            5 => shared.lock().expect("nobody panics with it").extend(held.pop()),
            6 => held.extend(shared.lock().expect("nobody panics with it").pop()),
            _ if !held.is_empty() => drop(held.swap_remove(dice.roll(held.len() as u64) as usize)),
            _ => {}
        }
        if held.len() > 16 {
            held.drain(..8);
        }
        if step % 512 == 0 {
            std::thread::yield_now();
        }
    }
}

fn run(pair: Pair) -> Pair {
    let shared = Arc::new(Mutex::new(Vec::new()));
    let threads: Vec<_> = (1..=THREADS)
        .map(|seed| {
            let (shared, dispatch) = (Arc::clone(&shared), Dispatch::clone(&pair.dispatch));
            std::thread::spawn(move || tracing::dispatcher::with_default(&dispatch, || play(seed, &shared)))
        })
        .collect();
    for thread in threads {
        thread.join().expect("no panic");
    }
    pair.run(|| shared.lock().expect("nobody panics with it").clear());
    pair
}

fn by_id(spans: &[SpanData]) -> HashMap<SpanId, &SpanData> {
    spans.iter().map(|span| (span.span_context.span_id(), span)).collect()
}

#[test]
fn four_threads_that_do_anything_with_spans_neither_hang_nor_tear_a_trace() {
    for first in BOTH {
        let pair = without_hanging(move || {
            run(Setup::new().filter("info,mine=off").their_filter("info,yours=off").in_order(first))
        });
        let (ours, theirs) = (pair.ours.spans(), pair.their_spans());
        assert!(ours.len() > 1_000, "{} spans", ours.len());
        let (our_ids, their_ids) = (by_id(&ours), by_id(&theirs));
        assert_eq!(our_ids.len(), ours.len(), "a span id stands twice");
        let mut roots: HashSet<TraceId> = HashSet::new();
        for span in &ours {
            if span.parent_span_id == SpanId::INVALID {
                roots.insert(span.span_context.trace_id());
            } else {
                let parent = our_ids.get(&span.parent_span_id).expect("every parent is exported");
                assert_eq!(parent.span_context.trace_id(), span.span_context.trace_id());
            }
        }
        assert!(ours.iter().all(|span| roots.contains(&span.span_context.trace_id())));
        if first == First::Ours {
            // Whatever they do not refuse is there under the same id.
            let missing: Vec<_> = theirs
                .iter()
                .filter(|span| !target_is(span, "mine") && !our_ids.contains_key(&span.span_context.span_id()))
                .collect();
            assert!(missing.is_empty(), "{} of {} of theirs have another id here", missing.len(), theirs.len());
            assert!(ours.iter().filter(|span| their_ids.contains_key(&span.span_context.span_id())).count() > 1_000);
        }
    }
}

fn target_is(span: &SpanData, target: &str) -> bool {
    span.attributes.iter().any(|kv| kv.key.as_str() == "target" && kv.value.as_str() == target)
}
