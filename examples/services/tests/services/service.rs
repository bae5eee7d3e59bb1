use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// An example that serves, in a process of its own, on a port of its own.
pub(crate) struct Service {
    child: Child,
    lines: mpsc::Receiver<String>,
    url: String,
}

impl Service {
    /// Starts the program with these variables and no others, and waits until it listens.
    pub(crate) fn start(path: &str, variables: &[(&str, &str)]) -> Self {
        let mut child = Command::new(path)
            .env_clear()
            .env("LISTEN", "127.0.0.1:0")
            .env("RUST_LOG", "warn")
            // A `.env.phoenix` up from here is nobody's business.
            .env("PHOENIX_DISCOVER_CONFIG", "false")
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the example starts");
        let stdout = BufReader::new(child.stdout.take().expect("it is piped"));
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || stdout.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        let mut service = Self { child, lines, url: String::new() };
        while service.url.is_empty() {
            let line = service.lines.recv_timeout(PATIENCE).expect("it says where it listens");
            if let Some(url) = line.strip_prefix("listening on ") {
                url.clone_into(&mut service.url);
            }
        }
        service
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Asks it to end, as a container's host does.
    pub(crate) fn terminate(&self) {
        let sent = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        assert!(sent.expect("kill runs").success());
    }

    /// What it said until it ended well.
    pub(crate) fn ended(mut self) -> String {
        let deadline = Instant::now() + PATIENCE;
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("it can be waited for") {
                break status;
            }
            assert!(Instant::now() < deadline, "it does not end");
            thread::sleep(Duration::from_millis(10));
        };
        let rest: Vec<String> = self.lines.iter().collect();
        assert!(status.success(), "{status}: {rest:?}");
        rest.join("\n")
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
