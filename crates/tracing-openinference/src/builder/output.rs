//! The far end of the pipeline: our own shippers, or processors of the user's.

use std::{
    collections::HashSet,
    sync::Arc,
    time::{Duration, Instant},
};

use opentelemetry_sdk::{
    Resource,
    trace::{SpanData, SpanProcessor},
};

use super::stages::Stages;
use crate::{
    BuildError,
    capture::Finished,
    ship::{self, BackendReport, Batch, Dropped, Report, Shipper, Spool, Stats},
};

mod direct;

use self::direct::Direct;

/// One place to send to, with everything decided.
pub(super) struct Place {
    /// 0 is the builder's own; the others are those of `also`, in their order.
    pub(super) number: usize,
    pub(super) target: Target,
    pub(super) batch: Batch,
    pub(super) resource: Resource,
    pub(super) spool: Option<Spool>,
}

pub(super) enum Target {
    Ship(ship::Destination),
    Processor(Box<dyn SpanProcessor>),
}

/// Where finished spans go.
#[derive(Debug)]
pub(super) struct Output {
    lanes: Arc<Lanes>,
    /// In the order of the code.
    outlets: Vec<Outlet>,
}

/// Each with stages of its own. There is at least one, with an outlet.
#[derive(Debug)]
struct Lanes(Vec<Lane>);

/// Outlets that get the same of a span.
struct Lane {
    /// Of several outlets: what is hidden from them is hidden here, once for all.
    shared: Option<Shared>,
    outlets: Vec<Outlet>,
}

struct Shared {
    stages: Arc<Stages>,
    run: ship::Stages,
}

#[derive(Clone, Debug)]
enum Outlet {
    Shipper(Shipper),
    Processor(Arc<Direct>),
}

impl Output {
    /// Starts everything: places that share stages get the same of every span.
    pub(super) fn start(lanes: Vec<(Arc<Stages>, Vec<Place>)>) -> Result<Self, BuildError> {
        check_spools(lanes.iter().flat_map(|(_, places)| places))?;
        let (mut started, mut outlets) = (Vec::new(), Vec::new());
        for (stages, places) in lanes {
            let is_direct = |place: &Place| matches!(place.target, Target::Processor(_));
            let (direct, shipped): (Vec<_>, Vec<_>) = places.into_iter().partition(is_direct);
            let groups = direct.into_iter().map(|place| vec![place]).chain([shipped]);
            for places in groups.filter(|places| !places.is_empty()) {
                let numbers: Vec<_> = places.iter().map(|place| place.number).collect();
                let lane = Lane::start(&stages, places)?;
                outlets.extend(numbers.into_iter().zip(lane.outlets.iter().cloned()));
                started.push(lane);
            }
        }
        outlets.sort_by_key(|(number, _)| *number);
        let outlets = outlets.into_iter().map(|(_, outlet)| outlet).collect();
        Ok(Self { lanes: Arc::new(Lanes(started)), outlets })
    }

    /// The address of the first.
    pub(super) fn endpoint(&self) -> Option<&str> {
        self.outlets.first()?.endpoint()
    }

    pub(super) fn flush(&self, timeout: Duration) -> Report {
        flush(&self.outlets, ship::deadline(timeout))
    }

    pub(super) fn shutdown(&self, timeout: Duration) -> Report {
        shutdown(&self.outlets, ship::deadline(timeout))
    }

    pub(super) fn stats(&self) -> Stats {
        let stats: Vec<_> = self.outlets.iter().map(Outlet::stats).collect();
        Stats::sum(stats.iter())
    }

    pub(super) fn backends(&self) -> Vec<BackendReport> {
        let report = |outlet: &Outlet| BackendReport {
            endpoint: outlet.endpoint().map(str::to_owned),
            stats: outlet.stats(),
            ..BackendReport::default()
        };
        self.outlets.iter().map(report).collect()
    }

    /// One for each backend, in the order of the code.
    #[cfg(feature = "metrics")]
    pub(super) fn accounts(&self) -> Vec<ship::Account> {
        self.outlets.iter().map(Outlet::account).collect()
    }

    /// For a single outlet that outlet itself.
    pub(super) fn finished(&self) -> Arc<dyn Finished> {
        match (&self.outlets[..], &self.lanes.0[..]) {
            ([outlet], [Lane { shared: None, .. }]) => Arc::new(outlet.clone()),
            _ => Arc::clone(&self.lanes) as Arc<dyn Finished>,
        }
    }
}

impl Lane {
    fn start(stages: &Arc<Stages>, places: Vec<Place>) -> Result<Self, BuildError> {
        let start = |Place { number, target, batch, resource, spool }| match target {
            Target::Processor(processor) => {
                Ok(Outlet::Processor(Arc::new(Direct::new(processor, Arc::clone(stages), &resource))))
            }
            Target::Ship(destination) => Shipper::start(ship::Settings {
                destination,
                batch,
                resource,
                stages: Some(run(stages)),
                run_stages: run_stages(stages),
                spool,
            })
            .map(Outlet::Shipper)
            .map_err(|error| of_backend(error, number)),
        };
        let shared = (places.len() > 1).then(|| Shared { stages: Arc::clone(stages), run: run(stages) });
        let outlets = places.into_iter().map(start).collect::<Result<_, _>>()?;
        Ok(Self { shared, outlets })
    }

    /// Where nothing is hidden, each export thread converts for itself, which spares the application the time.
    fn end(&self, span: SpanData, tells: bool) {
        let Some(shared) = self.shared.as_ref().filter(|shared| tells && shared.stages.is_wished()) else {
            return each(&self.outlets, span, |outlet, span| outlet.end(span, tells));
        };
        match ship::run(&shared.run, span) {
            Ok(span) => each(&self.outlets, span, |outlet, span| outlet.take(Ok(span))),
            Err(reason) => self.outlets.iter().for_each(|outlet| outlet.take(Err(reason))),
        }
    }
}

fn run(stages: &Arc<Stages>) -> ship::Stages {
    let stages = Arc::clone(stages);
    Arc::new(move |span| stages.run(span))
}

/// Nothing that is to be hidden waits in the queue; what nobody wishes to hide spares the application the work.
fn run_stages(stages: &Arc<Stages>) -> Arc<dyn Fn() -> ship::RunStages + Send + Sync> {
    let stages = Arc::clone(stages);
    Arc::new(move || if stages.is_wished() { ship::RunStages::OnClose } else { ship::RunStages::OnExport })
}

/// All of them work at the same time; waiting for one after the other takes no longer than the longest.
fn flush<'a>(outlets: impl IntoIterator<Item = &'a Outlet> + Clone, until: Instant) -> Report {
    outlets.clone().into_iter().for_each(Outlet::begin_flush);
    Report::of(outlets.into_iter().map(|outlet| outlet.flush(until)).collect())
}

fn shutdown<'a>(outlets: impl IntoIterator<Item = &'a Outlet> + Clone, until: Instant) -> Report {
    outlets.clone().into_iter().for_each(|outlet| outlet.begin_shutdown(until));
    Report::of(outlets.into_iter().map(|outlet| outlet.shutdown(until)).collect())
}

/// What is in a spool belongs to an address. Two backends with the same would send what the other one kept: with their own
/// credentials, and hidden by a policy that is not theirs.
fn check_spools<'a>(places: impl Iterator<Item = &'a Place>) -> Result<(), BuildError> {
    let mut seen = HashSet::new();
    for Place { number, target, spool, .. } in places {
        let (Target::Ship(ship::Destination::Otlp(otlp)), Some(spool)) = (target, spool) else { continue };
        // What cannot be told now cannot be used either: to start says why.
        if spool.real_place(&otlp.url).is_ok_and(|place| !seen.insert(place)) {
            let error = BuildError::Setting {
                setting: "spool".to_owned(),
                value: spool.directory.display().to_string(),
                problem: "is that of another backend at the same address: each needs a directory of its own".to_owned(),
            };
            return Err(of_backend(error, *number));
        }
    }
    Ok(())
}

/// Names the backend that a setting belongs to, if it is not the builder's own.
pub(super) fn of_backend(error: BuildError, number: usize) -> BuildError {
    match error {
        BuildError::Setting { setting, value, problem } if number > 0 => {
            BuildError::Setting { setting: format!("{setting} of backend {}", number + 1), value, problem }
        }
        error => error,
    }
}

/// Gives everybody the span; only the last need no copy.
fn each<T>(to: &[T], span: SpanData, give: impl Fn(&T, SpanData)) {
    if let Some((last, others)) = to.split_last() {
        others.iter().for_each(|other| give(other, span.clone()));
        give(last, span);
    }
}

impl Outlet {
    fn endpoint(&self) -> Option<&str> {
        match self {
            Self::Shipper(shipper) => shipper.url(),
            Self::Processor(_) => None,
        }
    }

    fn end(&self, span: SpanData, tells: bool) {
        match self {
            Self::Shipper(shipper) => shipper.end(span, tells),
            Self::Processor(direct) => direct.on_end(span),
        }
    }

    /// Only shippers share stages.
    fn take(&self, staged: Result<SpanData, Dropped>) {
        if let Self::Shipper(shipper) = self {
            shipper.take(staged);
        }
    }

    fn begin_flush(&self) {
        if let Self::Shipper(shipper) = self {
            shipper.begin_flush();
        }
    }

    fn begin_shutdown(&self, until: Instant) {
        if let Self::Shipper(shipper) = self {
            shipper.begin_shutdown(until);
        }
    }

    fn flush(&self, until: Instant) -> BackendReport {
        match self {
            Self::Shipper(shipper) => shipper.flush_until(until),
            Self::Processor(direct) => direct.report(|| direct.force_flush()),
        }
    }

    fn shutdown(&self, until: Instant) -> BackendReport {
        match self {
            Self::Shipper(shipper) => shipper.shutdown_until(until),
            Self::Processor(direct) => {
                let left = until.saturating_duration_since(Instant::now());
                direct.report(|| direct.shutdown_with_timeout(left))
            }
        }
    }

    #[cfg(feature = "metrics")]
    fn account(&self) -> ship::Account {
        match self {
            Self::Shipper(shipper) => shipper.account(),
            Self::Processor(direct) => direct.account(),
        }
    }

    fn stats(&self) -> Stats {
        match self {
            Self::Shipper(shipper) => shipper.stats(),
            Self::Processor(direct) => direct.stats(),
        }
    }
}

impl Finished for Outlet {
    fn finished(&self, span: SpanData, tells: bool) {
        self.end(span, tells);
    }
}

/// What capture sees when there is more than one outlet.
impl Finished for Lanes {
    fn finished(&self, span: SpanData, tells: bool) {
        each(&self.0, span, |lane, span| lane.end(span, tells));
    }
}

impl std::fmt::Debug for Lane {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(&self.outlets).finish()
    }
}
