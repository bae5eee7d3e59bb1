use std::time::{Duration, Instant};

use tracing_openinference::Batch;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::cost::processor_time;
use crate::said::Log;
use crate::{PATIENCE, small_spans, tell};

/// Makes a hundred spans, with a spool, and ends: by the handle, by being killed once they are on disk, or by being killed
/// while it sends what others have left there.
pub(crate) fn end(directory: &str, ending: &str) {
    let openinference = tracing_openinference::builder()
        .spool(directory, 64 << 20)
        .batch(Batch::from_env().max_export_batch_size(10).schedule_delay(Duration::from_millis(20)))
        .build()
        .expect("the settings are right");
    tracing_subscriber::registry().with(openinference.layer()).with(Log).init();
    // Whoever is to be found sending what is on disk has nothing else to send.
    small_spans(if ending == "killed_sending" { 0 } else { 100 });
    match ending {
        "shutdown" => {
            let report = openinference.shutdown(PATIENCE);
            tell(&format!("= {report}"));
        }
        "killed" => {
            let start = Instant::now();
            while openinference.stats().spooled < 100 && start.elapsed() < PATIENCE {
                std::thread::sleep(Duration::from_millis(2));
            }
            tell(&format!("= {}", openinference.stats()));
            // No destructor runs.
            std::process::abort();
        }
        "resting" => {
            let start = Instant::now();
            while openinference.stats().spooled < 100 && start.elapsed() < PATIENCE {
                std::thread::sleep(Duration::from_millis(2));
            }
            let before = processor_time();
            std::thread::sleep(Duration::from_secs(2));
            tell(&format!("= {}", (processor_time() - before).as_millis()));
        }
        "killed_sending" => {
            // The collector takes its time; this is in the middle of it.
            std::thread::sleep(Duration::from_millis(1500));
            tell(&format!("= {}", openinference.stats()));
            std::process::abort();
        }
        other => panic!("unknown ending {other}"),
    }
}
