use std::{
    io::{BufRead, BufReader},
    time::{Duration, SystemTime},
};

use serde_json::json;

/// One chat with `axum_chat`, and when its words came.
pub(crate) struct Chat {
    events: Box<dyn BufRead + Send>,
    pub(crate) text: String,
    pub(crate) first: Option<SystemTime>,
    pub(crate) last: Option<SystemTime>,
    pub(crate) done: bool,
}

impl Chat {
    /// Asks; the answer is still to be read.
    pub(crate) fn ask(url: &str, session: &str, message: &str, traceparent: Option<&str>) -> Self {
        let mut request = agent().post(format!("{url}/chat"));
        if let Some(traceparent) = traceparent {
            request = request.header("traceparent", traceparent);
        }
        let question = json!({ "session": session, "user": "ada", "message": message });
        let answer = request.send_json(question).expect("it answers");
        assert_eq!(answer.status().as_u16(), 200, "{answer:?}");
        let events = Box::new(BufReader::new(answer.into_body().into_reader()));
        Self { events, text: String::new(), first: None, last: None, done: false }
    }

    /// Reads until the first words have come.
    pub(crate) fn begin(mut self) -> Self {
        while self.text.is_empty() {
            assert!(self.event(), "the stream ended before its first word");
        }
        self
    }

    /// Reads to the end.
    pub(crate) fn read(mut self) -> Self {
        while self.event() {}
        assert!(self.done, "the stream broke off after {:?}", self.text);
        self
    }

    /// The next event; `false` at the end of the stream.
    fn event(&mut self) -> bool {
        let mut kind = String::new();
        loop {
            let mut line = String::new();
            if self.events.read_line(&mut line).expect("the stream can be read") == 0 {
                return false;
            }
            // One space after the colon belongs to the protocol, further ones to the text.
            let line = line.trim_end_matches(['\r', '\n']);
            match line.split_once(": ") {
                Some(("event", name)) => name.clone_into(&mut kind),
                Some(("data", text)) if kind == "text" => self.words(text),
                _ if line.is_empty() => break,
                _ => {}
            }
        }
        self.done |= kind == "done";
        true
    }

    fn words(&mut self, text: &str) {
        let now = SystemTime::now();
        if !text.is_empty() {
            self.first.get_or_insert(now);
            self.last = Some(now);
        }
        self.text.push_str(text);
    }
}

pub(crate) fn agent() -> ureq::Agent {
    ureq::Agent::config_builder()
        .http_status_as_error(false)
        .proxy(None)
        .timeout_global(Some(Duration::from_secs(60)))
        .build()
        .into()
}
