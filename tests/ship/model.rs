//! Random histories of a pipeline against a model that is too simple to be wrong.

use std::time::Duration;

use integration_tests::{Answer, Collector};
use proptest::prelude::*;
use tracing_openinference::Dropped;

use crate::pipeline::{PATIENCE, Pipeline, Transport, number, quick};

#[derive(Clone, Debug)]
enum Action {
    Make {
        count: u64,
        bytes: usize,
    },
    Flush,
    /// What the collector does with the next request that has no answer yet.
    Answer(Kind),
}

/// What an answer does to the spans of its request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Later,
    Broken,
    Refused,
    TooLarge,
}

impl Kind {
    fn answer(self, transport: Transport) -> Answer {
        match (self, transport) {
            (Self::Later, Transport::Http) => Answer::status(503),
            (Self::Later, Transport::Grpc) => Answer::grpc(14, "restarting"),
            (Self::Broken, _) => Answer::reset(),
            (Self::Refused, Transport::Http) => Answer::status(400),
            (Self::Refused, Transport::Grpc) => Answer::grpc(3, "bad"),
            (Self::TooLarge, Transport::Http) => Answer::status(413),
            (Self::TooLarge, Transport::Grpc) => Answer::grpc(8, "message larger than max"),
        }
    }
}

fn actions() -> impl Strategy<Value = Vec<Action>> {
    let make = (1..40_u64, 0..20_000_usize).prop_map(|(count, bytes)| Action::Make { count, bytes });
    let kind = prop_oneof![Just(Kind::Later), Just(Kind::Broken), Just(Kind::Refused), Just(Kind::TooLarge)];
    let action = prop_oneof![4 => make, 2 => Just(Action::Flush), 1 => kind.prop_map(Action::Answer)];
    proptest::collection::vec(action, 1..25)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever happens in whatever order: each span has one fate, the collector has what the report calls exported and
    /// once, only refusals lose spans, and the end comes in time.
    #[test]
    fn every_history_has_a_true_report(actions in actions(), grpc in any::<bool>()) {
        let transport = if grpc { Transport::Grpc } else { Transport::Http };
        let collector = Collector::start().answer_ok();
        let batch = quick().max_export_batch_size(16).max_export_batch_bytes(100_000);
        let pipeline = Pipeline::new(transport.to(collector.url()).batch(batch));
        let (mut refusals, mut by_size) = (0, 0);
        for action in actions {
            match action {
                Action::Make { count, bytes } => pipeline.large_spans(count, bytes),
                Action::Flush => _ = pipeline.flush(Duration::from_millis(20)),
                Action::Answer(kind) => {
                    refusals += u64::from(kind == Kind::Refused);
                    by_size += u64::from(kind == Kind::TooLarge);
                    collector.script([kind.answer(transport)]);
                }
            }
            let _ = pipeline.stats();
        }
        let report = pipeline.shutdown(PATIENCE);
        prop_assert!(!report.timed_out, "{report}");
        let stats = &report.stats;
        prop_assert!(stats.rejected <= refusals * 16, "only a refusal rejects, and a batch of 16 at most: {report}");
        let lost = stats.dropped(Dropped::TooLarge);
        prop_assert!(lost <= by_size, "only a span alone, with nothing left to cut, is too large: {report}");
        prop_assert_eq!(stats.dropped_total(), lost, "nothing is lost for another reason: {}", report);
        let mut numbers: Vec<u64> = collector.spans().iter().filter_map(number).collect();
        let accepted = numbers.len();
        numbers.sort_unstable();
        numbers.dedup();
        prop_assert_eq!((accepted, accepted as u64), (numbers.len(), stats.exported), "{}", report);
    }
}
