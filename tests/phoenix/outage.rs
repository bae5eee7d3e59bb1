//! A Phoenix of its own that is killed and started again. Takes minutes: `just outage`.
//!
//! Phoenix says yes before it stores, and loses what it has not stored when it is killed: so it is given the time to store
//! what came before.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use integration_tests::Phoenix;
use tracing_openinference::OpenInference;
use tracing_subscriber::layer::SubscriberExt;

/// The ports of this Phoenix; nobody else's.
const HTTP: &str = "26116";
const GRPC: &str = "24427";

const PER_SECOND: u64 = 500;
const BEFORE: Duration = Duration::from_secs(5);
const OUTAGE: Duration = Duration::from_secs(60);

/// Phoenix takes spans faster than it stores them, and then no more for a while.
const PATIENCE: Duration = Duration::from_secs(1200);
const AFTER: Duration = Duration::from_secs(5);

/// A Phoenix that nobody else uses.
pub(crate) struct Server {
    data: PathBuf,
    pid: String,
}

impl Server {
    pub(crate) fn with(test: impl FnOnce(&mut Self)) {
        let data = std::env::temp_dir().join(format!("openinference-outage-{}", std::process::id()));
        let mut server = Self { data, pid: String::new() };
        server.start();
        test(&mut server);
    }

    pub(crate) fn phoenix(&self) -> Phoenix {
        Phoenix::at(format!("http://127.0.0.1:{HTTP}")).with_grpc(format!("http://127.0.0.1:{GRPC}"))
    }

    fn run(&self, command: &str) -> String {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../scripts/phoenix");
        let arguments = [command, "--http", HTTP, "--grpc", GRPC, "--data", self.data.to_str().expect("text")];
        let output = Command::new(script).args(arguments).stderr(Stdio::inherit()).output().expect("the script runs");
        assert!(output.status.success(), "scripts/phoenix {command}: {}", output.status);
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    fn start(&mut self) {
        let said = self.run("start");
        let pid = said.lines().find_map(|line| line.strip_prefix("PID="));
        self.pid = pid.expect("it says its id").to_owned();
    }

    /// As when the machine goes: what it has taken and not stored is gone.
    fn kill(&self) {
        let killed = Command::new("kill").args(["-9", &self.pid]).status().expect("there is a kill");
        assert!(killed.success());
        // Until the ports are free.
        self.run("stop");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.run("stop");
        if !thread::panicking() {
            let _ = std::fs::remove_dir_all(&self.data);
        }
    }
}

/// Makes so many spans a second, for so long.
fn work(openinference: &OpenInference, time: Duration) {
    let dispatch = tracing::Dispatch::new(tracing_subscriber::registry().with(openinference.layer()));
    let text = "so much text, ".repeat(64);
    tracing::dispatcher::with_default(&dispatch, || {
        let (start, mut made) = (Instant::now(), 0);
        while start.elapsed() < time {
            let due = u64::try_from(start.elapsed().as_millis()).expect("a short time") * PER_SECOND / 1000 + 1;
            for number in made..due {
                drop(tracing::info_span!("work", test.number = number, input.value = text));
            }
            made = due;
            thread::sleep(Duration::from_millis(2));
        }
    });
}

fn outage(protocol: &'static str) {
    Server::with(|server| {
        let phoenix = server.phoenix();
        let project = phoenix.project("outage");
        let endpoints = super::endpoints(&phoenix);
        let (_, endpoint) = endpoints.into_iter().find(|(name, _)| *name == protocol).expect("one of both");
        let builder = tracing_openinference::builder().project(project.name()).endpoint(endpoint);
        let builder = if protocol == "grpc" { builder.grpc() } else { builder };
        let openinference = builder.build().expect("the settings are right");
        work(&openinference, BEFORE);
        let report = openinference.flush(PATIENCE);
        assert!(report.is_complete(), "{report}");
        assert_eq!(project.count(report.stats.created), report.stats.created, "{report}");
        server.kill();
        work(&openinference, OUTAGE);
        server.start();
        work(&openinference, AFTER);
        let report = openinference.shutdown(PATIENCE);
        assert!(report.is_complete() && report.stats.retries > 0, "{report}");
        assert_eq!(project.count(report.stats.created), report.stats.created, "{report}");
        let _ = writeln!(std::io::stderr(), "{protocol}: {report}");
    });
}

#[test]
#[ignore = "takes minutes: `just outage`"]
fn a_phoenix_that_is_killed_for_a_minute_has_everything_afterwards_over_http() {
    outage("http/protobuf");
}

#[test]
#[ignore = "takes minutes: `just outage`"]
fn a_phoenix_that_is_killed_for_a_minute_has_everything_afterwards_over_grpc() {
    outage("grpc");
}
