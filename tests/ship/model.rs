//! Random histories of a pipeline against a model that is too simple to be wrong.
//!
//! The model knows what was made, and which request was answered how. From that alone follow the numbers of the report, and
//! what may be in the next request.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::time::Duration;

use integration_tests::collector::Request;
use integration_tests::{Answer, Collector};
use proptest::prelude::*;
use tracing_openinference::{Dropped, Stats};

use crate::faults::free_address;
use crate::pipeline::{PATIENCE, Pipeline, Transport, eventually, number, quick};

/// Spans of a batch, and bytes of a request.
const BATCH: usize = 16;
const REQUEST: usize = 100_000;
/// A request that is refused for its size is made smaller down to here.
const LEAST: usize = 32 << 10;
/// What may be held where memory is short.
const SHORT: usize = 256 << 10;

#[derive(Clone, Debug)]
enum Action {
    Make { count: u64, bytes: usize },
    Flush,
    Pause(u64),
    Becomes(Mode),
}

/// What the server does until it is told otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Accepts,
    /// Accepts all of a request but one span.
    AcceptsInPart,
    Refuses,
    FindsTooLarge,
    IsBusy,
    Breaks,
    IsDown,
    /// Accepts what is not poison to it.
    Chokes,
}

fn is_poison(request: &Request) -> bool {
    request.spans().iter().filter_map(number).any(|number| number % 40 == 7)
}

impl Mode {
    fn answer(self, transport: Transport) -> Answer {
        match (self, transport) {
            (Self::Accepts | Self::Chokes, _) => Answer::ok(),
            (Self::AcceptsInPart, _) => Answer::partial(1, "one of them"),
            (Self::Refuses, Transport::Http) => Answer::status(400),
            (Self::Refuses, Transport::Grpc) => Answer::grpc(3, "bad"),
            (Self::FindsTooLarge, Transport::Http) => Answer::status(413),
            (Self::FindsTooLarge, Transport::Grpc) => Answer::grpc(8, "message larger than max"),
            (Self::IsBusy | Self::IsDown, Transport::Http) => Answer::status(503),
            (Self::IsBusy | Self::IsDown, Transport::Grpc) => Answer::grpc(14, "restarting"),
            (Self::Breaks, _) => Answer::reset(),
        }
    }

    /// Whether a request comes to an end, good or bad.
    fn settles(self) -> bool {
        !matches!(self, Self::IsBusy | Self::Breaks | Self::IsDown | Self::Chokes)
    }
}

/// What became of the spans, as the answers of the server say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Fates {
    exported: u64,
    rejected: u64,
    too_large: u64,
}

impl Fates {
    fn all(self) -> u64 {
        self.exported + self.rejected + self.too_large
    }

    fn of(stats: &Stats) -> Self {
        Self { exported: stats.exported, rejected: stats.rejected, too_large: stats.dropped(Dropped::TooLarge) }
    }
}

/// The server, and what it has answered to whom.
struct Server {
    transport: Transport,
    address: SocketAddr,
    mode: Mode,
    /// None while it is down.
    collector: Option<Collector>,
    /// Requests and answers of collectors that are gone.
    past: Vec<(Request, Mode)>,
    /// From which request on the present collector is in which mode.
    modes: Vec<(usize, Mode)>,
    /// From which request on one may have failed, seen or unseen.
    troubled: Option<usize>,
}

impl Server {
    fn start(transport: Transport) -> Self {
        let address = free_address();
        let collector = Some(Collector::start_answering(address, Answer::ok()));
        let mode = Mode::Accepts;
        Self { transport, address, mode, collector, past: Vec::new(), modes: vec![(0, mode)], troubled: None }
    }

    fn become_(&mut self, mode: Mode, pipeline: &Pipeline) {
        let (transport, busy) = (self.transport, Mode::IsBusy.answer(self.transport));
        let collector = self.collector.get_or_insert_with(|| {
            self.modes = vec![(0, Mode::IsBusy)];
            Collector::start_answering(self.address, busy.clone())
        });
        let from = match mode {
            Mode::Chokes => collector.change_to_but(mode.answer(transport), is_poison, busy),
            _ => collector.change_to(mode.answer(transport)),
        };
        self.modes.push((from, mode));
        if !mode.settles() {
            self.troubled.get_or_insert(self.past.len() + from);
        }
        self.mode = mode;
        if mode == Mode::IsDown {
            // An answer that nobody has read yet would be lost, and its spans sent once more.
            let fates = self.fates();
            eventually("every answer is read", || Fates::of(&pipeline.stats()) == fates);
            self.past = self.log();
            self.collector = None;
        }
    }

    fn log(&self) -> Vec<(Request, Mode)> {
        let present = self.collector.iter().flat_map(Collector::requests).enumerate().map(|(at, request)| {
            let (_, mode) = self.modes.iter().rfind(|(from, _)| *from <= at).expect("it begins in a mode");
            (request, *mode)
        });
        self.past.iter().cloned().chain(present).collect()
    }

    /// What the answers so far mean. Each span is settled once and never sent again; in a request the order is the one in
    /// which the spans were made, and of requests it is, unless one has failed.
    fn fates(&self) -> Fates {
        let mut fates = Fates::default();
        let (mut settled, mut next) = (HashSet::new(), 0);
        for (at, (request, mode)) in self.log().into_iter().enumerate() {
            let numbers: Vec<u64> = request.spans().iter().filter_map(number).collect();
            let (first, last, count) = (numbers[0], numbers[numbers.len() - 1], numbers.len() as u64);
            let has_failed = self.troubled.is_some_and(|troubled| troubled <= at);
            assert!(numbers.is_sorted(), "in order: {numbers:?}");
            assert!(numbers.len() <= BATCH && request.body.len() <= REQUEST, "within the limits: {}", numbers.len());
            assert!(!numbers.iter().any(|number| settled.contains(number)), "settled before: {numbers:?}");
            assert!(first >= next || has_failed, "span {first} comes after span {}, and nothing has failed", next - 1);
            match mode {
                Mode::Chokes if is_poison(&request) => continue,
                Mode::Accepts | Mode::Chokes => fates.exported += count,
                Mode::AcceptsInPart => {
                    fates.exported += count - 1;
                    fates.rejected += 1;
                }
                Mode::Refuses => fates.rejected += count,
                Mode::FindsTooLarge if count == 1 && request.body.len() < LEAST => fates.too_large += 1,
                Mode::FindsTooLarge | Mode::IsBusy | Mode::Breaks | Mode::IsDown => continue,
            }
            settled.extend(numbers);
            next = last + 1;
        }
        fates
    }
}

fn actions() -> impl Strategy<Value = Vec<Action>> {
    let make = (1..40_u64, 0..20_000_usize).prop_map(|(count, bytes)| Action::Make { count, bytes });
    let large = (1..3_u64, 50_000..150_000_usize).prop_map(|(count, bytes)| Action::Make { count, bytes });
    let mode = prop_oneof![
        3 => Just(Mode::Accepts),
        1 => Just(Mode::AcceptsInPart),
        1 => Just(Mode::Refuses),
        1 => Just(Mode::FindsTooLarge),
        1 => Just(Mode::IsBusy),
        1 => Just(Mode::Breaks),
        1 => Just(Mode::IsDown),
        2 => Just(Mode::Chokes),
    ];
    let action = prop_oneof![
        5 => make,
        1 => large,
        2 => Just(Action::Flush),
        1 => (1..60_u64).prop_map(Action::Pause),
        3 => mode.prop_map(Action::Becomes),
    ];
    proptest::collection::vec(action, 1..25)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever happens in whatever order: the report is what the answers say, nothing is sent after it was settled, and
    /// nothing is lost for another reason than memory and the end.
    #[test]
    fn every_history_has_the_report_that_the_model_says(
        actions in actions(),
        grpc in any::<bool>(),
        short in prop::bool::weighted(0.3),
    ) {
        let transport = if grpc { Transport::Grpc } else { Transport::Http };
        let mut server = Server::start(transport);
        let batch = quick().max_export_batch_size(BATCH).max_export_batch_bytes(REQUEST);
        let batch = if short { batch.max_queue_bytes(SHORT) } else { batch };
        let pipeline = Pipeline::new(transport.to(format!("http://{}", server.address)).batch(batch));
        for action in actions {
            match action {
                Action::Make { count, bytes } => pipeline.large_spans(count, bytes),
                Action::Pause(millis) => std::thread::sleep(Duration::from_millis(millis)),
                Action::Becomes(mode) => server.become_(mode, &pipeline),
                Action::Flush if server.mode.settles() => {
                    let report = pipeline.flush(PATIENCE);
                    prop_assert!(!report.timed_out && report.stats.pending == 0, "{:?}: {report}", server.mode);
                    prop_assert_eq!(Fates::of(&report.stats), server.fates(), "{}", report);
                }
                Action::Flush => {
                    let waits = pipeline.stats().pending > 0;
                    let report = pipeline.flush(Duration::from_millis(50));
                    prop_assert!(waits || !report.timed_out, "nothing was there to wait for: {report}");
                }
            }
        }
        if server.mode == Mode::Chokes {
            // It goes on accepting, and an answer that comes after the end would be read by nobody.
            server.become_(Mode::Accepts, &pipeline);
        }
        let settles = server.mode.settles();
        let report = pipeline.shutdown(if settles { PATIENCE } else { Duration::from_millis(300) });
        let (stats, fates) = (&report.stats, server.fates());
        prop_assert_eq!(Fates::of(stats), fates, "{}", report);
        let unsent = stats.dropped(Dropped::Unsent);
        let no_room = stats.dropped(Dropped::QueueFull) + stats.dropped(Dropped::Evicted);
        prop_assert_eq!(stats.created, fates.all() + unsent + no_room, "{}", report);
        prop_assert!(!settles || (unsent == 0 && !report.timed_out), "everything could be settled: {report}");
        prop_assert!(short || no_room == 0, "there was room for everything: {report}");
    }
}
