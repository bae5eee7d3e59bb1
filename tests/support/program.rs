//! A program of this package in a process of its own.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How long a program may run.
const PATIENCE: Duration = Duration::from_secs(60);

/// The line with which a program says that it begins to end.
pub const ENDING: &str = "ending";

/// A program that is going to be run, with the environment that a test gives it and no other.
#[derive(Debug)]
pub struct Program(Command);

/// What a program did.
#[derive(Debug)]
pub struct Ran {
    /// How it ended.
    pub status: ExitStatus,
    /// What it wrote on standard output.
    pub stdout: String,
    /// What it wrote on standard error.
    pub stderr: String,
    /// How long it took from [`ENDING`] to its end; from its start if it did not say that.
    pub ending: Duration,
}

impl Program {
    /// The program at `path`: `Program::new(env!("CARGO_BIN_EXE_…"))`.
    ///
    /// It runs in an empty folder: a `.env.phoenix` up from where tests run would be read.
    ///
    /// # Panics
    ///
    /// When the folder cannot be made.
    #[must_use]
    pub fn new(path: &str) -> Self {
        let mut command = Command::new(path);
        command.env_clear().current_dir(empty_folder()).stdin(Stdio::null());
        for name in ["PATH", "LD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH", "SystemRoot"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        Self(command)
    }

    /// Adds arguments.
    #[must_use]
    pub fn arguments<'a>(mut self, arguments: impl IntoIterator<Item = &'a str>) -> Self {
        self.0.args(arguments);
        self
    }

    /// Sets an environment variable.
    #[must_use]
    pub fn variable(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.0.env(name, value);
        self
    }

    /// Runs it to its end.
    ///
    /// # Panics
    ///
    /// When it cannot be started, or does not end within a minute.
    #[must_use]
    pub fn run(mut self) -> Ran {
        let started = Instant::now();
        let mut child = self.0.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
        let stdout = BufReader::new(child.stdout.take().expect("it is piped"));
        let mut stderr = child.stderr.take().expect("it is piped");
        let stdout = thread::spawn(move || {
            let mut ending = None;
            let mut text = String::new();
            for line in stdout.lines().map_while(Result::ok) {
                if line == ENDING {
                    ending = Some(Instant::now());
                }
                text.push_str(&line);
                text.push('\n');
            }
            (text, ending)
        });
        let stderr = thread::spawn(move || {
            let mut bytes = Vec::new();
            let _ = stderr.read_to_end(&mut bytes);
            String::from_utf8_lossy(&bytes).into_owned()
        });
        let status = wait(&mut child);
        let ended = Instant::now();
        let (stdout, ending) = stdout.join().expect("reading does not panic");
        let stderr = stderr.join().expect("reading does not panic");
        Ran { status, stdout, stderr, ending: ended - ending.unwrap_or(started) }
    }
}

impl Ran {
    /// The same, if it ended well.
    ///
    /// # Panics
    ///
    /// With all it wrote, if it did not.
    #[must_use]
    pub fn well(self) -> Self {
        assert!(self.status.success(), "{self:#?}");
        self
    }
}

fn wait(child: &mut Child) -> ExitStatus {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(status) = child.try_wait().expect("it can be waited for") {
            return status;
        }
        if Instant::now() > deadline {
            let _ = child.kill();
            let _ = child.wait();
            panic!("the program did not end within {PATIENCE:?}");
        }
        thread::sleep(Duration::from_millis(5));
    }
}

fn empty_folder() -> PathBuf {
    let folder = std::env::temp_dir().join("openinference-program");
    std::fs::create_dir_all(&folder).expect("a temporary folder can be made");
    folder
}
