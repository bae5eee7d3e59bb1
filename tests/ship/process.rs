use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::pipeline::Transport;

/// A run of the program in `child.rs`, with nothing of our own environment that a pipeline reads.
pub(crate) struct Child(Command);

/// What came of it.
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
    pub(crate) took: Duration,
}

impl Child {
    pub(crate) fn new(arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ship-child"));
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy().into_owned();
            let read = ["OTEL_", "PHOENIX_", "OPENINFERENCE_", "RUST_"].iter().any(|prefix| name.starts_with(prefix));
            if read || name.to_ascii_lowercase().ends_with("_proxy") {
                command.env_remove(name);
            }
        }
        Self(command)
    }

    pub(crate) fn to(self, transport: Transport, url: &str) -> Self {
        let protocol = match transport {
            Transport::Http => "http/protobuf",
            Transport::Grpc => "grpc",
        };
        self.env("PHOENIX_COLLECTOR_ENDPOINT", url).env("OTEL_EXPORTER_OTLP_PROTOCOL", protocol)
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.0.env(name, value);
        self
    }

    /// Has it run with so many file descriptors.
    #[cfg(unix)]
    pub(crate) fn with_descriptors(self, most: u32) -> Self {
        let mut command = Command::new("sh");
        command.args(["-c", &format!("ulimit -n {most} && exec \"$0\" \"$@\"")]);
        command.arg(self.0.get_program()).args(self.0.get_args());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        for (name, value) in self.0.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        Self(command)
    }

    pub(crate) fn run(mut self) -> Ended {
        let start = Instant::now();
        let Output { status, stdout, stderr } = self.0.output().expect("the program can be run");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ended { code: status.code(), out: text(&stdout), err: text(&stderr), took: start.elapsed() }
    }

    /// Has it end by a signal when it says `line`.
    pub(crate) fn terminate_after(mut self, line: &str) -> Ended {
        let mut child = self.0.spawn().expect("the program can be run");
        let mut stdout = BufReader::new(child.stdout.take().expect("it is piped"));
        let mut out = String::new();
        while !out.ends_with(&format!("{line}\n")) {
            assert!(stdout.read_line(&mut out).expect("text") > 0, "it ended before it said {line:?}: {out}");
        }
        let start = Instant::now();
        let sent = Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
        assert!(sent.is_ok_and(|status| status.success()));
        stdout.read_to_string(&mut out).expect("text");
        let Output { status, stderr, .. } = child.wait_with_output().expect("it ends");
        Ended { code: status.code(), out, err: String::from_utf8_lossy(&stderr).into_owned(), took: start.elapsed() }
    }
}
