use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use tracing_openinference::Dropped;
use tracing_subscriber::layer::SubscriberExt;

use crate::{PATIENCE, small_spans, tell};

/// What all threads of this process have used so far.
pub(crate) fn processor_time() -> Duration {
    let nanoseconds = tasks().filter_map(|task| {
        let text = fs::read_to_string(task.join("schedstat")).ok()?;
        text.split(' ').next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(nanoseconds.sum())
}

/// Three gigabytes of spans that nobody takes.
pub(crate) fn memory() {
    const SPANS: usize = 3000;
    let openinference = tracing_openinference::builder().build().expect("the settings are right");
    let subscriber = tracing_subscriber::registry().with(openinference.layer());
    tracing::subscriber::with_default(subscriber, || {
        small_spans(1);
        let _ = openinference.flush(Duration::from_millis(500));
        let text = "so much text, ".repeat((1 << 20) / 14);
        let before = memory_in_use("VmRSS");
        for _ in 0..SPANS {
            drop(tracing::info_span!("large", input.value = text));
        }
        let stats = openinference.stats();
        let grown = memory_in_use("VmHWM").saturating_sub(before);
        tell(&format!("{grown} {} {} {}", stats.created, stats.pending, stats.dropped_total()));
    });
    let _ = openinference.shutdown(PATIENCE.min(Duration::from_millis(100)));
}

/// Builds with the descriptors there are, and sends when there are none left, and when there are some again.
pub(crate) fn descriptors() {
    let openinference = match tracing_openinference::builder().build() {
        Ok(openinference) => openinference,
        Err(error) => return tell(&format!("not built: {error}")),
    };
    let mut files = Vec::new();
    while let Ok(file) = fs::File::open("/dev/null") {
        files.push(file);
    }
    if files.is_empty() {
        return tell(&format!("built with the last: {}", openinference.shutdown(PATIENCE)));
    }
    let subscriber = tracing_subscriber::registry().with(openinference.layer());
    tracing::subscriber::with_default(subscriber, || small_spans(100));
    let start = Instant::now();
    while openinference.stats().last_error.is_none() && start.elapsed() < PATIENCE {
        std::thread::sleep(Duration::from_millis(2));
    }
    tell(&format!("without: {}", openinference.stats()));
    drop(files);
    tell(&format!("with: {}", openinference.shutdown(PATIENCE)));
}

/// Two thousand spans a second for so long. Tells every ten seconds what it uses, and in the end what became of the spans.
pub(crate) fn soak(seconds: &str) {
    let end = Instant::now() + Duration::from_secs(seconds.parse().expect("a number"));
    let openinference = tracing_openinference::builder().build().expect("the settings are right");
    let subscriber = tracing_subscriber::registry().with(openinference.layer());
    let text = "so much text, ".repeat(64);
    let mut next = Instant::now();
    tracing::subscriber::with_default(subscriber, || {
        while Instant::now() < end {
            for number in 0..20_000_u32 {
                drop(tracing::info_span!("soak", test.number = number, input.value = text));
                if number % 20 == 19 {
                    std::thread::sleep(Duration::from_millis(10));
                }
            }
            let stats = openinference.stats();
            let fates = stats.exported + stats.rejected + stats.dropped_total() + stats.spooled + stats.pending;
            assert_eq!(stats.created, fates, "every span has one fate: {stats}");
            if Instant::now() >= next {
                next = Instant::now() + Duration::from_secs(10);
                tell(&format!("uses {} {}", memory_in_use("VmRSS"), tasks().count()));
            }
        }
    });
    let report = openinference.shutdown(PATIENCE);
    let (stats, too_large) = (&report.stats, report.stats.dropped(Dropped::TooLarge));
    tell(&format!("report {} {} {} {too_large} {report}", stats.created, stats.exported, stats.lost()));
}

fn tasks() -> impl Iterator<Item = PathBuf> {
    fs::read_dir("/proc/self/task").expect("Linux").filter_map(|task| Some(task.ok()?.path()))
}

/// A line of `/proc/self/status`, in bytes.
fn memory_in_use(name: &str) -> usize {
    let status = fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find(|line| line.starts_with(name)).expect("a line of that name");
    line.split_whitespace().nth(1).and_then(|number| number.parse::<usize>().ok()).expect("a number of kB") * 1024
}
